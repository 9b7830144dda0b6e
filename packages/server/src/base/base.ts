import { setMaxListeners } from 'node:events';
import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { DaybookError } from '@daybook/protocol';
import { openAccess } from './access.ts';
import { assert } from './assert.ts';
import { systemClock } from './clock.ts';
import type { Config } from './config.ts';
import { openControl } from './control/control.ts';
import { openFiles } from './files-real.ts';
import { markHeapSeldom } from './heap.ts';
import { openHttp } from './http.ts';
import { codeOf } from './json.ts';
import { openLog } from './log.ts';
import { httpMetrics, openMetrics } from './metrics.ts';
import { type ProcessEnd, processEnd } from './process-end.ts';
import type { Listener } from './tls.ts';
import { systemRandom } from './random.ts';
import { routeTable } from './route-table.ts';
import type { Base } from './types.ts';

/** A minute: what "last used" says is then at most so old after a crash. */
const USES_FLUSH_MS = 60_000;
/** How soon a token that was revoked on another node stops opening here. */
const SHARED_RELOAD_MS = 5000;
/** Two small files are read so often: watching them would miss renewals by renamed links. */
const CERTIFICATE_LOOK_MS = 5000;
/** Requests in hand get this long to be answered at the stop; then their connections are cut. */
const DRAIN_MS = 4000;

/** Opens what every stage stands on. `end` is how the process ends; tests stand in for it. */
export async function openBase(config: Config, end: ProcessEnd = processEnd): Promise<Base> {
  markHeapSeldom();
  const clock = systemClock();
  const random = systemRandom();
  const log = openLog(config.logLevel);
  const metrics = openMetrics();
  const stopping = new AbortController();
  // Everything that waits listens to it: tails, requests, background work. Each takes its listener away.
  setMaxListeners(0, stopping.signal);
  makeDataDir(config.dataDir);
  const control = await openControl({ config, clock, random });
  const access = openAccess(control, config.allowAddresses);
  const routes = routeTable();
  let listener: Listener | undefined;
  const http = openHttp({
    log,
    random,
    metrics: httpMetrics(metrics),
    routes,
    access,
    stopping: stopping.signal,
    tls: config.tls,
    trustedProxies: config.trustedProxies,
    onListener: (made) => {
      listener = made;
    },
  });
  const running = new Set<Promise<void>>();
  let url = '';

  const base: Base = {
    config,
    pid: process.pid,
    clock,
    random,
    log,
    metrics,
    files: openFiles(),
    http,
    routes,
    access,
    control,
    stopping: stopping.signal,
    background(name, work) {
      const done = work(stopping.signal).catch((error: unknown) => {
        if (stopping.signal.aborted) log.debug({ err: error, name }, 'background work ended at the stop');
        else base.fatal(new Error(`${name} failed`, { cause: error }));
      });
      running.add(done);
      void done.finally(() => running.delete(done));
    },
    fatal(error) {
      log.fatal({ err: error }, 'daybook stops');
      end.say(fatalSentence(error));
      return end.exit(1);
    },
    async listen() {
      try {
        await http.listen({ host: config.listen.host, port: config.listen.port });
      } catch (cause) {
        throw listenError(config, cause);
      }
      const address = http.server.address();
      assert(address !== null && typeof address === 'object', 'a listening server has an address and a port');
      url = urlOf(address, config.tls === undefined ? 'http' : 'https');
      return url;
    },
    url: () => url,
    async drain() {
      stopping.abort();
      await closeHttp(http);
    },
    async close() {
      stopping.abort();
      await Promise.all(running);
      await control.close();
    },
  };
  base.background('token upkeep', (signal) => keepTokens(base, signal));
  if (config.tls !== undefined) base.background('certificate upkeep', (signal) => keepCertificate(base, listener, signal));
  return base;
}

function makeDataDir(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new DaybookError('bad_setting', `The data directory ${dir} cannot be made; choose another by DAYBOOK_DATA or --data.`, { cause });
  }
}

/** Flushes the times of last use, and where other nodes share the state, follows what they change. */
async function keepTokens({ control, log }: Base, signal: AbortSignal): Promise<void> {
  let sinceFlushMs = 0;
  const everyMs = control.shared ? SHARED_RELOAD_MS : USES_FLUSH_MS;
  while (await paused(everyMs, signal)) {
    sinceFlushMs += everyMs;
    try {
      if (control.shared) await control.reload();
      if (sinceFlushMs >= USES_FLUSH_MS) {
        sinceFlushMs = 0;
        await control.flushUses();
      }
    } catch (error) {
      // The tokens in memory go on to serve; the next round tries again.
      log.warn({ err: error }, 'the control database does not answer');
    }
  }
}

/** A renewed certificate serves from the next connection on; one that is broken is told of, and the old one serves on. */
async function keepCertificate({ log }: Base, listener: Listener | undefined, signal: AbortSignal): Promise<void> {
  while (await paused(CERTIFICATE_LOOK_MS, signal)) {
    try {
      if (listener?.reload() === true) log.info('the new certificate is in use');
    } catch (error) {
      log.error({ err: error }, 'the new certificate cannot be used; the old one stays');
    }
  }
}

/** Waits; false when the signal ended the wait. Does not keep the process alive. */
export function paused(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const onAbort = () => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve(true);
    }, ms);
    timer.unref();
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

async function closeHttp(http: Base['http']): Promise<void> {
  const cut = setTimeout(() => http.server.closeAllConnections(), DRAIN_MS);
  try {
    await http.close();
  } finally {
    clearTimeout(cut);
  }
}

function listenError({ listen }: Config, cause: unknown): DaybookError {
  const code = codeOf(cause);
  const why =
    code === 'EADDRINUSE'
      ? 'another program listens there; is Daybook running already?'
      : code === 'EACCES'
        ? 'this user may not; ports below 1024 need rights'
        : code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND'
          ? 'this machine has no such address'
          : 'the system refused';
  return new DaybookError(
    'bad_setting',
    `Cannot listen on ${listen.host}:${listen.port}: ${why}. Choose another by DAYBOOK_LISTEN or --listen.`,
    { cause },
  );
}

function urlOf(address: AddressInfo, scheme: 'http' | 'https'): string {
  return `${scheme}://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}

function fatalSentence(error: unknown): string {
  const messages: string[] = [];
  for (let at = error; at instanceof Error && messages.length < 4; at = at.cause) messages.push(at.message);
  return `daybook: ${messages.join(': ') || String(error)}`;
}
