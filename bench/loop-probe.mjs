// `node --import ./bench/loop-probe.mjs …` with a channel to its parent: answers each message with how long the event loop was blocked at the worst
// since the message before, in milliseconds (up to one of them is the probe's own).
import { monitorEventLoopDelay } from 'node:perf_hooks';

const delays = monitorEventLoopDelay({ resolution: 1 });
delays.enable();
process.on('message', () => {
  // What blocks until now is noted by the next tick of the probe, not before.
  setTimeout(() => {
    process.send?.(delays.max / 1e6);
    delays.reset();
  }, 5);
});
// A server that stops must not be held up by its observer.
process.channel?.unref();
