// `node --import ./bench/loop-probe.mjs …` with a channel to its parent: answers each message with how long the event loop was blocked at the worst since the
// message before, in milliseconds: `{ blockedMs, wallMs }`. `wallMs` is the longest time between two turns (up to one of it is the probe's own);
// `blockedMs` the same without the time in which the thread was ready and had no core, as the kernel counts it (schedstats, proc(5)): on two cores the
// engine's merges and the load generator take their turns, whatever the input.
import { openSync, readSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/** What is imported is imported by workers too. */
if (isMainThread) watch();

function watch() {
  const fd = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
  const text = Buffer.alloc(96);
  /** Milliseconds that the thread waited for a core until now. */
  const waitedMs = () => Number(text.toString('latin1', 0, readSync(fd, text, 0, text.length, 0)).split(' ')[1]) / 1e6;
  let at = performance.now();
  let waited = waitedMs();
  let blockedMs = 0;
  let wallMs = 0;
  setInterval(() => {
    const now = performance.now();
    const waitedNow = waitedMs();
    wallMs = Math.max(wallMs, now - at);
    blockedMs = Math.max(blockedMs, now - at - (waitedNow - waited));
    at = now;
    waited = waitedNow;
  }, 1).unref();
  process.on('message', () => {
    // What blocks until now is noted by the next tick of the probe, not before.
    setTimeout(() => {
      process.send?.({ blockedMs, wallMs });
      blockedMs = 0;
      wallMs = 0;
    }, 5);
  });
  // A server that stops must not be held up by its observer.
  process.channel?.unref();
}
