import { openLedgerWith } from './open-ledger.ts';
import { testBatch, testOptions } from './test-ledger.ts';

// Started by a test as a process of its own, with a directory as argument: appends, says what was acknowledged, until it is killed.
const ledger = await openLedgerWith(testOptions(process.argv[2] ?? ''));
for (let i = 0; ; i++) {
  await ledger.append('routine', testBatch(10, `k${i}`));
  process.stdout.write(`${i}\n`);
}
