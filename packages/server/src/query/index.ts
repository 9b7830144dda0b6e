import path from 'node:path';
import { DaybookError } from '@daybook/protocol';
import type { Base } from '../base/types.ts';
import type { Ledger } from '../ledger/types.ts';
import { lastOf, lastSince, newestOwn } from './coverage/last.ts';
import { markedEvents } from './coverage/marked.ts';
import { seenKinds } from './coverage/seen.ts';
import { type EngineConnection, engineUnavailable } from './engine/connection.ts';
import { openEngine } from './engine/engine.ts';
import { mountExports } from './exports/routes.ts';
import { Indexer } from './indexer/indexer.ts';
import { rebuildIndex } from './indexer/rebuild.ts';
import { mountLookup } from './lookup/route.ts';
import { warmUp } from './lookup/warm-up.ts';
import { ScopeViews } from './scope/scope-views.ts';
import { RollUps } from './rollup/roll-ups.ts';
import { mountSearch } from './search/route.ts';
import { openRefreshes } from './refreshes.ts';
import { createSqlEndpoint, type SqlEngine } from './sql/index.ts';
import type { Query } from './types.ts';
import { verifyIndex } from './verify/index.ts';

export type * from './types.ts';

export interface QueryOptions {
  /** What policy removes from texts before they are kept: queries hold card numbers and passwords like any other text. */
  readonly redact?: (text: string) => string;
}

/** Stage 4 answers: starts or reaches ClickHouse, keeps `access_logs` what the ledger says, mounts `/sql` and `GET /v1/events`. */
export async function openQuery(base: Base, ledger: Ledger, { redact = (text) => text }: QueryOptions = {}): Promise<Query> {
  const { config, log, metrics, clock } = base;
  const engine = await openEngine({
    dir: path.join(config.dataDir, 'engine'),
    clickhouseUrl: config.clickhouseUrl,
    log,
    random: base.random,
    clock,
    files: base.files,
  });
  const forget = (connection: EngineConnection): Promise<void> => rollUps.forget(connection);
  const indexer = new Indexer({ engine, ledger, log, metrics, clock, forget });
  const rollUps = new RollUps({ engine, log, metrics, index: () => indexer.state(), prepared: () => indexer.prepared });
  const ending = new AbortController();
  const indexing = indexer.run(ending.signal);
  base.background('index', async () => indexing);
  const rolling = rollUps.run(ending.signal);
  base.background('roll-ups', async () => rolling);
  const refreshes = openRefreshes(base, ledger);
  const views = new ScopeViews(() => engine.connection());
  const record = ledger.record.bind(ledger);
  const sqlEngine: SqlEngine = {
    // The endpoint's own short look-ups carry no id of a request.
    read: async (sql, { queryId, signal }) => ({
      stream: await engine.connection().read(sql, { queryId, signal, lane: queryId === '' ? 'quick' : 'long' }),
    }),
  };
  await createSqlEndpoint({
    http: base.http,
    access: base.access,
    log,
    metrics,
    clock,
    stopping: base.stopping,
    engine: sqlEngine,
    repeats: (request, asked) => refreshes.repeats(request, asked),
    scopedEvents: (scope) => views.eventsSql(scope),
    record,
    redact,
  });
  const lookUp = mountLookup({ base, engine, ledger, redact, refreshes });
  let warm = false;
  base.background('warm-up', async (signal) => {
    const up = engine.up.bind(engine);
    await warmUp({ ledger, log, up, indexed: (sizes, until) => indexer.indexed(sizes, until), search: lookUp }, signal);
    warm = true;
  });
  mountSearch({ base, engine, ledger, redact, refreshes, rollUps });
  const exports = await mountExports({ base, engine, ledger, redact, index: () => indexer.state() });
  return {
    // An engine without its tables answers nothing that anybody asks.
    engine: () => (indexer.prepared ? engine.state() : { ...engine.state(), wasUp: false, up: false }),
    warm: () => warm,
    index: () => indexer.state(),
    indexed: (sizes, signal) => indexer.indexed(sizes, signal),
    reindex: (progress, signal) => rebuildIndex({ indexer, ledger, progress, ...(signal === undefined ? {} : { signal }) }),
    verifyIndex: (progress, signal) =>
      verifyIndex({
        engine,
        ledger,
        indexed: (sizes, until) => indexer.indexed(sizes, until),
        progress,
        ...(signal === undefined ? {} : { signal }),
      }),
    seen: (asked) => asking(() => seenKinds(engine.connection(), asked)),
    lastOf: (sources, signal) => asking(() => lastOf(engine.connection(), sources, signal)),
    lastSince: (since, signal) => asking(() => lastSince(engine.connection(), since, signal)),
    newestOwn: (kind, signal) => asking(() => newestOwn(engine.connection(), kind, signal)),
    marked: (asked) => asking(() => markedEvents(engine.connection(), asked)),
    async close() {
      await exports.close();
      await refreshes.close();
      ending.abort();
      await indexing;
      await rolling;
      await engine.close();
    },
  };
}

/** An engine that does not answer has one code, whatever went wrong below. */
async function asking<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw error instanceof DaybookError ? error : engineUnavailable(error);
  }
}
