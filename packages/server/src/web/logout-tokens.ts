import { DaybookError } from '@daybook/protocol';
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { isRecord } from '../base/json.ts';

/** A logout is told at once; what comes later is a copy of somebody's. */
const AGE_S_MAX = 300;
const CLOCK_TOLERANCE_S = 30;
/** Where the provider's keys are is asked so often; the keys themselves whenever a token names another one. */
const PROVIDER_MS = 600_000;
/** Between two looks for a key that is not known: whoever sends forged tokens makes us ask the provider no more often. */
const KEYS_COOLDOWN_MS = 1000;
const KEYS_TIMEOUT_MS = 10_000;
/** Tokens that are remembered until they are too old anyway: a provider that ends so many sessions in five minutes may have one repeated. */
const SEEN_MAX = 50_000;
const ID_CHARS_MAX = 512;
/** Failures of the provider's, not of the token's: its keys did not come, or are none. */
const OF_PROVIDER: ReadonlySet<string> = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID']);
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** Of key pairs alone: nobody who knows the client's secret, or nothing, can sign. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];

/** OpenID Connect Back-Channel Logout 1.0, section 2.6: the provider's session, or all of the subject's. */
export interface LoggedOut {
  readonly issuer: string;
  readonly subject: string | undefined;
  /** The `sid` of the ID token by which the session was opened. */
  readonly session: string | undefined;
}

interface Options {
  readonly clientId: string;
  readonly nowMs: () => number;
  readonly provider: () => Promise<{ readonly issuer: string; readonly keysUri: string }>;
}

/** Reads logout tokens. Each counts once: `jti` is remembered while its time runs. */
export function openLogoutTokens({ clientId, nowMs, provider }: Options) {
  const seen = new Map<string, number>();
  let known: { readonly issuer: string; readonly keys: JWTVerifyGetKey; readonly untilMs: number } | undefined;

  const current = async () => {
    if (known !== undefined && known.untilMs > nowMs()) return known;
    const { issuer, keysUri } = await provider();
    const keys = createRemoteJWKSet(new URL(keysUri), { cooldownDuration: KEYS_COOLDOWN_MS, timeoutDuration: KEYS_TIMEOUT_MS });
    known = { issuer, keys, untilMs: nowMs() + PROVIDER_MS };
    return known;
  };
  const isFirst = (id: string): boolean => {
    for (const [old, untilMs] of seen) {
      if (untilMs > nowMs() && seen.size < SEEN_MAX) break;
      seen.delete(old);
    }
    if (seen.has(id)) return false;
    seen.set(id, nowMs() + (AGE_S_MAX + 2 * CLOCK_TOLERANCE_S) * 1000);
    return true;
  };

  return {
    async read(token: string): Promise<LoggedOut> {
      const { issuer, keys } = await current();
      const claims = await verified(token, keys, { issuer, audience: clientId });
      const wrong = wrongIn(claims);
      if (wrong !== undefined) throw refused(wrong);
      if (!isFirst(claims.jti ?? '')) throw refused('it came before');
      return { issuer, subject: claims.sub, session: text(claims['sid']) };
    },
  };
}

async function verified(token: string, keys: JWTVerifyGetKey, by: { readonly issuer: string; readonly audience: string }) {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      ...by,
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_TOLERANCE_S,
      maxTokenAge: AGE_S_MAX,
      requiredClaims: ['jti', 'iat', 'events'],
    });
    // Providers of before the type was defined send JWT or none; that of another kind of token is a mix-up.
    const type = protectedHeader.typ?.toLowerCase().replace(/^application\//, '') ?? 'jwt';
    if (type !== 'jwt' && type !== 'logout+jwt') throw refused('its type is another');
    return payload;
  } catch (error) {
    if (error instanceof DaybookError) throw error;
    if (error instanceof errors.JOSEError && !OF_PROVIDER.has(error.code)) throw refused(error.code);
    throw new DaybookError('provider_unavailable', undefined, { cause: error, retryAfterS: 10 });
  }
}

/** What is beyond a JWT in general; undefined when all of it is as it must be. */
function wrongIn(claims: JWTPayload): string | undefined {
  const { jti, sub, sid, nonce, events } = claims;
  if (text(jti) === undefined) return 'jti is no short text';
  if (!isRecord(events) || !isRecord(events[EVENT])) return 'events does not say that it is a logout';
  // An ID token would have one: the two are never to be taken for each other.
  if (nonce !== undefined) return 'there is a nonce';
  if (sub === undefined && sid === undefined) return 'neither sub nor sid';
  if ((sub !== undefined && text(sub) === undefined) || (sid !== undefined && text(sid) === undefined))
    return 'sub or sid is no short text';
  return undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= ID_CHARS_MAX ? value : undefined;
}

function refused(why: string): DaybookError {
  return new DaybookError('logout_token_invalid', `Not accepted: ${why}.`, { field: 'logout_token' });
}
