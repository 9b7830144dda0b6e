/* oxlint-disable typescript/no-unsafe-type-assertion -- what a test wrote or asked for is known to it */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FIELDS, parseJson } from '@daybook/protocol';
import { openBase } from '../base/base.ts';
import { parseConfig } from '../base/parse-config.ts';
import type { Base } from '../base/types.ts';
import { type Intake, openIntake } from '../intake/index.ts';
import { type Ledger, openLedger } from '../ledger/index.ts';
import { type Capture, FORMAT_NAMES, openCapture } from './index.ts';

/** A server of the first three stages, on a directory of its own: base, ledger, intake, capture, all real. */
export interface TestServer {
  readonly base: Base;
  readonly ledger: Ledger;
  readonly intake: Intake;
  readonly capture: Capture;
  readonly url: string;
  readonly dataDir: string;
  /** Posts with the admin's token unless `headers` name another. */
  post(
    body: string | Buffer,
    headers?: Record<string, string>,
    query?: string,
  ): Promise<{ status: number; reply: TestReply; headers: Headers }>;
  /** The entries of a log, parsed. */
  entries(log: string): Promise<TestEntry[]>;
  /** A token of role producer. */
  producer(name: string, options?: { sources?: string[]; tenants?: string[] }): Promise<string>;
  close(): Promise<void>;
}

export interface TestReply {
  readonly accepted: number;
  readonly folded?: { item: number; log: string; idx: number | null }[];
  readonly duplicates: { item: number; log: string; idx: number | null }[];
  readonly rejected: { item: number; code: string; field: string; message: string }[];
  readonly receipts: { log: string; first_idx: number; last_idx: number }[];
  readonly checkpoints?: Record<string, string>;
  /** Of a problem. */
  readonly code?: string;
  readonly detail?: string;
}

export interface TestEntry {
  readonly kind: string;
  readonly src: string;
  readonly sseq?: number;
  readonly rt: string;
  readonly event: Record<string, unknown>;
  /** The exact bytes. */
  readonly text: string;
}

export const ADMIN_TOKEN = 'a'.repeat(40);

/** `dataDir`: of a server before, to start again on it. `settings`: text of its daybook.yaml. */
export async function openTestServer(
  options: { dataDir?: string; env?: Record<string, string>; settings?: string; wrapLedger?: (ledger: Ledger) => Ledger } = {},
): Promise<TestServer> {
  const dataDir = options.dataDir ?? path.join(mkdtempSync(path.join(os.tmpdir(), 'daybook-capture-')), 'data');
  const env = {
    DAYBOOK_DATA: dataDir,
    DAYBOOK_LISTEN: '127.0.0.1:0',
    DAYBOOK_ADMIN_TOKEN: ADMIN_TOKEN,
    DAYBOOK_LOG_LEVEL: 'silent',
    DAYBOOK_ORIGIN: 'test.example',
    ...options.env,
  };
  if (options.settings !== undefined) writeFileSync(path.join(path.dirname(dataDir), 'daybook.yaml'), options.settings);
  const config = parseConfig({
    flags: {},
    env,
    cwd: path.dirname(dataDir),
    eventFields: FIELDS.map((field) => field.name),
    formats: FORMAT_NAMES,
  });
  const base = await openBase(config, {
    say: () => undefined,
    exit() {
      throw new Error('the process ends');
    },
    onStopSignal: () => () => undefined,
  });
  const opened = await openLedger(base);
  const ledger = options.wrapLedger?.(opened) ?? opened;
  const intake = await openIntake(base, ledger);
  const capture = await openCapture(base, intake);
  const url = await base.listen();
  return {
    base,
    ledger,
    intake,
    capture,
    url,
    dataDir,
    async post(body, headers = {}, query = '') {
      const response = await fetch(`${url}/v1/events${query}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : new Uint8Array(body),
      });
      return { status: response.status, reply: (await response.json()) as TestReply, headers: response.headers };
    },
    async entries(log) {
      const entries: TestEntry[] = [];
      for await (const chunk of opened.read(log, 0, opened.state(log).size)) {
        for (let i = 0; i < chunk.count; i++) {
          const text = chunk.bytes.toString('utf8', chunk.starts[i], chunk.ends[i]);
          entries.push({ ...(parseJson(text) as Omit<TestEntry, 'text'>), text });
        }
      }
      return entries;
    },
    async producer(name, { sources, tenants } = {}) {
      const made = await base.control.tokens.create(
        { name, role: 'producer', sources: sources ?? [name], tenants: tenants ?? null },
        { name: 'test', tokenId: 'test' },
      );
      return made.secret;
    },
    async close() {
      await base.drain();
      await capture.close();
      await intake.close();
      await opened.close();
      await base.close();
    },
  };
}

export function removeTestData(server: TestServer): void {
  rmSync(path.dirname(server.dataDir), { recursive: true, force: true });
}
