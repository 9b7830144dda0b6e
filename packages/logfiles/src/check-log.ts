import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Verifier } from '@daybook/tlog';
import type { CheckPool } from './check-pool.ts';
import type { BlobReference, SegmentReport } from './check-segment.ts';
import { checkTree, TileFiles } from './check-tree.ts';
import type { Counters } from './counters.ts';
import { FindingList } from './findings.ts';
import { listNames, range, readHeads, type SignedHead } from './heads.ts';
import { type LedgerPaths, logPaths, parseSegmentName, SEGMENT_ENTRIES, segmentName } from './layout.ts';

export interface LogCheckOptions {
  readonly paths: LedgerPaths;
  readonly log: string;
  /** undefined: the ledger has no key for it. */
  readonly verifier: Verifier | undefined;
  readonly outsideHeads: readonly SignedHead[];
  readonly findings: FindingList;
}

export interface LogResult {
  readonly size: number;
  readonly heads: number;
  readonly lastSigned: SignedHead | undefined;
  readonly blobs: readonly BlobReference[];
  readonly kinds: ReadonlyMap<string, number>;
  readonly bytes: number;
  /** Receive time of the newest entry. */
  readonly lastRt: string;
  readonly notes: readonly string[];
}

/**
 * Checks one log in two steps, because of servers that write meanwhile. Making it reads the heads and opens the tiles: whatever they say is in the
 * segments, which `run` reads afterwards. What is appended later has no part in the check.
 */
export class LogCheck {
  readonly #options: LogCheckOptions;
  readonly #heads: { readonly lastSigned: SignedHead | undefined; readonly heads: readonly SignedHead[]; readonly count: number };
  readonly #tiles: TileFiles;
  readonly #numbers: readonly number[];
  /** Open files whose sealed form is there too. */
  readonly #doubled: readonly string[];
  readonly #notes: string[] = [];

  constructor(options: LogCheckOptions) {
    const { paths, log, verifier, findings } = options;
    this.#options = options;
    const headFindings = new FindingList({ log });
    this.#heads =
      verifier === undefined
        ? { lastSigned: undefined, heads: [], count: 0 }
        : readHeads({ ledgerDir: paths.dir, lastSignedDir: paths.lastSigned, log, verifier, findings: headFindings });
    const own = logPaths(paths.dir, log);
    this.#tiles = new TileFiles(own.tiles, headFindings);
    findings.addAll(headFindings.all());
    const names = listNames(own.segments);
    const there = new Set(names);
    this.#numbers = plausible(names, { findings, log });
    this.#doubled = this.#numbers
      .map((number) => segmentName(number, 'open'))
      .filter((name) => there.has(name) && there.has(name.replace(/open$/, 'seg')))
      .map((name) => path.join(own.segments, name));
  }

  get signedSize(): number {
    return this.#heads.heads.at(-1)?.size ?? 0;
  }

  /** Entries that there may be, for a progress bar. */
  get estimate(): number {
    const last = this.#numbers.at(-1);
    return last === undefined ? 0 : Math.max(this.signedSize, last * SEGMENT_ENTRIES);
  }

  async run(pool: CheckPool, counters: Counters, onEntries: (count: number) => void): Promise<LogResult> {
    const { log } = this.#options;
    const segments: SegmentReport[] = [];
    await Promise.all(
      this.#numbers.map(async (number) => {
        const report = await this.#segment(pool, number);
        if (report === undefined) return;
        segments.push(report);
        counters.add(log, report.counters);
        onEntries(report.end - number * SEGMENT_ENTRIES);
      }),
    );
    segments.sort((a, b) => a.segment - b.segment);
    return this.#judge(segments);
  }

  close(): void {
    this.#tiles.close();
  }

  async #segment(pool: CheckPool, segment: number): Promise<SegmentReport | undefined> {
    const { paths, log, findings, outsideHeads } = this.#options;
    const headSizes = [...this.#heads.heads, ...outsideHeads]
      .map(({ size }) => size)
      .filter((size) => Math.floor(size / SEGMENT_ENTRIES) === segment);
    const answer = await pool.run({ kind: 'segment', job: { log, dir: logPaths(paths.dir, log).segments, segment, headSizes } });
    if (answer.kind === 'segment') return answer.report;
    if (answer.kind === 'failed') throw new Error(`the check of segment ${segment} of ${log} failed: ${answer.detail}`);
    const place = range(segment * SEGMENT_ENTRIES, (segment + 1) * SEGMENT_ENTRIES);
    if (answer.kind === 'unreadable') findings.add('file_unreadable', `Segment ${segment}: ${answer.detail}.`, { log, ...place });
    else if (answer.kind === 'absent') findings.add('segment_missing', `Segment ${segment}.`, { log, ...place });
    return undefined;
  }

  #judge(segments: readonly SegmentReport[]): LogResult {
    const { log, findings, outsideHeads } = this.#options;
    for (const segment of segments) findings.addAll(segment.findings);
    const end = segments.findLast((segment) => segment.end > segment.segment * SEGMENT_ENTRIES)?.end ?? 0;
    this.#continuity(segments, end);
    if (this.signedSize > end)
      findings.add('entries_missing', `${this.signedSize} entries are signed, ${end} are there.`, { log, ...range(end, this.signedSize) });
    const logFindings = new FindingList({ log });
    const { staleTiles } = checkTree({ segments, tiles: this.#tiles, heads: this.#heads.heads, outsideHeads, findings: logFindings });
    findings.addAll(logFindings.all());
    this.#addNotes(segments, end, staleTiles);
    return {
      size: end,
      heads: this.#heads.count,
      lastSigned: this.#heads.lastSigned,
      blobs: segments.flatMap(({ blobs }) => blobs),
      kinds: sumKinds(segments),
      bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
      lastRt: segments.findLast(({ lastRt }) => lastRt !== '')?.lastRt ?? '',
      notes: this.#notes,
    };
  }

  /** Segments follow one another, each but the last is full, and receive times do not go back from one to the next. */
  #continuity(segments: readonly SegmentReport[], end: number): void {
    const { log, findings } = this.#options;
    const there = new Set(this.#numbers);
    for (let number = 0; number * SEGMENT_ENTRIES < end; number++) {
      if (there.has(number)) continue;
      findings.add('segment_missing', `Segment ${number}.`, { log, ...range(number * SEGMENT_ENTRIES, (number + 1) * SEGMENT_ENTRIES) });
    }
    let lastRt = '';
    for (const segment of segments) {
      const full = (segment.segment + 1) * SEGMENT_ENTRIES;
      if (segment.end < full && segment.end < end)
        findings.add('segment_incomplete', `Segment ${segment.segment}.`, { log, ...range(segment.end, full) });
      if (segment.tornBytes > 0 && segment.end < end)
        findings.add('frame_damaged', `Segment ${segment.segment} ends in ${segment.tornBytes} bytes that are no entries.`, { log });
      if (segment.firstRt !== '' && segment.firstRt < lastRt)
        findings.add('entry_time', `It says ${segment.firstRt}, the one before ${lastRt}.`, {
          log,
          firstIdx: segment.segment * SEGMENT_ENTRIES,
        });
      if (segment.lastRt !== '') lastRt = segment.lastRt;
    }
  }

  #addNotes(segments: readonly SegmentReport[], end: number, staleTiles: boolean): void {
    const { log } = this.#options;
    const torn = segments.at(-1)?.tornBytes ?? 0;
    if (torn > 0)
      this.#notes.push(
        `log ${log}: the last write (${torn} bytes) has not ended; it was never acknowledged, and a start drops it unless a server is writing now`,
      );
    const doubled = this.#doubled.filter((file) => existsSync(file));
    if (doubled.length > 0)
      this.#notes.push(
        `log ${log}: ${doubled.length} open segments are left beside their sealed form, which alone counts; a start removes them`,
      );
    if (staleTiles)
      this.#notes.push(
        `log ${log}: tile hashes beyond the signed size are left over from a write that did not end; a start writes them again`,
      );
    if (end > this.signedSize) this.#notes.push(`log ${log}: the newest ${end - this.signedSize} entries are not signed yet`);
  }
}

/** Segments that may be missing before the rest is given up: 67 M entries. A forged name could say that a quadrillion are. */
const MISSING_MAX = 1024;

/** The numbers of the segments that are there, ascending. */
function plausible(names: readonly string[], { findings, log }: { readonly findings: FindingList; readonly log: string }): number[] {
  const numbers = [...new Set(names.flatMap((name) => parseSegmentName(name)?.number ?? []))].sort((a, b) => a - b);
  const far = numbers.findIndex((number, i) => number - i > MISSING_MAX);
  if (far < 0) return numbers;
  const place = range((numbers[far - 1] ?? 0) * SEGMENT_ENTRIES, (numbers[far] ?? 0) * SEGMENT_ENTRIES);
  findings.add('segment_missing', `More than ${MISSING_MAX} in a row; what lies behind was not checked.`, { log, ...place });
  return numbers.slice(0, far);
}

function sumKinds(segments: readonly SegmentReport[]): ReadonlyMap<string, number> {
  const kinds = new Map<string, number>();
  for (const segment of segments)
    for (const [kind, count] of Object.entries(segment.kinds)) kinds.set(kind, (kinds.get(kind) ?? 0) + count);
  return kinds;
}
