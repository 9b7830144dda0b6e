import { openReader, formatNamed, UTC } from '@daybook/formats';
import { testReader } from '../packages/server/src/intake/test-reader.ts';
import { makeBodies, seededRandom } from './workload.ts';
import { NGINX } from './logs.ts';
import { eventLine, lineOptions } from '../packages/cli/src/import/event-line.ts';
const r = seededRandom(7);
const N = 20000;
const log = Array.from({ length: N }, (_, i) => NGINX.record(i, r)).join('\n') + '\n';
const f = formatNamed('nginx-access')!;
const bytes = Buffer.from(log);
const parse = () => openReader(f, { writtenMs: Date.now(), zone: UTC, options: {} }).push(bytes);
const results = parse();
const canon = (e: any) => ({ ...e, timestamp: e.timestamp.slice(0, 19) + '.000000Z' });
const body = (fn: (r: any) => any) =>
  Buffer.from(results.map((x) => (typeof fn(x) === 'string' ? fn(x) : JSON.stringify(fn(x)))).join('\n'));
const lo = lineOptions(f, 'nginx');
const variants: Record<string, Buffer> = {
  bench: makeBodies(1, N)[0]!.bytes,
  now: body((x) => eventLine(x, lo)),
  canonTime: body((x) => eventLine({ ...x, event: canon(x.event) }, lo)),
  noOriginal: body((x) => ({ source: 'nginx', ...canon(x.event) })),
  origInAttr: body((x) => ({ source: 'nginx', ...canon(x.event), attributes: { ...x.event.attributes, original: x.text } })),
  noAttrOrig: body((x) => ({ source: 'nginx', ...canon(x.event), attributes: undefined, original: x.text })),
  noAttr: body((x) => ({ source: 'nginx', ...canon(x.event), attributes: undefined })),
};
const reader = testReader({
  principal: { ...(await import('../packages/server/src/intake/test-reader.ts')).SHOP, sources: null } as any,
  envelope: { src: 'shop/x', sseqFirst: 1 },
});
for (let round = 0; round < 2; round++)
  for (const [name, b] of Object.entries(variants)) {
    let best = 1e9;
    for (let i = 0; i < 6; i++) {
      const c = process.cpuUsage();
      let n = 0;
      let at = 0;
      // pieces of 2000
      const lines = b.toString().split('\n').filter(Boolean);
      const bodies: Buffer[] = [];
      for (let k = 0; k < lines.length; k += 2000) bodies.push(Buffer.from(lines.slice(k, k + 2000).join('\n')));
      const c0 = process.cpuUsage();
      for (const bb of bodies) {
        const rd = await reader.read(bb);
        n += rd.batches.reduce((s, x) => s + x.size, 0);
        if (rd.rejected.length) {
          console.log(rd.rejected[0]);
          break;
        }
      }
      const d = process.cpuUsage(c0);
      best = Math.min(best, (d.user + d.system) / n);
    }
    if (round) console.log(name.padEnd(12), best.toFixed(2), 'us/event', (b.length / N) | 0, 'bytes');
  }
for (const [name, fn] of Object.entries({ parse, line: () => results.map((x) => eventLine(x, lo)) })) {
  let best = 1e9;
  for (let i = 0; i < 8; i++) {
    const c = process.cpuUsage();
    fn();
    const d = process.cpuUsage(c);
    best = Math.min(best, (d.user + d.system) / N);
  }
  console.log(name, best.toFixed(2));
}
