import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';

export interface OidcProvider {
  readonly url: string;
  /** From now on it knows this server as its client `daybook`. */
  serves(home: string): void;
  close(): Promise<void>;
}

export const OIDC_SECRET = 'a secret of this test';

/** A real OpenID Connect provider that asks nobody and says that each visitor is `person`, of these groups. */
export async function startOidcProvider(person: string, groups: readonly string[]): Promise<OidcProvider> {
  let handler: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) => response.end();
  const server = createServer((request, response) => handler(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens at a port
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  const key = { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'RS256', use: 'sig' };
  return {
    url,
    serves(home) {
      const provider = new Provider(url, {
        clients: [
          {
            client_id: 'daybook',
            client_secret: OIDC_SECRET,
            redirect_uris: [`${home}/v1/session/oidc/callback`],
            post_logout_redirect_uris: [`${home}/`],
          },
        ],
        jwks: { keys: [key] },
        claims: { openid: ['sub'], profile: ['preferred_username', 'groups'], email: ['email', 'email_verified'] },
        conformIdTokenClaims: false,
        cookies: { keys: ['a key of this test'] },
        pkce: { required: () => true },
        features: { devInteractions: { enabled: false } },
        interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
        findAccount: (_ctx, sub) => ({
          accountId: sub,
          claims: async () => ({ sub, preferred_username: sub, groups: [...groups], email: `${sub}@example.com`, email_verified: true }),
        }),
      });
      const interact = async (request: IncomingMessage, response: ServerResponse) => {
        const { prompt, params } = await provider.interactionDetails(request, response);
        if (prompt.name === 'login') return provider.interactionFinished(request, response, { login: { accountId: person } });
        const grant = new provider.Grant({ accountId: person, clientId: String(params['client_id']) });
        grant.addOIDCScope('openid profile email');
        return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
      };
      const answer = provider.callback();
      handler = (request, response) =>
        void (request.url?.startsWith('/interaction/') === true ? interact(request, response) : answer(request, response));
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
