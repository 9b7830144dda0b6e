import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openLedgerWith } from './open-ledger.ts';
import { tempDir, testBatch, testOptions } from './test-ledger.ts';

let temp: Awaited<ReturnType<typeof tempDir>>;
beforeEach(async () => {
  temp = await tempDir();
});
afterEach(() => temp.remove());

describe('append, read, start again', () => {
  test('a batch gets consecutive idx, is read back as it was written, and survives a restart', async () => {
    let ledger = await openLedgerWith(testOptions(temp.dir));
    const receipts = await Promise.all([ledger.append('routine', testBatch(3, 'a')), ledger.append('routine', testBatch(600, 'b'))]);
    expect(receipts).toEqual([
      { log: 'routine', firstIdx: 0, lastIdx: 2 },
      { log: 'routine', firstIdx: 3, lastIdx: 602 },
    ]);
    const note = await ledger.committed('routine', 603);
    expect(note).toMatch(/^test\.example\/routine\n603\n/);
    const entry = (await ledger.entry('routine', 5)).toString();
    expect(entry).toMatch(
      /^\{"event":\{"action":"read","resource":"b-2","user_id":"u1"\},"kind":"event","n":"[\w-]{22}","rt":"[^"]{27}","src":"shop","v":1\}$/,
    );
    await ledger.close();
    ledger = await openLedgerWith(testOptions(temp.dir));
    expect((await ledger.entry('routine', 5)).toString()).toBe(entry);
    expect(ledger.state('routine')).toMatchObject({ size: 603, signedSize: 603 });
    const seen: number[] = [];
    for await (const chunk of ledger.read('routine', 2, 600)) {
      seen.push(chunk.firstIdx, chunk.count);
    }
    expect(seen).toEqual([2, 598]);
    await ledger.close();
  });
});
