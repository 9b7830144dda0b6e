import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseJson, parseRecord } from '@daybook/protocol';
import type { Browser } from 'playwright-core';
import { hasChromium, openBrowser, settled, visit } from '../test/browser/browser.ts';
import { cpuSecondsOf, Daybook, memoryOf } from './daybook-under-test.ts';
import { generate } from './generator.ts';
import type { Report } from './report.ts';

const MONTH_MS = 30 * 86_400_000;
const ROUNDS = 21;
/** What the search asks for beside its first rows: fields of few values with the histogram, then those of many. */
const FACETS = ['outcome', 'action', 'source', 'resource_type', 'resource_sensitivity', 'country_code'];
const FACETS_OF_MANY = ['user_id', 'ip_address'];
const FORMATS = ['csv', 'ndjson', 'parquet'] as const;
/** What the search shows at first, and by that exports. */
const COLUMNS = ['outcome', 'user_id', 'action', 'resource', 'source', 'ip_address', 'timestamp'];
/** Long enough that a second of work would show as 2 %. */
const IDLE_S = 40;
/** The server rolls up two million events in ten seconds at most. */
const ROLL_UP_MS = 300_000;

interface ConsoleOptions {
  readonly events: number;
  /** Use the data of the run before. */
  readonly keep: boolean;
  /** Where the server listens, if not at the usual port. */
  readonly port: number | undefined;
  /** `browser`: only what is measured there. */
  readonly only: string | undefined;
}

/** What the console asks of a month of events: overview, facets, exports; and what it costs while nobody touches it. */
export async function benchConsole(report: Report, workDir: string, options: ConsoleOptions): Promise<void> {
  const dataDir = path.join(workDir, 'archive');
  const keep = options.keep && existsSync(dataDir);
  if (!keep) await rm(dataDir, { recursive: true, force: true });
  const server = await Daybook.start(dataDir, { fresh: !keep, ...(options.port === undefined ? {} : { port: options.port }) });
  try {
    if (!keep) await load(server, options.events);
    const events = await server.rows();
    const range = await monthOf(server);
    await rolledUp(server);
    const under = { report, server, range, events };
    if (options.only !== 'browser') await byInterface(under);
    await inBrowser(report, server);
  } finally {
    await server.stop();
  }
}

interface Under {
  readonly report: Report;
  readonly server: Daybook;
  readonly range: string;
  readonly events: number;
}

function fields(names: readonly string[]): string {
  return names.map((name) => `field=${name}`).join('&');
}

async function load(server: Daybook, events: number): Promise<void> {
  const startMicros = (Math.floor(Date.now() / 86_400_000) * 86_400_000 - MONTH_MS) * 1000;
  const history = { startMicros, stepMicros: (MONTH_MS * 1000) / events };
  await generate({ url: server.url, token: server.token, connections: 8, batch: 1000, events, history });
  await server.queryable(events, 1_200_000);
}

/** The thirty days that end with the newest event, and as everywhere not at a full hour. */
async function monthOf(server: Daybook): Promise<string> {
  const newest = Number(await server.sql("SELECT toUnixTimestamp(max(timestamp)) FROM access_logs WHERE kind = 'event'")) * 1000;
  const iso = (ms: number): string => new Date(ms).toISOString();
  return `from=${iso(newest - MONTH_MS + 1_234_567)}&to=${iso(newest + 60_000)}`;
}

/** Waits until no chunk is left to roll up: less than one is counted by the event. */
async function rolledUp(server: Daybook): Promise<void> {
  const limit = performance.now() + ROLL_UP_MS;
  const entries = Number(/^daybook_ledger_size\{log="routine"\} (\d+)/m.exec(await server.get('/metrics'))?.[1] ?? 0);
  const chunk = 2 ** 21;
  for (;;) {
    const done = Number(/^daybook_index_rolled_up_entries\{log="routine"\} (\d+)/m.exec(await server.get('/metrics'))?.[1] ?? 0);
    if (done >= Math.floor(entries / chunk) * chunk) return;
    if (performance.now() > limit) throw new Error(`only ${done} of ${entries} entries are rolled up`);
    await pause(500);
  }
}

async function asked({ report, server, events }: Under, name: string, at: string, atMost?: number): Promise<void> {
  const times: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const began = performance.now();
    await server.get(at);
    times.push(performance.now() - began);
  }
  const [first = 0] = times;
  times.sort((a, b) => a - b);
  report.add({
    workload: 'console',
    name: `${name}, p95`,
    value: times[Math.floor(ROUNDS * 0.95)] ?? 0,
    unit: 'ms',
    ...(atMost === undefined ? {} : { atMost }),
    note: `p50 ${(times[Math.floor(ROUNDS / 2)] ?? 0).toFixed(0)} ms, the first ${first.toFixed(0)} ms; 30 days, ${events.toLocaleString('en-US')} events`,
  });
}

/** Overview, facets and exports, as the console and programs ask for them. */
async function byInterface(under: Under): Promise<void> {
  await asked(under, 'overview', `/v1/overview?q=kind:event&${under.range}`, 1000);
  await asked(under, 'facets and histogram', `/v1/events/summary?buckets=140&${fields(FACETS)}&${under.range}`, 500);
  await asked(under, 'facets of users and addresses', `/v1/events/summary?buckets=0&${fields(FACETS_OF_MANY)}&${under.range}`, 500);
  await asked(
    under,
    'facets of what one user did',
    `/v1/events/summary?q=user_id:u10100&buckets=140&${fields(FACETS)}&${under.range}`,
    500,
  );
  await asked(under, 'overview, event by event (a filter of other fields)', `/v1/overview?q=-method:none&${under.range}`);
  for (const format of FORMATS) await exported(under, format, COLUMNS);
  await exported(under, 'csv', []);
  for (const format of ['csv', 'parquet'] as const) await exportedInBackground(under, format);
  under.report.add({
    workload: 'console',
    name: 'memory peak, server + engine',
    value: memoryOf(under.server.pids()).peak / 1e6,
    unit: 'MB',
    atMost: 1500,
  });
}

/** The last days: about two million rows. */
function lastDays({ range, events }: Under): { readonly from: string; readonly to: string } {
  const to = /to=([^&]+)/.exec(range)?.[1] ?? '';
  return { from: new Date(Date.parse(to) - (MONTH_MS * 2_000_000) / events).toISOString(), to };
}

/** All columns into a file of the server's: asked for, counted, written, and there to be fetched. */
async function exportedInBackground(under: Under, format: string): Promise<void> {
  const { report, server } = under;
  const before = memoryOf(server.pids()).now;
  let most = before;
  const began = performance.now();
  const ask = async (at: string, init: RequestInit = {}): Promise<Record<string, unknown>> => {
    const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' };
    return parseRecord(await (await fetch(`${server.url}${at}`, { ...init, headers })).text()) ?? {};
  };
  let job = await ask('/v1/exports', { method: 'POST', body: JSON.stringify({ q: 'kind:event', ...lastDays(under), format }) });
  while (job['state'] === 'running') {
    await pause(100);
    job = await ask(`/v1/exports/${String(job['id'])}`);
    most = Math.max(most, memoryOf(server.pids()).now);
  }
  const seconds = (performance.now() - began) / 1000;
  if (job['state'] !== 'done') throw new Error(`export in the background: ${JSON.stringify(job)}`);
  await ask(`/v1/exports/${String(job['id'])}`, { method: 'DELETE' });
  const [rows, bytes] = [Number(job['rows']), Number(job['bytes'])];
  report.add({
    workload: 'console',
    name: `export as ${format} in the background, all columns`,
    value: rows / seconds,
    unit: 'rows/s',
    atLeast: 100_000,
    note: `${rows.toLocaleString('en-US')} rows, ${(bytes / 1e6).toFixed(0)} MB in ${seconds.toFixed(1)} s; memory +${((most - before) / 1e6).toFixed(0)} MB`,
  });
}

/** As a stream, while it is read. */
async function exported(under: Under, format: string, columns: readonly string[]): Promise<void> {
  const { report, server } = under;
  const { from, to } = lastDays(under);
  const query = `q=kind:event&from=${from}&to=${to}`;
  const { buckets } = parseJson(await server.get(`/v1/events/summary?${query}`)) as { buckets: number[][] }; // oxlint-disable-line no-unsafe-type-assertion
  const rows = buckets.reduce((sum, [, ...counts]) => sum + counts.reduce((a, b) => a + b, 0), 0);
  const before = memoryOf(server.pids()).now;
  let most = before;
  const began = performance.now();
  const answer = await fetch(
    `${server.url}/v1/events/export?format=${format}&${query}${columns.map((name) => `&column=${name}`).join('')}`,
    {
      headers: { authorization: `Bearer ${server.token}` },
    },
  );
  if (!answer.ok) throw new Error(`export as ${format}: ${answer.status} ${await answer.text()}`);
  let bytes = 0;
  let looked = began;
  for await (const chunk of answer.body ?? []) {
    bytes += (chunk as Uint8Array).length; // oxlint-disable-line no-unsafe-type-assertion
    if (performance.now() - looked < 250) continue;
    looked = performance.now();
    most = Math.max(most, memoryOf(server.pids()).now);
  }
  const seconds = (performance.now() - began) / 1000;
  const note = `${rows.toLocaleString('en-US')} rows, ${(bytes / 1e6).toFixed(0)} MB in ${seconds.toFixed(1)} s; memory +${((most - before) / 1e6).toFixed(0)} MB`;
  report.add({
    workload: 'console',
    name: `export as ${format}, ${columns.length === 0 ? 'all' : columns.length} columns`,
    value: rows / seconds,
    unit: 'rows/s',
    atLeast: 100_000,
    note,
  });
}

/** What is compressed on the wire, all answers of the API among it. */
const INITIAL_KB_MAX = 200;
const INTERACTIVE_MS_MAX = 1500;
const DRAWN_MS_MAX = 100;
const VISITS = 7;
/** A search that shows nothing for so long is broken. */
const ROWS_MS_MAX = 20_000;

/** In a real browser: the first page of somebody who was never here, the rows of a search, and what a page costs that is left open. */
async function inBrowser(report: Report, server: Daybook): Promise<void> {
  if (!hasChromium) return;
  const browser = await openBrowser();
  try {
    const visits: Visit[] = [];
    for (let i = 0; i < VISITS; i++) visits.push(await visitOnce(browser, server));
    const middle = (of: (visit: Visit) => number) => visits.map(of).sort((a, b) => a - b)[VISITS >> 1] ?? Number.NaN;
    const note = `median of ${VISITS} visits, nothing cached`;
    const workload = 'console';
    report.add({
      workload,
      name: 'first page, on the wire',
      value: middle(({ bytes }) => bytes) / 1000,
      unit: 'kB',
      atMost: INITIAL_KB_MAX,
      note,
    });
    report.add({
      workload,
      name: 'first page, interactive',
      value: middle(({ readyMs }) => readyMs),
      unit: 'ms',
      atMost: INTERACTIVE_MS_MAX,
      note,
    });
    report.add({
      workload,
      name: 'rows of a search, drawn after their data',
      value: middle(({ drawnMs }) => drawnMs),
      unit: 'ms',
      atMost: DRAWN_MS_MAX,
      note,
    });
    await idle(report, server, browser);
  } finally {
    await browser.close();
  }
}

interface Visit {
  readonly bytes: number;
  /** From the address to figures on the page and a main thread that is free. */
  readonly readyMs: number;
  /** From the last byte of the rows to their frame. */
  readonly drawnMs: number;
}

/** Notes when the first row of the results has been painted. */
const WATCH_ROWS = `new MutationObserver((_, observer) => {
  if (document.querySelector('[role=grid] [role=row][aria-rowindex="2"]') === null) return;
  observer.disconnect();
  requestAnimationFrame(() => setTimeout(() => (window.drawnMs = performance.now())));
}).observe(document, { childList: true, subtree: true });`;
/** Between them lies what drawing took. */
const DRAWN_MS = `window.drawnMs - Math.max(...performance.getEntriesByType('resource').filter(({ name }) => name.includes('/v1/events?')).map(({ responseEnd }) => responseEnd))`;

async function visitOnce(browser: Browser, server: Daybook): Promise<Visit> {
  const visitor = await visit(browser, server);
  const { page } = visitor;
  try {
    let bytes = 0;
    page.on('response', (response) => {
      bytes += Number(response.headers()['content-length'] ?? 0);
    });
    const began = performance.now();
    await page.goto('/');
    await page.getByRole('heading', { name: 'Events over time' }).waitFor();
    await page.evaluate('new Promise((resolve) => requestIdleCallback(resolve))');
    const readyMs = performance.now() - began;
    await settled(page);
    const ofFirstPage = bytes;
    await page.addInitScript({ content: WATCH_ROWS });
    await page.goto('/search');
    // The page's policy lets nobody evaluate texts inside of it: it is asked from outside.
    const limit = performance.now() + ROWS_MS_MAX;
    while ((await page.evaluate('window.drawnMs > 0')) !== true) {
      if (performance.now() > limit) throw new Error('the search shows no rows');
      await pause(5);
    }
    return { bytes: ofFirstPage, readyMs, drawnMs: Number(await page.evaluate(DRAWN_MS)) };
  } finally {
    await visitor.close();
  }
}

/** What a page that is left open adds to what server and engine do by themselves, and what the browser does. */
async function idle(report: Report, server: Daybook, browser: Browser): Promise<void> {
  const cpu = (): number => server.pids().reduce((sum, pid) => sum + cpuSecondsOf(pid), 0);
  const percentOf = async (used: () => number | Promise<number>): Promise<number> => {
    const before = await used();
    await pause(IDLE_S * 1000);
    return (((await used()) - before) / IDLE_S) * 100;
  };
  await pause(5000);
  const alone = await percentOf(cpu);
  const { page } = await visit(browser, server);
  await page.goto('/');
  await page.getByRole('heading', { name: 'Events over time' }).waitFor();
  await pause(5000);
  const session = await browser.newBrowserCDPSession();
  const ofBrowser = async (): Promise<number> =>
    (await session.send('SystemInfo.getProcessInfo')).processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
  const [ofServer, ofPage] = await Promise.all([percentOf(cpu), percentOf(ofBrowser)]);
  const note = `browser ${ofPage.toFixed(2)} %; server and engine ${ofServer.toFixed(2)} % with the page, ${alone.toFixed(2)} % without; ${IDLE_S} s on the overview`;
  report.add({
    workload: 'console',
    name: 'idle page',
    value: Math.max(0, ofServer - alone) + ofPage,
    unit: '% of a core',
    atMost: 2,
    note,
  });
}
