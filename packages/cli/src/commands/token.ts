import { listOf, recordOf, textOf } from '@daybook/protocol';
import { CliError } from '../cli-error.ts';
import { type ClientOptions, type DaybookClient, openClient } from '../client.ts';
import { type Io, writeLine } from '../io.ts';
import { textTable } from '../table.ts';

export interface TokenCreateOptions extends ClientOptions {
  readonly role: string;
  readonly name: string;
  readonly source?: readonly string[];
  readonly tenant?: readonly string[];
  readonly json?: boolean;
}

export async function createToken(io: Io, options: TokenCreateOptions): Promise<number> {
  const client = await openClient(io, options);
  const { role, name, source, tenant } = options;
  const body = { role, name, ...(source === undefined ? {} : { sources: source }), ...(tenant === undefined ? {} : { tenants: tenant }) };
  const made = recordOf(await client.json('POST', '/v1/tokens', body));
  if (options.json === true) await writeLine(io.stdout, JSON.stringify(made));
  else {
    // The token alone on standard output, so that `TOKEN=$(daybook token create …)` works.
    await writeLine(io.stdout, textOf(made['token']));
    await writeLine(io.stderr, `This is the token of ${role} ${name}. It is shown once; Daybook keeps only its hash.`);
  }
  return 0;
}

export async function listTokens(io: Io, options: ClientOptions & { readonly json?: boolean }): Promise<number> {
  const client = await openClient(io, options);
  const tokens = await tokensOf(client);
  if (options.json === true) await writeLine(io.stdout, JSON.stringify({ tokens }));
  else {
    const names = ['id', 'name', 'role', 'sources', 'created_at', 'last_used_at', 'revoked_at'];
    const rows = tokens.map((token) => names.map((name) => (name === 'sources' ? listOf(token[name]).join(', ') : token[name])));
    for (const line of textTable(names, rows)) await writeLine(io.stdout, line);
  }
  return 0;
}

/** `named` is an id, or the name of a token: of one name only one is not revoked. */
export async function revokeToken(io: Io, named: string, options: ClientOptions): Promise<number> {
  const client = await openClient(io, options);
  const tokens = await tokensOf(client);
  const token = tokens.find(({ id }) => id === named) ?? tokens.find(({ name, revoked_at: revoked }) => name === named && revoked === null);
  if (token === undefined)
    throw new CliError(`There is no token ${named} that is not revoked.`, { code: 'not_found', advice: '`daybook token list` tells all.' });
  const id = textOf(token['id']);
  await client.json('DELETE', `/v1/tokens/${encodeURIComponent(id)}`);
  await writeLine(io.stderr, `revoked ${id}`);
  return 0;
}

async function tokensOf(client: DaybookClient): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return listOf(recordOf(await client.json('GET', '/v1/tokens'))['tokens']).map(recordOf);
}
