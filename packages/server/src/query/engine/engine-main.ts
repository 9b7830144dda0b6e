/**
 * The engine process: embedded ClickHouse (chDB) behind the ClickHouse HTTP interface on loopback. Started by the supervisor with an empty environment; ends
 * when its channel to the server closes, and at nothing else: signals to the process group are the server's to handle.
 */
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { setPriority } from 'node:os';
import { createInterface } from './http-interface.ts';
import { removeRowsFiles } from './rows-file.ts';
import type { SessionPool } from './session-pool.ts';
import type { EngineOrder, EngineReport, StartOrder } from './start-order.ts';
import { Watchdog } from './watchdog.ts';

/** Acknowledging events goes first: the server's threads get about three times the share of ours when both want a core. */
const NICENESS = 5;

/** Merging parts is for later answers and for the disk: it takes what neither inserts nor questions want. Far behind, ClickHouse slows the inserts by itself. */
const MERGE_NICENESS = 19;
const MERGE_THREADS = /^MergeMutate/;
/** Threads of the pool come and go with the work. */
const MERGE_LOOK_MS = 1000;

const MB = 1024 * 1024;
/** Resident memory is this and about 150 MB of the binary. Questions and merges that want more are refused or wait; inserts are tried again in halves. */
const CONNECTION_ARGS = Object.entries({
  max_server_memory_usage: 700 * MB,
  mark_cache_size: 64 * MB,
  index_mark_cache_size: 16 * MB,
  primary_index_cache_size: 64 * MB,
  uncompressed_cache_size: 0,
  query_condition_cache_size: 8 * MB,
  compiled_expression_cache_size: 16 * MB,
  background_pool_size: 2,
  background_schedule_pool_size: 4,
  background_common_pool_size: 2,
  background_move_pool_size: 1,
  background_fetches_pool_size: 1,
  background_buffer_flush_schedule_pool_size: 1,
  background_message_broker_schedule_pool_size: 1,
  background_distributed_schedule_pool_size: 1,
  max_thread_pool_size: 200,
  // By default a question gets one thread for each GiB that is free below the limit: below ours, one, and it takes twice as long.
  max_threads_min_free_memory_per_thread: 0,
}).map(([name, value]) => `--${name}=${value}`);

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
// The server is gone, however it went: what is not on disk is in its ledger.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('message', (order: EngineOrder) => {
  if (order.kind === 'start') void start(order);
  else stop();
});

let pool: SessionPool | undefined;

async function start({ dir, secret }: StartOrder): Promise<void> {
  beNice();
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    removeRowsFiles(dir);
    // Loads the native library: only now, for a machine without one to be told so, and for its threads to be nice.
    const { SessionPool: Pool } = await import('./session-pool.ts');
    pool = new Pool(dir, CONNECTION_ARGS);
    const opened = pool;
    const version = await ask(opened, 'SELECT version()');
    await tryData(opened);
    setInterval(beNiceInMerging, MERGE_LOOK_MS).unref();
    const server = createInterface({ pool: opened, secret, dir, watchdog: new Watchdog((id) => killStatement(opened, id), die) });
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address !== null && typeof address === 'object') report({ kind: 'ready', port: address.port, version: version.trim() });
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    report({ kind: 'failed', why: whyFailed(error, message), message });
  }
}

/** A session opens even over files that are none of ClickHouse's; only what needs them tells. */
async function tryData(opened: SessionPool): Promise<void> {
  await ask(opened, 'CREATE DATABASE IF NOT EXISTS daybook');
  if ((await ask(opened, 'EXISTS TABLE default.access_logs')).trim() === '1')
    await ask(opened, 'SELECT 1 FROM default.access_logs LIMIT 1');
}

/** By a signal, after the sessions are closed: an exit would run the library's destructors while its threads still use what they destroy, and end in a crash. */
function stop(): void {
  pool?.close();
  process.kill(process.pid, 'SIGKILL');
}

/** Every thread that exists already, and by inheritance those to come. Where threads can't be named (macOS) the process as a whole. */
function beNice(): void {
  try {
    for (const thread of readdirSync('/proc/self/task')) setPriority(Number(thread), NICENESS);
  } catch {
    setPriority(NICENESS);
  }
}

/** Linux only: elsewhere merges run like the rest. */
function beNiceInMerging(): void {
  try {
    for (const thread of readdirSync('/proc/self/task')) {
      if (MERGE_THREADS.test(readFileSync(`/proc/self/task/${thread}/comm`, 'latin1'))) setPriority(Number(thread), MERGE_NICENESS);
    }
  } catch {
    // A thread that ended between the listing and the look.
  }
}

async function ask(pool: SessionPool, sql: string): Promise<string> {
  const lease = await pool.take('quick');
  if (lease === undefined) throw new Error('no session is free');
  try {
    return (await lease.session.queryAsync(sql, { format: 'TSVRaw' })).text();
  } finally {
    lease.release(true);
  }
}

async function killStatement(pool: SessionPool, id: string): Promise<void> {
  // The id is spelled in two halves here, so that this question does not find itself.
  const half = id.length / 2;
  const found = await ask(
    pool,
    `SELECT query_id FROM system.processes WHERE position(query, concat('/*${id.slice(0, half)}', '${id.slice(half)}*/')) = 1`,
  );
  for (const queryId of found.split('\n'))
    if (/^[0-9a-f-]{36}$/.test(queryId)) await ask(pool, `KILL QUERY WHERE query_id = '${queryId}' ASYNC`);
}

function whyFailed(error: unknown, message: string): 'unsupported' | 'data' | 'locked' {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'CHDB_PLATFORM' || code === 'CHDB_ABI') return 'unsupported';
  return /cannot lock file|another (?:server|process)/i.test(message) ? 'locked' : 'data';
}

function die(why: string): void {
  process.stderr.write(`${why}; the engine process ends itself to be started anew\n`);
  process.kill(process.pid, 'SIGKILL');
}

function report(message: EngineReport): void {
  process.send?.(message);
}
