import { describe, expect, it } from 'vitest';
import { SLICE_AGENTS, SLICE_BYTES } from './limits.ts';
import { Quarantine } from './quarantine.ts';
import { testReader } from './test-reader.ts';

describe('what takes long is done in slices', () => {
  it('user agents that were never seen before', async () => {
    const reader = testReader();
    const body = Array.from({ length: 256 }, (_, i) => `{"user_id":"u","user_agent":"Mozilla/5.0 (${i})"}`).join('\n');
    expect(await turnsDuring(() => reader.read(body))).toBeGreaterThanOrEqual(256 / SLICE_AGENTS);
    // Known by now: the events alone are no slice.
    expect(await turnsDuring(() => reader.read(body))).toBeLessThan(256 / SLICE_AGENTS);
  });

  it('refused items of which the length alone is kept', async () => {
    const { redaction } = testReader();
    const base = { clock: { nowMicros: () => 0, monotonicMs: () => 0 }, files: NO_FILES, config: { dataDir: '/nowhere' } };
    const quarantine = new Quarantine(base as unknown as ConstructorParameters<typeof Quarantine>[0]);
    const refused = { producer: 'shop', code: 'bad_value', field: 'severity', item: { severity: 'x'.repeat(SLICE_BYTES) } };
    const keep = () =>
      quarantine.keep(
        Array.from({ length: 12 }, () => refused),
        redaction,
      );
    expect(await turnsDuring(keep)).toBeGreaterThanOrEqual(12);
  });
});

const FILE = { write: () => Promise.resolve(), size: () => Promise.resolve(0), close: () => Promise.resolve() };
const NO_FILES = { makeDir: () => Promise.resolve(), list: () => Promise.resolve([]), open: () => Promise.resolve(FILE) };

/** How often others had their turn meanwhile. */
async function turnsDuring(act: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let waiting = setImmediate(function turn() {
    turns++;
    waiting = setImmediate(turn);
  });
  await act();
  clearImmediate(waiting);
  return turns;
}
