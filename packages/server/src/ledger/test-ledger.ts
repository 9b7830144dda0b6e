import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { type OpenMetricsContentType, Registry } from 'prom-client';
import { systemClock } from '../base/clock.ts';
import { openFiles } from '../base/files-real.ts';
import { systemRandom } from '../base/random.ts';
import type { LedgerOptions } from './options.ts';
import type { EventBatch } from './types.ts';

/** A directory of a test's own. */
export async function tempDir(): Promise<{ readonly dir: string; remove(): Promise<void> }> {
  const dir = await mkdtemp(path.join(tmpdir(), 'daybook-ledger-'));
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}

/** Options for a ledger below `dir`, small reserve, errors thrown at the test that ignores them. */
export function testOptions(dir: string, changes: Partial<LedgerOptions> = {}): LedgerOptions {
  const random = systemRandom();
  return {
    ledgerDir: path.join(dir, 'ledger'),
    signingKeyFile: path.join(dir, 'ledger.key'),
    origin: 'test.example',
    originIsDefault: false,
    lastSignedDir: undefined,
    checkpointSinks: [],
    logs: ['routine', 'important'],
    clock: systemClock(),
    files: openFiles(),
    randomText: (bytes) => random.text(bytes),
    postText: () => Promise.reject(new Error('no network in this test')),
    log: pino({ level: 'silent' }),
    metrics: openMetricsRegistry(),
    fatal: (error) => {
      throw new Error('the ledger failed', { cause: error });
    },
    ...changes,
    limits: { reserveBytes: 64 * 1024, resumeFreeBytes: 0, checkpointIntervalMs: 5, spacePollMs: 5, ...changes.limits },
  };
}

function openMetricsRegistry(): Registry<OpenMetricsContentType> {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  return registry;
}

/** A batch of `count` events that tell themselves apart by `text` and number. */
export function testBatch(count: number, text = 'e'): EventBatch {
  return {
    ...packed(Array.from({ length: count }, (_, i) => `{"action":"read","resource":"${text}-${i}","user_id":"u1"}`)),
    src: Array.from({ length: count }, () => 'shop'),
    sseq: Array.from({ length: count }, () => undefined),
    fields: { lo: 1, hi: 0 },
  };
}

/** Canonical texts as a batch holds them. */
export function packed(texts: readonly string[]): Pick<EventBatch, 'bytes' | 'starts' | 'ends'> {
  const parts = texts.map((text) => Buffer.from(text));
  const ends: number[] = [];
  for (const part of parts) ends.push((ends.at(-1) ?? 0) + part.length);
  return { bytes: Buffer.concat(parts), starts: ends.map((end, i) => end - (parts[i]?.length ?? 0)), ends };
}
