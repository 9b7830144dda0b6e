import { existsSync, lstatSync } from 'node:fs';
import path from 'node:path';
import { formatVerifierKey, openCheckpoint, TlogError, type Verifier } from '@daybook/tlog';
import { readSmallFile } from './byte-source.ts';
import { checkCounters } from './check-counters.ts';
import { checkPins, KEYS_BYTES_MAX, parseKeys } from './check-keys.ts';
import { LogCheck, type LogResult } from './check-log.ts';
import { CheckPool } from './check-pool.ts';
import { checkSmallFiles, type Quarantine, readQuarantine } from './check-small-files.ts';
import { Counters } from './counters.ts';
import { type Finding, FindingList } from './findings.ts';
import { listNames, type SignedHead } from './heads.ts';
import { takeInventory } from './inventory.ts';
import { isBlobDir, isLogId, type LedgerPaths, ledgerPaths } from './layout.ts';
import { readable } from './readable.ts';

export interface CheckOptions {
  /** The directory with `FORMAT` in it. */
  readonly ledgerDir: string;
  /** Where the last-signed records lie, when not in the ledger (DAYBOOK_LAST_SIGNED_DIR). */
  readonly lastSignedDir?: string;
  /** Keys that the signer must have: got from somewhere else than this directory. */
  readonly pins?: readonly Verifier[];
  /** Signed notes kept elsewhere, each with where it comes from, for people. */
  readonly since?: readonly { readonly note: string; readonly where: string }[];
  /** What an earlier check saw of the log of this name. */
  readonly known?: (origin: string) => KnownHead | undefined;
  /** Threads; by default one per processor. 0: none but the caller's own, which then does nothing else meanwhile. */
  readonly workers?: number;
  /** The present: what came shortly before it may have neighbours that are still on their way. Without it nothing is taken for that. */
  readonly nowMs?: number;
  /** Entries done and, as far as known, in all. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface KnownHead {
  /** Verifier key line. */
  readonly verifierKey: string;
  /** Signed note. */
  readonly note: string;
}

export interface CheckResult {
  readonly findings: readonly Finding[];
  /** Sentences about what is no fault, but should be known. */
  readonly notes: readonly string[];
  readonly checked: Readonly<Record<string, number>>;
  /** The newest head of each log. To be remembered only when there are no findings: a false head must not displace a right one. */
  readonly heads: readonly (KnownHead & { readonly origin: string; readonly size: number; readonly pinned: boolean })[];
}

/** Checks everything below a ledger directory, whether a server writes to it or not. Throws only where the check itself cannot go on. */
export async function checkLedger(options: CheckOptions): Promise<CheckResult> {
  const check = new LedgerCheck(options);
  return check.run();
}

class LedgerCheck {
  readonly #options: CheckOptions;
  readonly #paths: LedgerPaths;
  readonly #findings = new FindingList();
  readonly #notes: string[] = [];
  readonly #counters = new Counters();

  constructor(options: CheckOptions) {
    this.#options = options;
    const paths = ledgerPaths(options.ledgerDir);
    this.#paths = options.lastSignedDir === undefined ? paths : { ...paths, lastSigned: options.lastSignedDir };
  }

  async run(): Promise<CheckResult> {
    const isLedger = checkSmallFiles(this.#paths, this.#findings);
    // A directory that is something else would only be a list of unknown files.
    if (!isLedger && !existsSync(this.#paths.logs)) return { findings: this.#findings.all(), notes: [], checked: {}, heads: [] };
    const temps = takeInventory(this.#paths.dir, this.#findings);
    const keyLines = readable(this.#findings, 'keys', () => readSmallFile(this.#paths.keys, KEYS_BYTES_MAX));
    const keys = parseKeys(keyLines ?? Buffer.alloc(0), this.#findings);
    const pinned = checkPins(keys, this.#options.pins ?? [], this.#findings);
    const outside = this.#outsideHeads(keys);
    const results = await this.#logs(keys, outside);
    const quarantine = await readQuarantine(this.#paths, this.#findings);
    if (quarantine.torn) this.#notes.push('the last line of the quarantine has not ended');
    const counted = checkCounters({
      counters: this.#counters,
      quarantine,
      ledgerDir: this.#paths.dir,
      lastRt: new Map([...results.results].map(([log, { lastRt }]) => [log, lastRt])),
      nowMs: this.#options.nowMs ?? Infinity,
    });
    this.#findings.addAll(counted.findings);
    this.#notes.push(...counted.notes);
    this.#addTempNote(temps);
    const heads = [...results.results].flatMap(([log, { lastSigned }]) => {
      const key = keys.get(log);
      if (key === undefined || lastSigned === undefined) return [];
      return {
        origin: key.name,
        verifierKey: formatVerifierKey(key),
        note: lastSigned.note,
        size: lastSigned.size,
        pinned: pinned.has(log),
      };
    });
    return { findings: this.#findings.all(), notes: this.#notes, checked: this.#checked(results, quarantine), heads };
  }

  /** Heads from outside, by log. */
  #outsideHeads(keys: ReadonlyMap<string, Verifier>): ReadonlyMap<string, SignedHead[]> {
    const heads = new Map<string, SignedHead[]>();
    for (const [log, key] of keys) {
      const known = this.#options.known?.(key.name);
      if (known === undefined) continue;
      if (known.verifierKey !== formatVerifierKey(key)) this.#findings.add('key_changed', undefined, { log });
      else this.#open({ note: known.note, where: 'the head seen at an earlier check', log, key }, heads);
    }
    for (const { note, where } of this.#options.since ?? []) {
      const origin = note.slice(0, note.indexOf('\n'));
      const [log, key] = [...keys].find(([, { name }]) => name === origin) ?? [];
      if (log === undefined || key === undefined) this.#findings.add('head_foreign', `${where}: no log here has its origin.`);
      else this.#open({ note, where, log, key }, heads);
    }
    return heads;
  }

  #open(
    { note, where, log, key }: { readonly note: string; readonly where: string; readonly log: string; readonly key: Verifier },
    heads: Map<string, SignedHead[]>,
  ): void {
    try {
      heads.set(log, [...(heads.get(log) ?? []), { ...openCheckpoint(note, key), note, where }]);
    } catch (error) {
      if (!(error instanceof TlogError)) throw error;
      this.#findings.add('head_foreign', `${where}: ${error.code}: ${error.message}`, { log });
    }
  }

  async #logs(keys: ReadonlyMap<string, Verifier>, outside: ReadonlyMap<string, readonly SignedHead[]>): Promise<LogResults> {
    const names = listNames(this.#paths.logs).filter(isLogId);
    // A first start that was cut short may have keys and no log yet.
    if (names.length > 0)
      for (const log of keys.keys()) if (!names.includes(log)) this.#findings.add('log_missing', 'The keys file names it.', { log });
    for (const log of names) if (!keys.has(log)) this.#findings.add('key_missing', undefined, { log });
    const pool = new CheckPool(this.#options.workers);
    const checks = names.map((log) => {
      const options = { paths: this.#paths, log, verifier: keys.get(log), outsideHeads: outside.get(log) ?? [], findings: this.#findings };
      return { log, check: new LogCheck(options) };
    });
    try {
      const total = checks.reduce((sum, { check }) => sum + check.estimate, 0);
      let done = 0;
      const onEntries = (count: number): void => {
        done += count;
        this.#options.onProgress?.(done, Math.max(total, done));
      };
      const results = await Promise.all(
        checks.map(async ({ log, check }) => [log, await check.run(pool, this.#counters, onEntries)] as const),
      );
      for (const [, { notes }] of results) this.#notes.push(...notes);
      return { results: new Map(results), blobs: await this.#blobs(pool, new Map(results)) };
    } finally {
      for (const { check } of checks) check.close();
      await pool.close();
    }
  }

  /** Every blob, and, after the entries, whether each named one is there: a server writes a blob before its entry. */
  async #blobs(pool: CheckPool, logs: ReadonlyMap<string, LogResult>): Promise<number> {
    const names = new Set<string>();
    const prefixes = listNames(this.#paths.blobs).filter(isBlobDir);
    const answers = await Promise.all(prefixes.map((prefix) => pool.run({ kind: 'blobs', job: { dir: this.#paths.blobs, prefix } })));
    for (const [i, answer] of answers.entries()) {
      if (answer.kind === 'failed') throw new Error(`the check of blobs/${prefixes[i]} failed: ${answer.detail}`);
      if (answer.kind === 'unreadable') this.#findings.add('file_unreadable', `blobs/${prefixes[i]}: ${answer.detail}.`);
      if (answer.kind !== 'blobs') continue;
      this.#findings.addAll(answer.report.findings);
      for (const name of answer.report.names) names.add(name);
    }
    const named = new Set<string>();
    for (const [log, { blobs }] of logs) {
      for (const { name, idx } of blobs) {
        named.add(name);
        if (!names.has(name)) this.#findings.add('blob_missing', `${name}.`, { log, firstIdx: idx });
      }
    }
    const orphans = [...names].filter((name) => !named.has(name)).length;
    if (orphans > 0) this.#notes.push(`${orphans} blobs are named by no entry: their requests did not end, or are not written yet`);
    return names.size;
  }

  #addTempNote(temps: readonly string[]): void {
    const left = temps.filter((name) => lstatSync(path.join(this.#paths.dir, name), { throwIfNoEntry: false }) !== undefined);
    if (left.length > 0)
      this.#notes.push(`${left.length} writes have not ended (${left.slice(0, 3).join(', ')}); a start removes what is left of them`);
  }

  #checked({ results, blobs }: LogResults, quarantine: Quarantine): Record<string, number> {
    const all = [...results.values()];
    const sum = (of: (result: LogResult) => number): number => all.reduce((total, result) => total + of(result), 0);
    return {
      logs: all.length,
      entries: sum(({ size }) => size),
      events: sum(({ kinds }) => kinds.get('event') ?? 0),
      signed_heads: sum(({ heads }) => heads),
      blobs,
      quarantined_items: quarantine.lines,
      counted_sources: this.#counters.sources,
      segment_bytes: sum(({ bytes }) => bytes),
    };
  }
}

interface LogResults {
  readonly results: ReadonlyMap<string, LogResult>;
  /** How many blobs there are. */
  readonly blobs: number;
}
