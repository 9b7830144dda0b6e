import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  BUNDLE_ENTRIES,
  BUNDLES_PER_SEGMENT,
  bufferSource,
  checkLedger,
  type CheckOptions,
  type CheckResult,
  frameHeader,
  HASH_BYTES,
  isBadFrame,
  joinBundle,
  leafTileInto,
  perfectRoot,
  scanFrames,
  SEGMENT_ENTRIES,
  SealedSource,
  SealedWriter,
  segmentName,
  splitBundle,
} from '@daybook/logfiles';
import { openLedgerWith } from '../../packages/server/src/ledger/open-ledger.ts';
import type { LedgerOptions } from '../../packages/server/src/ledger/options.ts';
import { packed, testOptions } from '../../packages/server/src/ledger/test-ledger.ts';
import type { EventBatch, Ledger } from '../../packages/server/src/ledger/types.ts';

/** A real ledger in a directory of its own, written by the server's code, that tests change as an attacker with all rights would. */
export class AttackedLedger {
  readonly root: string;
  /** The directory with `ledger/` and `ledger.key`. */
  constructor(root: string = mkdtempSync(path.join(tmpdir(), 'daybook-attack-'))) {
    this.root = root;
  }

  get dir(): string {
    return path.join(this.root, 'ledger');
  }

  at(...names: readonly string[]): string {
    return path.join(this.dir, ...names);
  }

  segment(number: number, kind: 'open' | 'seg', log = 'routine'): string {
    return this.at('logs', log, 'segments', segmentName(number, kind));
  }

  copy(): AttackedLedger {
    const other = new AttackedLedger();
    cpSync(this.root, other.root, { recursive: true });
    return other;
  }

  /** A copy to be attacked; `removeAttacked` removes it. */
  attacked(): AttackedLedger {
    const other = this.copy();
    copies.push(other);
    return other;
  }

  /** Takes a file or directory from another ledger. */
  take(other: AttackedLedger, ...names: readonly string[]): void {
    cpSync(other.at(...names), this.at(...names), { recursive: true });
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  open(changes: Partial<LedgerOptions> = {}): Promise<Ledger> {
    return openLedgerWith(testOptions(this.root, { ...changes, limits: { sealIntervalMs: 10, ...changes.limits } }));
  }

  /** Opens, appends so many events, one batch after the other, and closes. */
  async grow(count: number, text: string): Promise<void> {
    const ledger = await this.open();
    try {
      for (let done = 0; done < count; done += BATCH) {
        const { lastIdx } = await ledger.append('routine', batch(Math.min(BATCH, count - done), text, done));
        if (done % (16 * BATCH) === 0) await ledger.committed('routine', lastIdx + 1);
      }
    } finally {
      await ledger.close();
    }
  }

  check(options: Partial<CheckOptions> = {}): Promise<CheckResult> {
    return checkLedger({ ledgerDir: this.dir, workers: 0, nowMs: Date.now(), ...options });
  }

  note(log = 'routine'): string {
    return readFileSync(this.at('last-signed', log), 'utf8');
  }

  keyLine(log = 'routine'): string {
    const line = readFileSync(this.at('keys'), 'utf8')
      .split('\n')
      .find((text) => text.includes(`/${log}+`));
    if (line === undefined) throw new Error(`no key of ${log}`);
    return line;
  }

  /** Rewrites the frames of an open segment from changed entries: lengths, counts, idx and checksums all right again. */
  editEntries(number: number, edit: (entries: Buffer[]) => Buffer[], log = 'routine'): void {
    const file = this.segment(number, 'open', log);
    const entries: Buffer[] = [];
    for (const frame of scanFrames(readFileSync(file), number * SEGMENT_ENTRIES)) {
      if (isBadFrame(frame)) throw new Error('the fixture has whole frames');
      entries.push(...entriesOf(Buffer.from(frame.payload), frame.count));
    }
    const payload = joinBundle(edit(entries));
    const count = edit(entries).length;
    writeFileSync(file, Buffer.concat([frameHeader({ firstIdx: number * SEGMENT_ENTRIES, count, payload: [payload] }), payload]));
  }

  /** Rewrites a sealed segment from changed entries: compressed anew, with the footer's root and checksums of what it holds. */
  editSealed(number: number, edit: (entries: Buffer[]) => Buffer[]): void {
    const file = this.segment(number, 'seg');
    const sealed = new SealedSource(bufferSource(readFileSync(file)));
    const entries: Buffer[] = [];
    for (let b = 0; b < BUNDLES_PER_SEGMENT; b++) entries.push(...entriesOf(sealed.bundle(b).bytes, BUNDLE_ENTRIES));
    const changed = edit(entries);
    const writer = new SealedWriter(number * SEGMENT_ENTRIES);
    const parts: Buffer[] = [writer.header];
    const level1 = Buffer.alloc(BUNDLES_PER_SEGMENT * HASH_BYTES);
    for (let b = 0; b < BUNDLES_PER_SEGMENT; b++) {
      const bundle = joinBundle(changed.slice(b * BUNDLE_ENTRIES, (b + 1) * BUNDLE_ENTRIES));
      const leaves = Buffer.alloc(BUNDLE_ENTRIES * HASH_BYTES);
      leafTileInto(bundle, splitBundle(bundle, BUNDLE_ENTRIES) ?? fail(), leaves);
      level1.set(perfectRoot(leaves, BUNDLE_ENTRIES), b * HASH_BYTES);
      parts.push(writer.add(bundle));
    }
    writeFileSync(file, Buffer.concat([...parts, writer.footer(perfectRoot(level1, BUNDLES_PER_SEGMENT))]));
  }
}

const copies: AttackedLedger[] = [];

/** For `afterEach`. */
export function removeAttacked(): void {
  for (const copy of copies.splice(0)) copy.remove();
}

const BATCH = 500;

export function batch(count: number, text: string, first = 0): EventBatch {
  return {
    ...packed(Array.from({ length: count }, (_, i) => `{"action":"read","resource":"${text}-${first + i}","user_id":"u1"}`)),
    src: Array.from({ length: count }, () => 'shop'),
    sseq: Array.from({ length: count }, () => undefined),
    fields: { lo: 1, hi: 0 },
  };
}

/** Codes without repetition, sorted. */
export function codes({ findings }: CheckResult): string[] {
  return [...new Set(findings.map(({ code }) => code))].sort();
}

/** Where the findings of a code lie: `routine 0-255`. */
export function places({ findings }: CheckResult, code: string): string[] {
  return findings
    .filter((finding) => finding.code === code)
    .map(({ log, firstIdx, lastIdx }) => [log, firstIdx === undefined ? undefined : `${firstIdx}-${lastIdx}`].filter(Boolean).join(' '));
}

export function flip(file: string, at: number, mask = 1): void {
  const bytes = readFileSync(file);
  const position = at < 0 ? bytes.length + at : at;
  bytes[position] = (bytes[position] ?? 0) ^ mask;
  writeFileSync(file, bytes);
}

/** A text of equal length, so that lengths stay right: an event's user becomes another one. */
export function otherUser(entry: Buffer | undefined): Buffer {
  if (entry === undefined) throw new Error('the fixture has that entry');
  return Buffer.from(entry.toString('utf8').replace('"user_id":"u1"', '"user_id":"u2"'));
}

/** Waits for a condition with a bound. */
export async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 2000) throw new Error('the condition never came');
    await new Promise<void>((resolve) => setTimeout(resolve, 10));
  }
}

function entriesOf(bytes: Buffer, count: number): Buffer[] {
  const { starts, ends } = splitBundle(bytes, count) ?? fail();
  return Array.from(starts, (start, i) => bytes.subarray(start, ends[i]));
}

function fail(): never {
  throw new Error('the fixture has whole bundles');
}
