import { listOf, recordOf, textOf } from '@daybook/protocol';
import { type ClientOptions, openClient } from '../client.ts';
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
  const tokens = listOf(recordOf(await client.json('GET', '/v1/tokens'))['tokens']).map(recordOf);
  if (options.json === true) await writeLine(io.stdout, JSON.stringify({ tokens }));
  else {
    const names = ['id', 'name', 'role', 'created_at', 'last_used_at', 'revoked_at'];
    const rows = tokens.map((token) => names.map((name) => token[name]));
    for (const line of textTable(names, rows)) await writeLine(io.stdout, line);
  }
  return 0;
}

export async function revokeToken(io: Io, id: string, options: ClientOptions): Promise<number> {
  const client = await openClient(io, options);
  await client.json('DELETE', `/v1/tokens/${encodeURIComponent(id)}`);
  await writeLine(io.stderr, `revoked ${id}`);
  return 0;
}
