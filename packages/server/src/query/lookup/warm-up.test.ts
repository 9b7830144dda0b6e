import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLedgerWith } from '../../ledger/open-ledger.ts';
import { tempDir, testBatch, testOptions } from '../../ledger/test-ledger.ts';
import type { Ledger } from '../../ledger/types.ts';
import { warmUp } from './warm-up.ts';

let temp: Awaited<ReturnType<typeof tempDir>>;
let ledger: Ledger;
beforeAll(async () => {
  temp = await tempDir();
  ledger = await openLedgerWith(testOptions(temp.dir));
  await ledger.append('routine', testBatch(100, 'room'));
});
afterAll(async () => {
  await ledger.close();
  await temp.remove();
});

async function asked(entriesMin: number | undefined, fail?: 'no engine' | 'no answer'): Promise<string[]> {
  const all: string[] = [];
  await warmUp(
    {
      ledger,
      log: pino({ level: 'silent' }),
      up: async () => {
        all.push('up');
        if (fail === 'no engine') throw new Error('the engine did not start');
      },
      indexed: async (sizes) => void all.push(`until ${sizes['routine']}`),
      search: async (_id, { equals }) => {
        for (const [field, values] of equals) all.push(`${field} ${values.join()}`);
        if (fail === 'no answer') throw new Error('the engine is away');
        return { rows: [], next: undefined };
      },
      ...(entriesMin === undefined ? {} : { entriesMin }),
    },
    new AbortController().signal,
  );
  return all;
}

it('asks by what entries from all over the ledger hold, once they can be found', async () => {
  const all = await asked(100);
  expect(all.slice(0, 2)).toEqual(['up', 'until 100']);
  expect(all.filter((one) => one === 'user_id u1')).toHaveLength(16);
  expect(all.filter((one) => one.startsWith('resource'))).toEqual(
    Array.from({ length: 16 }, (_, i) => `resource room-${Math.floor(((i + 1) * 100) / 16) - 1}`),
  );
});

it('leaves a small ledger alone, and troubles nobody when nothing answers', async () => {
  expect(await asked(undefined)).toEqual([]);
  expect(await asked(1, 'no answer')).toEqual(['up', 'until 100', 'user_id u1']);
  expect(await asked(1, 'no engine')).toEqual(['up']);
});
