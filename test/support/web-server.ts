import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FIELDS } from '@daybook/protocol';
import { openBase } from '../../packages/server/src/base/base.ts';
import { parseConfig } from '../../packages/server/src/base/parse-config.ts';
import type { Base } from '../../packages/server/src/base/types.ts';
import { FaultyFiles } from '../../packages/server/src/base/test-faulty-files.ts';
import { openIntake } from '../../packages/server/src/intake/index.ts';
import { openLedger, openLedgerWith } from '../../packages/server/src/ledger/index.ts';
import { packed } from '../../packages/server/src/ledger/test-ledger.ts';
import type { Ledger } from '../../packages/server/src/ledger/types.ts';
import type { IndexFinding, Query } from '../../packages/server/src/query/types.ts';
import { openWatch } from '../../packages/server/src/watch/index.ts';
import { openWeb } from '../../packages/server/src/web/index.ts';

/** The edge over a real base and a real ledger in a temporary directory. Only the engine is not there: its state is what the test says. */
export interface WebServer {
  readonly url: string;
  readonly dir: string;
  readonly base: Base;
  readonly ledger: Ledger;
  readonly engine: EngineState;
  readonly admin: string;
  token(role: 'admin' | 'auditor' | 'producer', name: string): Promise<string>;
  get(path: string, token?: string, headers?: Record<string, string>): Promise<Response>;
  /** Appends events to a log, each an object of canonical fields. */
  append(log: string, ...events: Record<string, unknown>[]): Promise<void>;
  /** Stops; the directory stays until `remove`. */
  stop(): Promise<void>;
  remove(): void;
}

export interface EngineState {
  wasUp: boolean;
  up: boolean;
  findings: IndexFinding[];
  /** Reindexing waits for this. */
  reindexing: Promise<void>;
}

const ADMIN = 'an admin token of this test, long enough';

export interface WebServerOptions {
  readonly dir?: string;
  readonly env?: Record<string, string>;
  /** The ledger lies on a disk in memory of this size, with a reserve of a sixteenth. */
  readonly diskBytes?: number;
}

export async function startWeb(options: WebServerOptions = {}): Promise<WebServer> {
  const dir = options.dir ?? mkdtempSync(path.join(os.tmpdir(), 'daybook-web-'));
  const env = { DAYBOOK_DATA: path.join(dir, 'data'), DAYBOOK_ADMIN_TOKEN: ADMIN, DAYBOOK_ORIGIN: 'web.test', DAYBOOK_LOG_LEVEL: 'silent' };
  const given = { ...env, DAYBOOK_LISTEN: '127.0.0.1:0', ...options.env };
  const base = await openBase(parseConfig({ flags: {}, env: given, cwd: dir, eventFields: FIELDS.map((f) => f.name) }), {
    say: () => undefined,
    exit(code) {
      throw new Error(`the process would end with ${code}`);
    },
    onStopSignal: () => () => undefined,
  });
  const ledger = await (options.diskBytes === undefined ? openLedger(base) : smallLedger(base, options.diskBytes));
  const engine: EngineState = { wasUp: true, up: true, findings: [], reindexing: Promise.resolve() };
  const query = queryOf(engine, ledger);
  const intake = await openIntake(base, ledger);
  const watch = await openWatch(base, ledger, query, intake);
  const web = await openWeb(base, ledger, { query, intake, watch });
  const url = await base.listen();
  const get = (at: string, token: string | undefined = ADMIN, headers: Record<string, string> = {}) =>
    fetch(url + at, { headers: { ...(token === '' ? {} : { authorization: `Bearer ${token}` }), ...headers } });
  return {
    url,
    dir,
    base,
    ledger,
    engine,
    admin: ADMIN,
    get,
    async token(role, name) {
      const answer = await fetch(`${url}/v1/tokens`, {
        method: 'POST',
        headers: { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json' },
        body: JSON.stringify({ role, name }),
      });
      const body: unknown = await answer.json();
      if (typeof body === 'object' && body !== null && 'token' in body && typeof body.token === 'string') return body.token;
      throw new Error(`no token: ${answer.status}`);
    },
    async append(log, ...events) {
      await ledger.append(log, {
        ...packed(events.map((event) => JSON.stringify(event))),
        src: events.map(() => 'test'),
        sseq: events.map(() => undefined),
        fields: { lo: 0, hi: 0 },
      });
    },
    async stop() {
      await base.drain();
      await web.close();
      await intake.close();
      await ledger.close();
      await base.close();
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

function smallLedger(base: Base, diskBytes: number): Promise<Ledger> {
  const { config, clock, log, metrics } = base;
  return openLedgerWith({
    ledgerDir: path.join(config.dataDir, 'ledger'),
    signingKeyFile: config.signingKeyFile,
    origin: config.origin,
    originIsDefault: false,
    lastSignedDir: undefined,
    checkpointSinks: [],
    logs: config.logs,
    clock,
    files: new FaultyFiles({ capacityBytes: diskBytes }),
    randomText: (bytes) => base.random.text(bytes),
    postText: () => Promise.resolve(),
    log,
    metrics,
    fatal: (error) => base.fatal(error),
    limits: { reserveBytes: diskBytes / 16, resumeFreeBytes: diskBytes / 16 },
    lock: () => ({ release: () => undefined }),
  });
}

function queryOf(engine: EngineState, ledger: Ledger): Query {
  return {
    engine: () => ({ wasUp: engine.wasUp, up: engine.up }),
    warm: () => true,
    index: () => ({
      lagMs: 0,
      logs: ledger.logs.map((log) => ({ log, indexed: ledger.state(log).size, ledgerSize: ledger.state(log).size })),
    }),
    indexed: async () => undefined,
    async reindex(progress) {
      progress(1, 2);
      await engine.reindexing;
      progress(2, 2);
    },
    seen: async () => [],
    lastOf: async () => new Map(),
    lastSince: async () => new Map(),
    newestOwn: async () => [],
    marked: async () => [],
    async *verifyIndex(progress) {
      progress(1, 1);
      yield* engine.findings;
    },
    close: async () => undefined,
  };
}
