import { expect } from 'vitest';
import { loadNumbers } from './ledger-events.ts';
import type { Daybook } from './daybook.ts';

/** Holds that ids load-0 … load-(made-1) are in the ledger and in the table, each once, and that both checks find nothing. */
export async function expectExactlyOnce(daybook: Daybook, made: number): Promise<void> {
  await daybook.indexed();
  // Bitmaps count exactly, and millions of neighbours in a few kilobytes.
  const ids = await daybook.sql(
    "SELECT count(), groupBitmap(toUInt64(substring(event_id, 6))) FROM access_logs WHERE event_id LIKE 'load-%'",
  );
  expect(ids).toBe(`${made}\t${made}`);
  const places = await daybook.sql(
    "SELECT sum(n) FROM (SELECT log, groupBitmap(idx) AS n FROM access_logs WHERE event_id LIKE 'load-%' GROUP BY log)",
  );
  expect(places).toBe(String(made));
  const highest = await daybook.sql("SELECT max(toUInt64(substring(event_id, 6))) FROM access_logs WHERE event_id LIKE 'load-%'");
  expect(Number(highest)).toBe(made - 1);
  const seen = new Uint8Array(made);
  for (const id of await loadNumbers(daybook)) seen[id] = (seen[id] ?? 0) + 1;
  expect({ missing: seen.filter((n) => n === 0).length, doubled: seen.filter((n) => n > 1).length }).toEqual({ missing: 0, doubled: 0 });
  const { status, out, err } = await daybook.cli(['verify', daybook.data, '--index', '--control']);
  expect({ status, said: status === 0 ? 'OK' : out, err }).toEqual({ status: 0, said: 'OK', err: '' });
}
