import { isRecord, listOf, parseRecord } from '@daybook/protocol';

/**
 * An evidence file (`.daybook`) is a zip of these members, in this order; nothing else may stand in it.
 *
 *     README.html, README.txt             what it proves and what not, in plain language; a function of the manifest
 *     manifest.json                       what was asked for and what was found
 *     logs/<log>/verifier-key             the public key, one line (C2SP signed-note)
 *     logs/<log>/checkpoint               the signed head under which all entries of that log are proven (C2SP tlog-checkpoint)
 *     logs/<log>/entries/<idx>.json       the exact bytes of an entry
 *     logs/<log>/proofs/<idx>.tlog-proof  its proof (C2SP tlog-proof)
 */
export const MANIFEST = 'manifest.json';
export const README_HTML = 'README.html';
export const README_TEXT = 'README.txt';

/** Beyond it a zip gets unwieldy for the people who have to handle it; a narrower filter or several ranges do the same. */
export const EVENTS_MAX = 100_000;
/** A filter is typed by a person; what is longer is a mistake. It stands in the manifest and on the page. */
export const FILTER_CHARS_MAX = 10_000;
/** As many logs as anyone configures retention classes. */
const LOGS_MAX = 100;
const FORMAT = 'daybook-evidence/1';
const LOG_NAME = /^[a-z][a-z0-9_-]{0,31}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z$/;

export interface ScanRange {
  readonly log: string;
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
}

export type Selection = { readonly kind: 'where'; readonly where: string } | ({ readonly kind: 'scan' } & ScanRange);

export interface ManifestLog {
  readonly log: string;
  readonly origin: string;
  readonly verifierKey: string;
  readonly checkpointSize: number;
  readonly events: number;
  readonly firstIdx: number;
  readonly lastIdx: number;
  /** Receive times of the first and the last entry. */
  readonly firstRecordedAt: string;
  readonly lastRecordedAt: string;
}

/** Not signed: what it says is checked against the entries as far as they can tell, the rest is the word of whoever made the file. */
export interface Manifest {
  readonly madeAt: string;
  readonly selection: Selection;
  readonly logs: readonly ManifestLog[];
}

export type Member =
  | { readonly kind: 'page' | 'manifest' }
  | { readonly kind: 'key' | 'checkpoint'; readonly log: string }
  | { readonly kind: 'entry' | 'proof'; readonly log: string; readonly idx: number };

export const memberOf = {
  key: (log: string) => `logs/${log}/verifier-key`,
  checkpoint: (log: string) => `logs/${log}/checkpoint`,
  entry: (log: string, idx: number) => `logs/${log}/entries/${idx}.json`,
  proof: (log: string, idx: number) => `logs/${log}/proofs/${idx}.tlog-proof`,
};

/** What a member's name says; undefined for a name that evidence does not have. */
export function parseMember(name: string): Member | undefined {
  if (name === README_HTML || name === README_TEXT) return { kind: 'page' };
  if (name === MANIFEST) return { kind: 'manifest' };
  const match = /^logs\/([^/]+)\/(?:(verifier-key|checkpoint)|(?:entries|proofs)\/(0|[1-9]\d{0,15})\.(json|tlog-proof))$/.exec(name);
  const [, log = '', single, idx = '', extension] = match ?? [];
  if (match === null || !LOG_NAME.test(log)) return undefined;
  if (single !== undefined) return { kind: single === 'checkpoint' ? 'checkpoint' : 'key', log };
  const member = { kind: extension === 'json' ? 'entry' : 'proof', log, idx: Number(idx) } as const;
  return memberOf[member.kind](log, member.idx) === name ? member : undefined;
}

export function formatManifest({ madeAt, selection, logs }: Manifest): string {
  const { kind, ...asked } = selection;
  const value = {
    format: FORMAT,
    made_at: madeAt,
    selection: kind === 'where' ? asked : { scan: asked },
    events: logs.reduce((sum, log) => sum + log.events, 0),
    logs: logs.map((log) => ({
      log: log.log,
      origin: log.origin,
      verifier_key: log.verifierKey,
      checkpoint_size: log.checkpointSize,
      events: log.events,
      first_idx: log.firstIdx,
      last_idx: log.lastIdx,
      first_recorded_at: log.firstRecordedAt,
      last_recorded_at: log.lastRecordedAt,
    })),
  };
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** Takes exactly what `formatManifest` writes; undefined for anything else. */
export function parseManifest(text: string): Manifest | undefined {
  const value = parseRecord(text);
  const selection = parseSelection(value?.['selection']);
  const logs = listOf(value?.['logs']).map(parseLog);
  const known = logs.filter((log) => log !== undefined);
  const madeAt = value?.['made_at'];
  if (selection === undefined || !isTime(madeAt) || known.length !== logs.length || logs.length > LOGS_MAX) return undefined;
  const manifest: Manifest = { madeAt, selection, logs: known };
  // Nothing that it could hold beside is known to anyone: written again, it must be the same.
  return formatManifest(manifest) === text && new Set(known.map((log) => log.log)).size === known.length ? manifest : undefined;
}

function parseSelection(value: unknown): Selection | undefined {
  if (!isRecord(value)) return undefined;
  const { where, scan } = value;
  if (typeof where === 'string') return where.length <= FILTER_CHARS_MAX ? { kind: 'where', where } : undefined;
  if (!isRecord(scan)) return undefined;
  const { log, from, to } = scan;
  return isLogName(log) && isIndex(from) && isIndex(to) && from <= to ? { kind: 'scan', log, from, to } : undefined;
}

function parseLog(value: unknown): ManifestLog | undefined {
  if (!isRecord(value)) return undefined;
  const { log, origin, events } = value;
  const { verifier_key: verifierKey, checkpoint_size: checkpointSize, first_idx: firstIdx, last_idx: lastIdx } = value;
  const { first_recorded_at: firstRecordedAt, last_recorded_at: lastRecordedAt } = value;
  if (!isLogName(log) || typeof origin !== 'string' || typeof verifierKey !== 'string') return undefined;
  if (!isIndex(checkpointSize) || !isIndex(events) || !isIndex(firstIdx) || !isIndex(lastIdx)) return undefined;
  if (!isTime(firstRecordedAt) || !isTime(lastRecordedAt)) return undefined;
  return { log, origin, verifierKey, checkpointSize, events, firstIdx, lastIdx, firstRecordedAt, lastRecordedAt };
}

function isLogName(value: unknown): value is string {
  return typeof value === 'string' && LOG_NAME.test(value);
}

function isIndex(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && TIME.test(value);
}
