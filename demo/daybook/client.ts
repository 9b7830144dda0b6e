import { parseJson } from '@daybook/protocol';

/** Where a Daybook is, and what lets us in. */
export interface Access {
  readonly url: string;
  readonly token: string;
}

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One request; throws with the server's own words when it is refused. */
export async function ask(access: Access, path: string, body?: string | object): Promise<string> {
  const response = await fetch(access.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${access.token}`,
      ...(typeof body === 'object' ? { 'content-type': 'application/json' } : undefined),
    },
    ...(body === undefined ? undefined : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`Daybook at ${access.url} answered ${response.status} to ${path}: ${text.slice(0, REFUSAL_CHARS_MAX)}`);
  return text;
}
const REFUSAL_CHARS_MAX = 500;

/**
 * A token for an application, as an administrator would make it. One of this name that is there already belongs to somebody else, or to a demo of which
 * nothing else is left: it is never revoked here.
 */
export async function makeToken(admin: Access, name: string, tenants: readonly string[]): Promise<string> {
  const made = parseJson(await ask(admin, '/v1/tokens', { name, role: 'producer', tenants }));
  if (isObject(made) && typeof made['token'] === 'string') return made['token'];
  throw new Error('Daybook made a token and did not tell it');
}

/** Whether the token still opens the door as this producer. */
export async function isTokenOf(access: Access, name: string): Promise<boolean> {
  try {
    const who = parseJson(await ask(access, '/v1/whoami'));
    return isObject(who) && who['name'] === name;
  } catch {
    return false;
  }
}
