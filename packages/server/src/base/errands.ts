import { execFile } from 'node:child_process';
import { Client } from 'pg';
import { isRecord } from '@daybook/protocol';
import { deadline } from './deadline.ts';
import { type Canary, CANARY_WORD, type HttpCanary, type PostgresCanary, type SshdCanary } from './source-settings.ts';

/**
 * What canaries do: small harmless errands to the outside, exactly as the settings file says; nobody can ask for one over HTTP. Each resolves with a few words
 * on how it went, for an action that is refused is as good as one that succeeds; nothing that a secret could stand in is among them.
 */

/** An errand that takes longer has failed; its event is awaited all the same. */
const ERRAND_MS = 15_000;
const MARKER = /\{marker\}/g;
/** What a server says beside its status is of no interest; a program's last words are told up to here. */
const OUTPUT_BYTES_MAX = 10_000;

export async function runErrand(canary: Canary, marker: string, signal: AbortSignal): Promise<string> {
  const limit = deadline(ERRAND_MS, signal);
  try {
    switch (canary.kind) {
      case 'http':
        return await http(canary, marker, limit.signal);
      case 'postgres':
        return await postgres(canary, marker, limit.signal);
      case 'sshd':
        return await sshd(canary, marker, limit.signal);
      default:
        return canary satisfies never;
    }
  } catch (error) {
    return limit.signal.aborted ? `it took longer than ${ERRAND_MS / 1000} seconds` : `it failed (${codeIn(error)})`;
  } finally {
    limit.clear();
  }
}

/** The marker stands wherever the settings put it, and always in the agent's name, which access logs and middlewares record. */
async function http({ url, method, headers, body }: HttpCanary, marker: string, signal: AbortSignal): Promise<string> {
  const put = (text: string) => text.replaceAll(MARKER, marker);
  const response = await fetch(put(url.reveal()), {
    method,
    headers: {
      'user-agent': `${CANARY_WORD} (${marker})`,
      ...Object.fromEntries(Object.entries(headers.reveal()).map(([name, value]) => [name, put(value)])),
    },
    ...(body === undefined ? {} : { body: put(body.reveal()) }),
    // The operator named one address, and no other.
    redirect: 'manual',
    signal,
  });
  await response.body?.cancel();
  return `it was answered ${response.status}`;
}

async function postgres({ url, query }: PostgresCanary, marker: string, signal: AbortSignal): Promise<string> {
  const client = new Client({
    connectionString: url.reveal().replaceAll(MARKER, marker),
    application_name: marker,
    connectionTimeoutMillis: ERRAND_MS,
    query_timeout: ERRAND_MS,
    statement_timeout: ERRAND_MS,
  });
  // A connection that breaks between two calls tells so here, and must not end the process.
  client.on('error', () => undefined);
  const cut = () => void client.end().catch(() => undefined);
  signal.addEventListener('abort', cut, { once: true });
  try {
    await client.connect();
    // The marker has letters, digits and `-` only: it closes no quotes.
    await client.query(query.reveal().replaceAll(MARKER, marker));
    return 'the statement ran';
  } finally {
    signal.removeEventListener('abort', cut);
    await client.end().catch(() => undefined);
  }
}

/** A login that must fail, as a user whom nobody has. No key, no password, no agent, no settings of anybody's. */
function sshd({ host, port }: SshdCanary, marker: string, signal: AbortSignal): Promise<string> {
  const options = ['BatchMode=yes', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'GlobalKnownHostsFile=/dev/null', 'IdentitiesOnly=yes', 'IdentityFile=none', 'IdentityAgent=none', 'PreferredAuthentications=none', `ConnectTimeout=${Math.floor(ERRAND_MS / 1000)}`]; // biome-ignore format: a list of words
  const args = [
    '-F',
    'none',
    '-T',
    '-n',
    ...options.flatMap((option) => ['-o', option]),
    '-p',
    String(port),
    '-l',
    marker,
    '--',
    host,
    'true',
  ];
  return new Promise((resolve) => {
    execFile(
      'ssh',
      args,
      { signal, maxBuffer: OUTPUT_BYTES_MAX, timeout: ERRAND_MS, env: { PATH: process.env['PATH'] ?? '' } },
      (error, _out, said) => {
        if (error === null) resolve('it was let in, which nobody expected');
        else if (typeof error.code === 'number') resolve(wordsOf(said));
        else resolve(`it failed (${codeIn(error)})`);
      },
    );
  });
}

/** ssh ends with 255 whatever happened, and says what. */
function wordsOf(said: string): string {
  if (said.includes('Permission denied')) return 'it was refused';
  const [known] = ['Connection refused', 'Connection timed out', 'No route to host', 'Could not resolve hostname'].filter((words) =>
    said.includes(words),
  );
  return known === undefined ? 'ssh could not ask' : `ssh could not ask (${known.toLowerCase()})`;
}

/** The code of the system or of the server, never a message: those repeat addresses with their passwords. */
function codeIn(error: unknown): string {
  for (let at = error; at !== undefined && at !== null; at = isRecord(at) ? at['cause'] : undefined) {
    const code = isRecord(at) || at instanceof Error ? Reflect.get(at, 'code') : undefined;
    if (typeof code === 'string' && /^[A-Za-z0-9_]{1,64}$/.test(code)) return code;
  }
  return 'no code';
}
