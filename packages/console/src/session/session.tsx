import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from 'react';
import { signInByPasskey } from './passkeys.ts';
import { ApiError, ask, askJson, hasToken, keepCsrf, keepToken } from '../api.ts';

/** Who looks, and what they may. */
export interface Person {
  readonly name: string;
  readonly roles: readonly string[];
  /** Undefined where the server does not say: then it is tried, and a refusal is shown. */
  readonly permissions: readonly string[] | undefined;
  /** Undefined or null: everything. */
  readonly scope: Scope | null | undefined;
  readonly by: 'token' | 'session';
  /** The OpenID Connect provider that vouches for the account, and by which alone it signs in. */
  readonly provider: string | null;
}

export interface Scope {
  readonly any: readonly Readonly<Record<string, readonly string[]>>[];
  readonly own: Readonly<Record<string, readonly string[]>> | null;
  readonly masks: readonly string[];
}

export interface Credentials {
  readonly name?: string;
  readonly password?: string;
  readonly totp?: string;
  readonly link?: string;
}

interface Session {
  /** Undefined while it is not known. */
  readonly person: Person | null | undefined;
  readonly signInByToken: (token: string) => Promise<void>;
  readonly signIn: (credentials: Credentials) => Promise<void>;
  readonly signInByPasskey: () => Promise<void>;
  readonly signOut: () => Promise<void>;
  /** The server no longer knows this person. */
  readonly expire: () => void;
}

const Context = createContext<Session | undefined>(undefined);

interface SessionAnswer {
  readonly user: { readonly name: string; readonly roles: readonly string[] };
  readonly permissions?: readonly string[];
  readonly scope: Scope | null;
  readonly csrf: string | null;
  readonly sign_in?: { readonly issuer: string | null } | null;
}

export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const [person, setPerson] = useState<Person | null | undefined>();
  const look = useCallback(async () => setPerson(await whoIsIt()), []);
  useEffect(() => {
    look().catch(() => setPerson(null));
  }, [look]);
  const expire = useCallback(() => {
    keepToken(undefined);
    keepCsrf(undefined);
    setPerson(null);
  }, []);
  const session: Session = {
    person,
    expire,
    async signInByToken(token) {
      keepToken(token);
      try {
        await look();
      } catch (error) {
        keepToken(undefined);
        throw error;
      }
    },
    async signIn(credentials) {
      keepToken(undefined);
      await ask('/v1/session', { method: 'POST', body: credentials });
      await look();
    },
    async signInByPasskey() {
      keepToken(undefined);
      await signInByPasskey();
      await look();
    },
    async signOut() {
      if (!hasToken()) await ask('/v1/session', { method: 'DELETE' }).catch(() => undefined);
      expire();
    },
  };
  return <Context value={session}>{children}</Context>;
}

export function useSession(): Session {
  const value = useContext(Context);
  if (value === undefined) throw new Error('outside of SessionProvider');
  return value;
}

async function whoIsIt(): Promise<Person> {
  const { user, permissions, scope, csrf, sign_in } = await askJson<SessionAnswer>('/v1/session');
  keepCsrf(csrf ?? undefined);
  return {
    name: user.name,
    roles: user.roles,
    permissions,
    scope,
    by: hasToken() ? 'token' : 'session',
    provider: sign_in?.issuer ?? null,
  };
}

/** Whether the server has accounts at all; one without them takes tokens only. */
export async function hasAccounts(): Promise<boolean> {
  try {
    await askJson('/v1/session');
    return true;
  } catch (error) {
    return error instanceof ApiError && error.status === 401;
  }
}

/** Whether an OpenID Connect provider is configured: only then its address exists, which takes no HEAD. */
export async function hasProvider(): Promise<boolean> {
  try {
    await ask('/v1/session/oidc', { method: 'HEAD' });
    return true;
  } catch (error) {
    return error instanceof ApiError && error.status === 405;
  }
}
