import { setMaxListeners } from 'node:events';
import { expect, it } from 'vitest';
import { PER_TOKEN_MAX, QueryPool, RUNNING_MAX, WAITING_MAX } from './query-pool.ts';

const never = new AbortController().signal;
setMaxListeners(0, never);

/** Takes a place in the background and says whether it was given. */
function taker(pool: QueryPool, token: string, signal = never) {
  const state: { leave?: () => void; refused?: unknown } = {};
  const settled = (async () => {
    try {
      state.leave = await pool.take(token, signal);
    } catch (error) {
      state.refused = error;
    }
  })();
  return { state, settled };
}

it('lets so many run, the next in order', async () => {
  const pool = new QueryPool();
  const running = await Promise.all(Array.from({ length: RUNNING_MAX }, (_, n) => pool.take(`t${n}`, never)));
  const first = taker(pool, 'a');
  const second = taker(pool, 'b');
  await Promise.resolve();
  expect([first.state.leave, second.state.leave]).toEqual([undefined, undefined]);
  running[0]?.();
  running[0]?.();
  await first.settled;
  expect(first.state.leave).toBeDefined();
  expect(second.state.leave).toBeUndefined();
  first.state.leave?.();
  await second.settled;
  expect(second.state.leave).toBeDefined();
});

it('refuses one token more than its share, while others may still ask', async () => {
  const pool = new QueryPool();
  const takers = Array.from({ length: PER_TOKEN_MAX + 1 }, () => taker(pool, 'greedy'));
  await takers.at(-1)?.settled;
  expect(takers.at(-1)?.state.refused).toMatchObject({ status: 429, code: 202 });
  const other = taker(pool, 'other');
  expect(other.state.refused).toBeUndefined();
  takers[0]?.state.leave?.();
  for (const one of takers.slice(1, -1)) void one.settled.finally(() => one.state.leave?.());
  await other.settled;
  expect(other.state.leave).toBeDefined();
});

it('refuses everybody when too many wait', async () => {
  const pool = new QueryPool();
  const takers = Array.from({ length: RUNNING_MAX + WAITING_MAX + 1 }, (_, n) => taker(pool, `t${n}`));
  await takers.at(-1)?.settled;
  expect(takers.at(-1)?.state.refused).toMatchObject({ status: 503 });
});

it('forgets who went away while waiting', async () => {
  const pool = new QueryPool();
  const running = await Promise.all(Array.from({ length: RUNNING_MAX }, () => pool.take('t', never)));
  const gone = new AbortController();
  const leaving = taker(pool, 'x', gone.signal);
  const staying = taker(pool, 'y');
  gone.abort(new Error('gone'));
  await leaving.settled;
  expect(String(leaving.state.refused)).toContain('gone');
  running[0]?.();
  await staying.settled;
  expect(staying.state.leave).toBeDefined();
});
