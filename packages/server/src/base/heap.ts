import { setFlagsFromString } from 'node:v8';

/**
 * V8 counts what buffers hold when it decides to mark the heap anew, by default after a growth in proportion to our 30 MB of objects: under load, with some 100 MB of
 * entries and bodies a second, six times a second. That took a tenth of the main thread and a third of a processor besides. So it waits for five times as much; buffers
 * that nobody holds take some 150 MB more meanwhile.
 */
const GROWTH_PERCENT = 500;

export function markHeapSeldom(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
}
