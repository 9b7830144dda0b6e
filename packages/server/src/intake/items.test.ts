import { expect, it } from 'vitest';
import { SKIP_BYTES } from './limits.ts';
import { testReader, textsOf } from './test-reader.ts';

/** So long that it is skipped in several pieces. */
const LONG_BYTES = 2 * SKIP_BYTES + 10;
const EVENT = '{"user_id":"u"}';

async function f(body: string): Promise<string[]> {
  const reading = await testReader().read(body, 'json');
  return [...reading.rejected.map(({ item, code }) => `${item} ${code}`), ...textsOf(reading).map(() => 'kept')];
}

it('refuses an item that is far too large, and reads those around it', async () => {
  const text = 'x'.repeat(LONG_BYTES);
  expect(await f(`[${EVENT},{"user_id":"u","a":"${text}"},${EVENT}]`)).toEqual(['1 item_too_large', 'kept', 'kept']);
  expect(await f(`[["${text}"],${EVENT}]`)).toEqual(['0 item_too_large', 'kept']);
  expect(await f(`["${text}",${EVENT}]`)).toEqual(['0 item_too_large', 'kept']);
  expect(await f(`[1${'0'.repeat(LONG_BYTES)},${EVENT}]`)).toEqual(['0 item_too_large', 'kept']);
  expect(await f(`{"user_id":"u","a":"${text}"}`)).toEqual(['0 item_too_large']);
});

it('skips white space of any length', async () => {
  const blanks = ' '.repeat(LONG_BYTES);
  expect(await f(`${blanks}[${EVENT},${blanks}${EVENT}]`)).toEqual(['kept', 'kept']);
  expect(await f(`[${EVENT}${blanks}]${blanks}`)).toEqual(['kept']);
  expect(await f(`[${blanks}]`)).toEqual([]);
});

it('takes nothing of a body in which a large item does not end', async () => {
  for (const body of [
    `[{"a":"${'x'.repeat(LONG_BYTES)}`,
    `[${EVENT},[${'[],'.repeat(LONG_BYTES / 3)}`,
    `{"a":"${'x'.repeat(LONG_BYTES)}"} x`,
  ]) {
    await expect(f(body)).rejects.toThrow('not JSON');
  }
});
