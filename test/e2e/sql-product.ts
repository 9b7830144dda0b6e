import { parseJson } from '@daybook/protocol';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The product as a person starts it, in a directory of its own, with the two example events of the event page in it. */
export interface Product {
  readonly url: string;
  readonly port: number;
  readonly token: string;
  /** Runs one query and returns the answer's text. */
  sql(query: string): Promise<string>;
  stop(): Promise<void>;
}

const BIN = fileURLToPath(new URL('../../packages/cli/bin/daybook.js', import.meta.url));
const TOKEN = 'an admin token of this test, of 32 characters or more';
const START_MS = 60_000;
const STOP_MS = 15_000;

export const EXAMPLES = [
  '{"timestamp":"2023-11-04T12:34:56Z","userId":"user_12345","eventType":"update","resource":"document_56789","ipAddress":"192.168.0.1"}',
  '{"timestamp":"2023-10-21T15:32:00Z","user_id":"U12345","resource_accessed":"/secure-data","result":"success","ip_address":"192.168.1.10"}',
];

export async function startProduct(env: Readonly<Record<string, string>> = {}): Promise<Product> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'daybook-sql-e2e-'));
  const child = spawn(process.execPath, [BIN, 'serve'], {
    cwd: dir,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: dir,
      ...env,
      DAYBOOK_DATA: path.join(dir, 'data'),
      DAYBOOK_LISTEN: '127.0.0.1:0',
      DAYBOOK_ADMIN_TOKEN: TOKEN,
      DAYBOOK_ORIGIN: 'sql.test',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const hear = (chunk: Buffer): void => {
    said = (said + chunk.toString()).slice(-20_000);
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const stop = async (): Promise<void> => {
    await ended(child);
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const url = await until(
      START_MS,
      () => localUrl(dir),
      () => said,
    );
    const sql = async (query: string): Promise<string> => {
      const response = await fetch(`${url}/sql`, { method: 'POST', body: query, headers: { authorization: `Bearer ${TOKEN}` } });
      return response.text();
    };
    await until(
      START_MS,
      async () => ((await fetch(`${url}/readyz`)).ok ? true : undefined),
      () => said,
    );
    const sent = await fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/x-ndjson' },
      body: EXAMPLES.join('\n'),
    });
    if (!sent.ok) throw new Error(`the example events were refused: ${await sent.text()}`);
    await until(
      START_MS,
      async () => ((await sql("SELECT count() FROM access_logs WHERE kind = 'event'")).trim() === '2' ? true : undefined),
      () => said,
    );
    return { url, port: Number(new URL(url).port), token: TOKEN, sql, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function localUrl(dir: string): string | undefined {
  try {
    const found: unknown = parseJson(readFileSync(path.join(dir, 'data', 'control', 'local.json'), 'utf8'));
    return typeof found === 'object' && found !== null && 'url' in found && typeof found.url === 'string' ? found.url : undefined;
  } catch {
    return undefined;
  }
}

/** Asks until there is an answer; beyond the bound it fails with what the product said. */
export async function until<T>(
  boundMs: number,
  ask: () => T | undefined | Promise<T | undefined>,
  context: () => string = () => '',
): Promise<T> {
  const end = performance.now() + boundMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end) throw new Error(`not within ${boundMs} ms; ${context()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await exit;
  clearTimeout(timer);
}
