// How long `record` takes, each call by itself; and how fast what it left is sent: `node record.mjs '{"url":…,"token":…,"directory":…,"events":…}'`.
import { daybook } from '@daybook/sdk';

const { name, url, token, directory, events } = JSON.parse(process.argv[2] ?? '{}');
const order = { name, url, token, directory, spoolBytesMax: 4e9, onProblem: () => undefined };
const away = daybook({ ...order, url: 'http://127.0.0.1:9' });
const event = {
  user_id: 'u12345',
  user_name: 'Ana Souza',
  event_type: 'documents.read',
  action: 'read',
  resource: '/api/v1/documents/100012',
  ip_address: '10.1.2.3',
  user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Firefox/141.0',
  status_code: '200',
  outcome: 'success',
  duration_ms: 12.345,
  request_id: 'abcdabcdabcdabcd',
};
const WARM = 20_000;
for (let i = 0; i < WARM; i++) away.record(event);
const took = new Float64Array(events);
for (let i = 0; i < events; i++) {
  const began = performance.now();
  away.record(event);
  took[i] = performance.now() - began;
  // Other things have their turn now and then, as in an application.
  if (i % 1000 === 999) await new Promise((resolve) => setImmediate(resolve));
}
took.sort();
const bytes = away.stats().spoolBytes;
await away.close({ timeoutMs: 0 });

const began = performance.now();
const client = daybook(order);
while (client.stats().waitingBytes > 0) await new Promise((resolve) => setTimeout(resolve, 5));
const seconds = (performance.now() - began) / 1000;
const { sent } = client.stats();
await client.close();
console.log(
  JSON.stringify({
    medianUs: took[events >> 1] * 1000,
    p99Us: took[Math.floor(events * 0.99)] * 1000,
    bytesPerEvent: bytes / (events + WARM),
    drainPerS: sent / seconds,
    sent,
  }),
);
