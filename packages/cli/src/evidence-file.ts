import { type LogFetcher, openCheckpoint, TILE_WIDTH, TlogError } from '@daybook/tlog';
import {
  EVENTS_MAX,
  fetchBundle,
  FILTER_CHARS_MAX,
  formatManifest,
  MANIFEST,
  type Manifest,
  type ManifestLog,
  memberOf,
  pageHtml,
  pageText,
  type ProvableLog,
  proveEntries,
  README_HTML,
  README_TEXT,
  receiveTime,
  type ScanRange,
  type Selection,
} from '@daybook/evidence';
import { CliError, usageError } from './cli-error.ts';
import type { DaybookClient } from './client.ts';
import { EvidenceWriter } from './evidence-zip.ts';
import { type ListedLog, listLogs, remoteLog } from './proof-source.ts';
import type { Progress } from './progress.ts';

export interface MakeEvidenceOptions {
  readonly client: DaybookClient;
  /** A WHERE expression over access_logs. */
  readonly where?: string;
  /** Or a range of one log, both ends included. */
  readonly scan?: ScanRange;
  readonly out: string;
  readonly progress: Progress;
  /** When the file says that it was made; by default now. */
  readonly now?: Date;
  readonly signal?: AbortSignal;
}

export interface MadeEvidence {
  readonly file: string;
  readonly events: number;
  readonly bytes: number;
  readonly logs: readonly ManifestLog[];
}

/** The index may show events a moment before a checkpoint covers them; there is one at least every second when a log grows. */
const CHECKPOINT_WAIT_MS = 10_000;
const CHECKPOINT_POLL_MS = 200;

/**
 * Writes an evidence file: asks which entries, takes their bytes from entry bundles, and makes each proof here from hash tiles, under one
 * checkpoint per log. Each proof is verified before it is written, so what cannot be proven never gets into a file.
 */
export async function makeEvidence(options: MakeEvidenceOptions): Promise<MadeEvidence> {
  const selection = selectionOf(options);
  const { client, progress, signal } = options;
  progress.start('choose');
  const chosen = selection.kind === 'where' ? await chooseBySql(client, selection.where, signal) : chooseRange(selection);
  const total = [...chosen.values()].reduce((sum, idxs) => sum + idxs.length, 0);
  if (total === 0) throw new CliError('No event fits the filter: there is nothing to prove.', { code: 'nothing_found' });
  progress.start('prove', total);
  const now = options.now ?? new Date(performance.timeOrigin + performance.now());
  const writer = new EvidenceWriter(options.out, now);
  try {
    const logs = await openChosen(client, chosen, signal);
    // First and last times are read before anything is written, as page and manifest come first.
    const described: ManifestLog[] = [];
    for (const log of logs) described.push(await describeLog(log));
    await writeHead(writer, { madeAt: now.toISOString(), selection, logs: described });
    let done = 0;
    for (const log of logs) {
      await writer.add(memberOf.key(log.log), `${log.verifierKey}\n`);
      await writer.add(memberOf.checkpoint(log.log), log.note);
      for await (const proven of proveEntries(log)) {
        await writer.add(memberOf.entry(log.log, proven.idx), proven.entry);
        await writer.add(memberOf.proof(log.log, proven.idx), proven.proof);
        progress.set(++done);
      }
    }
    return { file: options.out, events: total, bytes: await writer.close(), logs: described };
  } catch (error) {
    await writer.discard();
    if (error instanceof TlogError)
      throw new CliError(`The server's log does not prove what it shows: ${error.message}`, {
        code: error.code,
        advice: 'Run `daybook verify` on the server and its data directory, and keep a copy of both as they are.',
        cause: error,
      });
    throw error;
  } finally {
    progress.end();
  }
}

function selectionOf({ where, scan }: MakeEvidenceOptions): Selection {
  if (where !== undefined && scan === undefined) {
    if (where.length > FILTER_CHARS_MAX) throw usageError(`The filter is longer than ${FILTER_CHARS_MAX} characters.`);
    return { kind: 'where', where };
  }
  if (scan === undefined || where !== undefined) throw usageError('Give either a filter (--where) or a range (--scan LOG:FROM-TO).');
  if (!Number.isSafeInteger(scan.from) || !Number.isSafeInteger(scan.to) || scan.from < 0 || scan.to < scan.from)
    throw usageError('A range goes from a number to the same or a larger one, as in routine:0-1000.');
  return { kind: 'scan', log: scan.log, from: scan.from, to: scan.to };
}

type Chosen = ReadonlyMap<string, readonly number[]>;

function chooseRange({ log, from, to }: ScanRange): Chosen {
  const count = to - from + 1;
  if (count > EVENTS_MAX) throw tooMany();
  return new Map([[log, Array.from({ length: count }, (_, i) => from + i)]]);
}

async function chooseBySql(client: DaybookClient, where: string, signal?: AbortSignal): Promise<Chosen> {
  // On lines of its own, so that a comment at the filter's end does not swallow the rest.
  const sql = `SELECT DISTINCT log, idx FROM access_logs WHERE (\n${where}\n) ORDER BY log, idx LIMIT ${EVENTS_MAX + 1}`;
  const chosen = new Map<string, number[]>();
  let count = 0;
  const call = { body: sql, headers: { 'content-type': 'text/plain; charset=utf-8' }, ...(signal === undefined ? {} : { signal }) };
  for await (const line of client.lines('POST', '/sql?default_format=TabSeparated', call)) {
    const [, log = '', idx = ''] = /^([a-z][a-z0-9_-]*)\t(\d{1,16})$/.exec(line) ?? [];
    if (log === '') throw new CliError('The server did not answer the filter with entries.', { code: 'bad_answer' });
    if (++count > EVENTS_MAX) throw tooMany();
    const idxs = chosen.get(log) ?? [];
    idxs.push(Number(idx));
    chosen.set(log, idxs);
  }
  return chosen;
}

function tooMany(): CliError {
  return usageError(
    `More than ${EVENTS_MAX.toLocaleString('en-US')} entries: too many for one evidence file.`,
    'Narrow the filter, or make several files, for instance one for each month.',
  );
}

/** A log to prove from, with what is the same for all of its entries. */
interface OpenLog extends ListedLog, ProvableLog {}

async function openChosen(client: DaybookClient, chosen: Chosen, signal?: AbortSignal): Promise<OpenLog[]> {
  const listed = await listLogs(client, signal);
  const logs: OpenLog[] = [];
  for (const [log, idxs] of chosen) {
    const known = listed.find((one) => one.log === log);
    if (known === undefined) throw new CliError(`The server has no log ${log}.`, { code: 'not_found' });
    const fetcher = remoteLog(client, log, signal);
    const note = await checkpointCovering(fetcher, known, idxs.at(-1) ?? 0);
    logs.push({ ...known, ...note, idxs, tile: (tile) => fetcher.tile(tile) });
  }
  return logs;
}

async function checkpointCovering(fetcher: LogFetcher, log: ListedLog, idx: number): Promise<Pick<ProvableLog, 'note' | 'head'>> {
  const deadline = performance.now() + CHECKPOINT_WAIT_MS;
  for (;;) {
    const note = String(await fetcher.checkpoint());
    const head = openCheckpoint(note, log.verifier);
    if (head.size > idx) return { note, head };
    if (performance.now() > deadline)
      throw new CliError(`The log ${log.log} ends at ${head.size - 1} (signed); ${idx} is not there.`, { code: 'not_found' });
    await new Promise((resolve) => setTimeout(resolve, CHECKPOINT_POLL_MS));
  }
}

async function describeLog(log: OpenLog): Promise<ManifestLog> {
  const firstIdx = log.idxs[0] ?? 0;
  const lastIdx = log.idxs.at(-1) ?? 0;
  const times: string[] = [];
  for (const idx of [firstIdx, lastIdx]) {
    const n = Math.floor(idx / TILE_WIDTH);
    times.push(receiveTime((await fetchBundle(log, n))[idx % TILE_WIDTH]));
  }
  const [firstRecordedAt = '', lastRecordedAt = ''] = times;
  return {
    log: log.log,
    origin: log.verifier.name,
    verifierKey: log.verifierKey,
    checkpointSize: log.head.size,
    events: log.idxs.length,
    firstIdx,
    lastIdx,
    firstRecordedAt,
    lastRecordedAt,
  };
}

async function writeHead(writer: EvidenceWriter, manifest: Manifest): Promise<void> {
  await writer.add(README_HTML, pageHtml(manifest));
  await writer.add(README_TEXT, pageText(manifest));
  await writer.add(MANIFEST, formatManifest(manifest));
}
