import { DaybookError } from '@daybook/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { User } from '../base/control/users.ts';
import { publicUrl } from '../base/sign-in-url.ts';
import { type Attempt, type Oidc, openOidc, type Vouched } from './oidc.ts';
import { mountOidcLogout } from './oidc-logout.ts';
import type { SignIn } from './sign-in.ts';
import type { Stages } from './stages.ts';

const CALLBACK = '/v1/session/oidc/callback';
/** Bound to the browser that began: a callback that someone else's browser is lured to opens nothing. */
const COOKIE = 'daybook_oidc';
const ATTEMPT_MS = 600_000;
/** Sign-ins under way; beyond it the oldest go. */
const ATTEMPTS_MAX = 1000;
const ID_BYTES = 24;
const BY = { name: 'daybook', tokenId: '' };

interface Waiting {
  readonly attempt: Attempt;
  readonly untilMs: number;
}

/** Sign-in by a provider; nothing of it exists when none is configured. */
export function mountOidc(stages: Stages, signIn: SignIn): void {
  const { base } = stages;
  const { config } = base;
  if (config.oidc === undefined) return;
  const oidc = openOidc(config.oidc, () => base.clock.monotonicMs());
  mountOidcLogout(stages, signIn, oidc);
  const waiting = new Map<string, Waiting>();
  const redirectUri = () => publicUrl(config, base.url()) + CALLBACK;

  base.http.route({
    method: 'GET',
    url: '/v1/session/oidc',
    config: { permission: 'public' },
    schema: {
      summary: 'Sign in by the OpenID Connect provider',
      tags: ['sessions'],
      response: { 302: { description: 'To the provider.' } },
    },
    handler: async (request, reply) => {
      const { url, attempt } = await oidc.begin(redirectUri());
      const id = base.random.text(ID_BYTES);
      for (const key of waiting.keys()) if (waiting.size >= ATTEMPTS_MAX) waiting.delete(key);
      waiting.set(id, { attempt, untilMs: base.clock.monotonicMs() + ATTEMPT_MS });
      // Lax, not Strict: the browser comes back from another site.
      cookie(request, reply, id, ATTEMPT_MS / 1000);
      return reply.redirect(url, 302);
    },
  });
  base.http.route({
    method: 'GET',
    url: CALLBACK,
    config: { permission: 'public' },
    schema: {
      summary: 'Where the provider sends the browser back to',
      tags: ['sessions'],
      response: { 302: { description: 'Signed in.' } },
    },
    handler: async (request, reply) => {
      await signIn.brake(request, undefined);
      const id = /(?:^|;\s*)daybook_oidc=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
      const begun = waiting.get(id);
      waiting.delete(id);
      cookie(request, reply, '', 0);
      if (begun === undefined || begun.untilMs < base.clock.monotonicMs())
        throw await signIn.refuse(request, undefined, 'no sign-in of this browser is under way');
      const vouched = await finished(oidc, signIn, request, new URL(request.url, redirectUri()), begun.attempt);
      const user = await userOf(stages, signIn, request, vouched);
      const provider = base.control.secrets.seal(vouched.idToken, user.id);
      await signIn.open(request, reply, user, { method: 'oidc', mfa: false, provider });
      return reply.redirect('/', 302);
    },
  });
  stages.providers.push({
    async endSession(sessionId, userId) {
      const sealed = base.control.sessions.provider(sessionId);
      if (sealed === null) return null;
      try {
        return await oidc.endUrl(base.control.secrets.open(sealed, userId), `${publicUrl(config, base.url())}/`);
      } catch (error) {
        base.log.warn({ err: error }, 'the provider could not be asked where its session ends');
        return null;
      }
    },
  });
}

async function finished(oidc: Oidc, signIn: SignIn, request: FastifyRequest, callback: URL, attempt: Attempt): Promise<Vouched> {
  try {
    return await oidc.finish(callback, attempt);
  } catch (error) {
    if (error instanceof DaybookError) throw error;
    // The library's words, without its details: tokens and codes stand in those.
    const why = error instanceof Error ? error.message.slice(0, 200) : 'unknown';
    throw await signIn.refuse(request, undefined, `OpenID Connect: ${why}`);
  }
}

/** The account of whom the provider vouches for, with the roles of today's groups. An account that was made here is never taken over by a name or address. */
async function userOf({ base, told }: Stages, signIn: SignIn, request: FastifyRequest, vouched: Vouched): Promise<User> {
  const { users, sessions } = base.control;
  const mapping = base.config.oidc?.roles ?? {};
  const roles = [...new Set(vouched.groups.filter((group) => Object.hasOwn(mapping, group)).map((group) => mapping[group] ?? ''))].sort();
  const known = users.ofSubject(vouched.issuer, vouched.subject);
  if (roles.length === 0) {
    if (known !== undefined) await sessions.endAll(known.id);
    throw await signIn.refuse(request, known, 'in no group that has a role');
  }
  if (known !== undefined && users.access(known.id) === undefined) throw await signIn.refuse(request, known, 'account disabled or expired');
  const taken = known === undefined && (await base.control.tokens.list()).some((token) => token.name === accountName(vouched));
  if (taken) throw await signIn.refuse(request, known, 'a token has the name of the account');
  try {
    const user =
      known ??
      (await users.create(
        { name: accountName(vouched), email: vouched.email ?? null, roles, issuer: vouched.issuer, subject: vouched.subject },
        BY,
      ));
    if (JSON.stringify([...user.roles].sort()) === JSON.stringify(roles)) {
      await told();
      return user;
    }
    const changed = await users.update(user.id, { roles }, BY);
    await sessions.endAll(user.id);
    await told();
    return changed;
  } catch (error) {
    if (!(error instanceof DaybookError)) throw error;
    throw await signIn.refuse(request, known, `the account cannot be made or changed: ${error.message}`);
  }
}

function accountName({ name, email, subject }: Vouched): string {
  const wanted = (name ?? email ?? subject).replaceAll(/[^A-Za-z0-9._@-]/g, '_').slice(0, 64);
  return /^[A-Za-z0-9]/.test(wanted) ? wanted : `u${wanted}`.slice(0, 64);
}

function cookie(request: FastifyRequest, reply: FastifyReply, value: string, maxAgeS: number): void {
  const secure = request.protocol === 'https' ? '; Secure' : '';
  reply.header('set-cookie', `${COOKIE}=${value}; Path=/v1/session/oidc; HttpOnly; SameSite=Lax; Max-Age=${maxAgeS}${secure}`);
}
