import { listOf, recordOf, textOf } from '@daybook/protocol';
import { CliError } from '../cli-error.ts';
import { type ClientOptions, openClient } from '../client.ts';
import { type Io, writeLine } from '../io.ts';
import { textTable } from '../table.ts';

export interface UserCreateOptions extends ClientOptions {
  readonly name: string;
  readonly role: readonly string[];
  readonly email?: string;
  readonly source?: readonly string[];
  readonly tenant?: readonly string[];
  readonly expires?: string;
}

/** Makes a user and prints the link by which they sign in for the first time. */
export async function createUser(io: Io, options: UserCreateOptions): Promise<number> {
  const client = await openClient(io, options);
  const { name, role, email, source, tenant, expires } = options;
  const scope = { ...(source === undefined ? {} : { source }), ...(tenant === undefined ? {} : { tenant_id: tenant }) };
  const made = recordOf(
    await client.json('POST', '/v1/users', {
      name,
      roles: role,
      ...(email === undefined ? {} : { email }),
      ...(Object.keys(scope).length === 0 ? {} : { scope }),
      ...(expires === undefined ? {} : { expires_at: expires }),
    }),
  );
  await tellLink(io, name, recordOf(made['invitation']));
  return 0;
}

/** A new one-time link: also the way back for who is locked out, from the server's own user. */
export async function linkUser(io: Io, name: string, options: ClientOptions): Promise<number> {
  const client = await openClient(io, options);
  const users = listOf(recordOf(await client.json('GET', '/v1/users'))['users']).map(recordOf);
  const user = users.find((one) => [textOf(one['name']), textOf(one['email'])].includes(name));
  if (user === undefined) throw new CliError(`There is no user ${name}.`, { code: 'not_found', advice: 'See `daybook user list`.' });
  await tellLink(io, name, recordOf(await client.json('POST', `/v1/users/${encodeURIComponent(textOf(user['id']))}/invitation`)));
  return 0;
}

export async function listUsers(io: Io, options: ClientOptions & { readonly json?: boolean }): Promise<number> {
  const client = await openClient(io, options);
  const users = listOf(recordOf(await client.json('GET', '/v1/users'))['users']).map(recordOf);
  if (options.json === true) await writeLine(io.stdout, JSON.stringify({ users }));
  else {
    const names = ['id', 'name', 'email', 'roles', 'last_sign_in_at', 'disabled_at', 'expires_at'];
    const rows = users.map((user) => names.map((name) => (name === 'roles' ? listOf(user[name]).map(textOf).join(' ') : user[name])));
    for (const line of textTable(names, rows)) await writeLine(io.stdout, line);
  }
  return 0;
}

/** The link alone on standard output, like a token. */
async function tellLink(io: Io, name: string, invitation: Readonly<Record<string, unknown>>): Promise<void> {
  await writeLine(io.stdout, textOf(invitation['link']));
  await writeLine(io.stderr, `This link signs ${name} in, once, until ${textOf(invitation['expires_at'])}. Hand it over to nobody else.`);
}
