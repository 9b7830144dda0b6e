import { DaybookError } from '@daybook/protocol';
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import type { FastifyInstance } from 'fastify';
import { checkSameOrigin } from '../base/access.ts';
import { mustHave } from '../base/assert.ts';
import { publicUrl } from '../base/sign-in-url.ts';
import { byOf } from './by.ts';
import { OpenChallenges, OwnChallenges } from './challenges.ts';
import { jsonBodies } from '../base/json-bodies.ts';
import { confirmOwner, ownAccount } from './me-routes.ts';
import { describe, SESSION } from './session-routes.ts';
import type { SignIn } from './sign-in.ts';
import type { Stages } from './stages.ts';

/** Of one account: devices of a person. */
const PER_USER_MAX = 20;
/** Device and its PIN or fingerprint: two factors in one. */
const SELECTION = { residentKey: 'required', userVerification: 'required' } as const;
const BASE64URL = { type: 'string', pattern: '^[A-Za-z0-9_-]{1,30000}$' } as const;
const credential = (members: readonly string[]) =>
  ({
    type: 'object',
    required: ['id', 'rawId', 'type', 'response', 'clientExtensionResults'],
    properties: {
      id: BASE64URL,
      rawId: BASE64URL,
      type: { const: 'public-key' },
      response: { type: 'object', required: members, properties: Object.fromEntries(members.map((name) => [name, BASE64URL])) },
      clientExtensionResults: { type: 'object' },
    },
  }) as const;
const CONFIRMATION = {
  type: ['object', 'null'],
  additionalProperties: false,
  properties: { current_password: { type: 'string', maxLength: 1024 } },
} as const;
interface Confirmation {
  readonly current_password?: string;
}
const OPTIONS = { 200: { description: 'For `navigator.credentials`, in the JSON form of WebAuthn.', type: 'object' } } as const;

/** Passkeys (WebAuthn): made by who is signed in, and a way in of their own. */
export function mountPasskeys(stages: Stages, signIn: SignIn): void {
  const { clock, random } = stages.base;
  stages.base.http.register(async (scope) => {
    jsonBodies(scope);
    mountMaking(stages, signIn, new OwnChallenges(clock, random), scope);
    mountOwn(stages, signIn, scope);
    mountSignIn(stages, signIn, new OpenChallenges(clock, random), scope);
  });
}

/** Where the pages are; a passkey of another origin is none of ours. */
function relyingParty({ base }: Stages): { readonly origin: string; readonly id: string } {
  const origin = publicUrl(base.config, base.url());
  return { origin, id: new URL(origin).hostname };
}

function bytesOf(challenge: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(challenge, 'base64url'));
}

function mountMaking(stages: Stages, signIn: SignIn, challenges: OwnChallenges, scope: FastifyInstance): void {
  const { passkeys } = stages.base.control;
  scope.route<{ Body: Confirmation | undefined }>({
    method: 'POST',
    url: '/v1/session/passkeys/options',
    config: { permission: 'any' },
    schema: {
      summary: 'Begin to make a passkey',
      tags: ['sessions'],
      body: CONFIRMATION,
      response: OPTIONS,
    },
    handler: async (request) => {
      const user = await confirmOwner(stages, signIn, request, request.body?.current_password);
      const challenge = challenges.give(user.id);
      return generateRegistrationOptions({
        rpName: 'Daybook',
        rpID: relyingParty(stages).id,
        userName: user.name,
        userID: new Uint8Array(Buffer.from(user.id)),
        challenge: bytesOf(challenge),
        attestationType: 'none',
        excludeCredentials: (await passkeys.ofUser(user.id)).map(({ id }) => ({ id })),
        authenticatorSelection: SELECTION,
      });
    },
  });
  scope.route<{ Body: { readonly name?: string; readonly credential: RegistrationResponseJSON } }>({
    method: 'POST',
    url: '/v1/session/passkeys',
    config: { permission: 'any' },
    schema: {
      summary: 'Keep the passkey that was made',
      tags: ['sessions'],
      body: {
        type: 'object',
        required: ['credential'],
        additionalProperties: false,
        properties: { name: { type: 'string', maxLength: 60 }, credential: credential(['clientDataJSON', 'attestationObject']) },
      },
      response: { 201: { description: 'Kept.', type: 'object' } },
    },
    handler: async (request, reply) => {
      const user = ownAccount(stages, request);
      const { origin, id: expectedRPID } = relyingParty(stages);
      const expectedChallenge = (challenge: string) => challenges.take(challenge, user.id);
      const options = { response: request.body.credential, expectedChallenge, expectedOrigin: origin, expectedRPID };
      const made = await verifyRegistrationResponse(options).catch((cause: unknown) => {
        throw new DaybookError('bad_request', 'The passkey cannot be verified; begin again.', { cause });
      });
      if (!made.verified) throw new DaybookError('bad_request', 'The passkey cannot be verified; begin again.');
      const { id, publicKey, counter } = made.registrationInfo.credential;
      if ((await passkeys.ofUser(user.id)).length >= PER_USER_MAX)
        throw new DaybookError('conflict', `An account has at most ${PER_USER_MAX} passkeys.`);
      if ((await passkeys.get(id)) !== undefined) throw new DaybookError('conflict', 'This passkey is known already.');
      const name = request.body.name ?? 'passkey';
      await passkeys.add({ id, user_id: user.id, name, public_key: Buffer.from(publicKey).toString('base64url'), counter }, byOf(request));
      await stages.told();
      return reply.code(201).send({ id, name });
    },
  });
}

function mountOwn(stages: Stages, signIn: SignIn, scope: FastifyInstance): void {
  const { passkeys, sessions } = stages.base.control;
  scope.route({
    method: 'GET',
    url: '/v1/session/passkeys',
    config: { permission: 'any' },
    schema: {
      summary: 'One’s own passkeys',
      tags: ['sessions'],
      response: { 200: { description: 'Without their keys.', type: 'object' } },
    },
    handler: async (request) => {
      const own = await passkeys.ofUser(ownAccount(stages, request).id);
      return { passkeys: own.map(({ id, name, created_at, last_used_at }) => ({ id, name, created_at, last_used_at })) };
    },
  });
  scope.route<{ Params: { id: string }; Body: Confirmation | undefined }>({
    method: 'DELETE',
    url: '/v1/session/passkeys/:id',
    config: { permission: 'any' },
    schema: {
      summary: 'Give a passkey up',
      description:
        'Needs the present password, or a session of the last ten minutes. All other sessions of the account end: one may be open on the device that is given up.',
      tags: ['sessions'],
      body: CONFIRMATION,
      params: { type: 'object', properties: { id: { type: 'string', maxLength: 2000 } } },
      response: { 200: { description: 'It opens nothing any more.', type: 'object' } },
    },
    handler: async (request) => {
      // Who holds a stolen session could otherwise lock the owner out.
      const user = await confirmOwner(stages, signIn, request, request.body?.current_password);
      if ((await passkeys.get(request.params.id))?.user_id !== user.id)
        throw new DaybookError('not_found', 'There is no such passkey of yours.', { field: 'id' });
      await passkeys.remove(user.id, request.params.id, byOf(request));
      await sessions.endAll(user.id, request.principal?.tokenId);
      await stages.told();
      return { removed: request.params.id };
    },
  });
}

function mountSignIn(stages: Stages, signIn: SignIn, challenges: OpenChallenges, scope: FastifyInstance): void {
  const { passkeys, users } = stages.base.control;
  scope.route({
    method: 'POST',
    url: '/v1/session/passkey/options',
    config: { permission: 'public' },
    schema: { summary: 'Begin to sign in by passkey', tags: ['sessions'], response: OPTIONS },
    // Nobody is named beforehand: the device brings the account along, and who asks learns of no account.
    handler: () =>
      generateAuthenticationOptions({
        rpID: relyingParty(stages).id,
        challenge: bytesOf(challenges.give()),
        userVerification: 'required',
      }),
  });
  scope.route<{ Body: { readonly credential: AuthenticationResponseJSON } }>({
    method: 'POST',
    url: '/v1/session/passkey',
    config: { permission: 'public' },
    schema: {
      summary: 'Sign in by passkey',
      tags: ['sessions'],
      body: {
        type: 'object',
        required: ['credential'],
        additionalProperties: false,
        properties: { credential: credential(['clientDataJSON', 'authenticatorData', 'signature']) },
      },
      response: { 201: { description: 'The session.', ...SESSION } },
    },
    handler: async (request, reply) => {
      const response = request.body.credential;
      const key = await passkeys.get(response.id);
      const user = key === undefined ? undefined : users.get(key.user_id);
      checkSameOrigin(request);
      await signIn.brake(request, user?.id);
      if (key === undefined || user === undefined || user.issuer !== null || users.access(user.id) === undefined)
        throw await signIn.refuse(request, user, 'unknown passkey, or account disabled or of a provider');
      const { origin, id: expectedRPID } = relyingParty(stages);
      const known = { id: key.id, publicKey: new Uint8Array(Buffer.from(key.public_key, 'base64url')), counter: key.counter };
      const expectedChallenge = (challenge: string) => challenges.take(challenge);
      const checked = await verifyAuthenticationResponse({
        response,
        expectedChallenge,
        expectedOrigin: origin,
        expectedRPID,
        credential: known,
      }).catch(() => undefined);
      if (checked?.verified !== true) throw await signIn.refuse(request, user, 'passkey not verified');
      await passkeys.used(key.id, checked.authenticationInfo.newCounter);
      await signIn.open(request, reply, user, {
        method: 'passkey',
        mfa: mustHave(checked.authenticationInfo, 'what was checked').userVerified,
      });
      return reply.code(201).send(describe(stages, request));
    },
  });
}
