import { DaybookError } from '@daybook/protocol';
import { decodeJwt } from 'jose';
import type { FastifyRequest } from 'fastify';
import type { LoggedOut } from './logout-tokens.ts';
import type { Oidc } from './oidc.ts';
import type { SignIn } from './sign-in.ts';
import type { Stages } from './stages.ts';

/** A logout token is a kilobyte or two. */
const BODY_BYTES_MAX = 32_768;

/**
 * OpenID Connect Back-Channel Logout 1.0: the provider says that somebody's session is over, and ours of the same `sid`, or all that the provider vouched for of the same `sub`, open nothing from
 * then on. No cookie and no token of ours: the logout token's signature is what counts.
 */
export function mountOidcLogout(stages: Stages, signIn: SignIn, oidc: Oidc): void {
  stages.base.http.register(async (scope) => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: BODY_BYTES_MAX },
      (_request, body, done) => done(null, { logout_token: new URLSearchParams(body.toString()).get('logout_token') }),
    );
    scope.route<{ Body: { readonly logout_token: string | null } | undefined }>({
      method: 'POST',
      url: '/v1/session/oidc/logout',
      config: { permission: 'public' },
      schema: {
        summary: 'Back-channel logout: where the provider tells that a session of its own is over',
        description: 'A form with `logout_token`. Sessions of its `sid`, or else all of its `sub`, end at once.',
        tags: ['sessions'],
        response: { 200: { description: 'How many sessions ended.', type: 'object', properties: { ended: { type: 'integer' } } } },
      },
      handler: async (request, reply) => {
        reply.header('cache-control', 'no-store');
        const over = await read(stages, signIn, oidc, request);
        return { ended: await endSessions(stages, request, over) };
      },
    });
  });
}

/** Only what is refused is counted as an attempt: a provider that ends a thousand sessions is not braked. */
async function read(
  { accessJournal }: Stages,
  signIn: SignIn,
  oidc: Oidc,
  request: FastifyRequest<{ Body: { readonly logout_token: string | null } | undefined }>,
): Promise<LoggedOut> {
  const token = request.body?.logout_token ?? null;
  if (token === null) throw new DaybookError('bad_request', 'Send logout_token as a form.', { field: 'logout_token' });
  try {
    return await oidc.loggedOut(token);
  } catch (error) {
    if (!(error instanceof DaybookError) || error.code !== 'logout_token_invalid') throw error;
    await signIn.brake(request, undefined);
    await accessJournal.record(request, { eventType: 'session.logout_refused', userId: '', reason: error.message });
    throw error;
  }
}

async function endSessions(
  { base, accessJournal }: Stages,
  request: FastifyRequest,
  { issuer, subject, session }: LoggedOut,
): Promise<number> {
  const { sessions, secrets, users } = base.control;
  const isMeant = ({
    id,
    user_id: userId,
    method,
  }: {
    readonly id: string;
    readonly user_id: string;
    readonly method: string;
  }): boolean => {
    const sealed = sessions.provider(id);
    if (method !== 'oidc' || sealed === null) return false;
    // Checked when the session began.
    const { iss, sub, sid } = decodeJwt(secrets.open(sealed, userId));
    return iss === issuer && (subject === undefined || sub === subject) && (session === undefined || sid === session);
  };
  const over = sessions.list().filter(isMeant);
  await Promise.all(over.map(({ id }) => sessions.end(id)));
  for (const { id, user_id: userId } of over)
    await accessJournal.record(request, {
      eventType: 'session.end',
      userId: users.get(userId)?.name ?? '',
      sessionId: id,
      method: 'oidc',
      reason: 'the provider ended it',
    });
  return over.length;
}
