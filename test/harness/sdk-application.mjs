// An application that records, as a process of its own: `node sdk-application.mjs '{"name":…,"directory":…,"journal":…,"run":…,"events":…}'`. It
// journals each event whose `record` returned, so that a test knows after a kill what must be there. Ends with its counts as JSON.
import { openSync, writeSync } from 'node:fs';
import { daybook } from '@daybook/sdk';

const { name, url, token, directory, journal, run, events, flushMs = 0, paceMs = 0 } = JSON.parse(process.argv[2] ?? '{}');
const problems = [];
const client = daybook({ name, url, token, directory, onProblem: ({ kind, message }) => problems.push(`${kind}: ${message}`) });
const fd = openSync(journal, 'a');
let kept = 0;
for (let n = 0; n < events; n++) {
  if (client.record({ user_id: 'sdk', event_type: 'read', resource: `/sdk/${run}/${n}`, outcome: n % 9 === 0 ? 'denied' : 'success' })) {
    kept++;
    writeSync(fd, `/sdk/${run}/${n}\n`);
  }
  // Others have their turn; and a test wants a stream of events, not all that a processor can make.
  if (n % 50 === 49) await new Promise((resolve) => (paceMs === 0 ? setImmediate(resolve) : setTimeout(resolve, paceMs)));
}
console.log(JSON.stringify({ recorded: kept }));
const end = performance.now() + flushMs;
while (performance.now() < end && !((await client.flush({ timeoutMs: 200 })) && client.stats().waitingBytes === 0));
const stats = client.stats();
await client.close({ timeoutMs: 0 });
console.log(JSON.stringify({ kept, stats, problems }));
