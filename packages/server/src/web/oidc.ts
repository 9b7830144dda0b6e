import { DaybookError } from '@daybook/protocol';
import * as client from 'openid-client';
import type { Config } from '../base/config.ts';
import { isRecord } from '../base/json.ts';
import { type LoggedOut, openLogoutTokens } from './logout-tokens.ts';

/** A provider that answers slower than this is down for whoever waits at the door. */
const TIMEOUT_S = 10;
/** Clocks of two servers may differ so much. */
const CLOCK_TOLERANCE_S = 30;
/** Names of groups that a claim may list; companies have people in hundreds. */
const GROUPS_MAX = 2000;
const SCOPES = 'openid profile email';

type Settings = NonNullable<Config['oidc']>;

/** What one sign-in must bring back: kept by the server, never sent. */
export interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** Whom the provider vouches for. */
export interface Vouched {
  readonly issuer: string;
  readonly subject: string;
  readonly name: string | undefined;
  readonly email: string | undefined;
  readonly groups: readonly string[];
  /** For the end of the provider's own session. */
  readonly idToken: string;
}

/** OpenID Connect, authorization code with PKCE. All checks of the protocol are the library's; all of them are on. */
export interface Oidc {
  begin(redirectUri: string): Promise<{ readonly url: string; readonly attempt: Attempt }>;
  /** `callback`: the address to which the provider sent the browser. Throws when anything in it or in the tokens is not what it must be. */
  finish(callback: URL, attempt: Attempt): Promise<Vouched>;
  /** Where the provider ends its own session; null when it has no such place. */
  endUrl(idToken: string, backTo: string): Promise<string | null>;
  /** Whose sessions end by a back-channel logout. Throws `logout_token_invalid`, and `provider_unavailable` when its keys cannot be had. */
  loggedOut(logoutToken: string): Promise<LoggedOut>;
}

export function openOidc(settings: Settings, nowMs: () => number): Oidc {
  /** Discovered anew for each sign-in: so a key that the provider changed a second ago is known, and a provider that was down is no trouble later. */
  const configuration = async () => {
    const issuer = new URL(settings.issuer);
    const insecure = issuer.protocol === 'http:';
    const secret = settings.clientSecret?.reveal();
    const config = await client.discovery(
      issuer,
      settings.clientId,
      { [client.clockTolerance]: CLOCK_TOLERANCE_S },
      secret === undefined ? client.None() : client.ClientSecretBasic(secret),
      { timeout: TIMEOUT_S, ...(insecure ? { execute: [client.allowInsecureRequests] } : {}) },
    );
    // The signature too, though the token comes over TLS: it costs one look-up, and does not hang on who ends that TLS.
    client.enableNonRepudiationChecks(config);
    return config;
  };

  const logout = openLogoutTokens({
    clientId: settings.clientId,
    nowMs,
    async provider() {
      const { issuer, jwks_uri: keysUri } = (await reached(configuration)).serverMetadata();
      if (keysUri === undefined) throw new DaybookError('provider_unavailable', 'The provider names no keys.');
      return { issuer, keysUri };
    },
  });

  return {
    loggedOut: (token) => logout.read(token),
    async begin(redirectUri) {
      const config = await reached(configuration);
      const attempt = { state: client.randomState(), nonce: client.randomNonce(), verifier: client.randomPKCECodeVerifier() };
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: SCOPES,
        state: attempt.state,
        nonce: attempt.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(attempt.verifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, attempt };
    },
    async finish(callback, attempt) {
      const tokens = await client.authorizationCodeGrant(await reached(configuration), callback, {
        expectedState: attempt.state,
        expectedNonce: attempt.nonce,
        pkceCodeVerifier: attempt.verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined || tokens.id_token === undefined) throw new Error('the provider sent no ID token');
      return {
        issuer: claims.iss,
        subject: claims.sub,
        name: text(claims['preferred_username']),
        // An address that nobody has checked is a claim of the person's own.
        email: claims['email_verified'] === true ? text(claims['email']) : undefined,
        groups: groupsOf(claims[settings.groupsClaim]),
        idToken: tokens.id_token,
      };
    },
    async endUrl(idToken, backTo) {
      const config = await reached(configuration);
      if (config.serverMetadata().end_session_endpoint === undefined) return null;
      return client.buildEndSessionUrl(config, { id_token_hint: idToken, post_logout_redirect_uri: backTo }).href;
    },
  };
}

async function reached(configuration: () => Promise<client.Configuration>): Promise<client.Configuration> {
  try {
    return await configuration();
  } catch (cause) {
    throw new DaybookError('provider_unavailable', undefined, { cause, retryAfterS: 10 });
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function groupsOf(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return [claim];
  // Some providers list objects with a name.
  const names: readonly unknown[] = Array.isArray(claim) ? claim.slice(0, GROUPS_MAX) : [];
  return names.map((one) => (isRecord(one) ? one['name'] : one)).filter((one) => typeof one === 'string');
}
