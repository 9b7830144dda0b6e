import { expect, it } from 'vitest';
import { linesOf } from './client.ts';
import { serverSentEvents } from './sse.ts';

async function read(parts: readonly Buffer[]) {
  async function* stream() {
    yield* parts;
  }
  const events = [];
  for await (const event of serverSentEvents(linesOf(stream()))) events.push(event);
  return events;
}

const STREAM = Buffer.from(
  ': hello\nid: routine:1\ndata: {"a":"ä"}\n\nevent: gap\ndata: x\ndata:y\n\nid: routine:2\r\ndata: z\r\n\r\nretry: 5\n\ndata: not whole',
);

it('reads events, comments, ids and data of several lines', async () => {
  expect(await read([STREAM])).toEqual([
    { id: 'routine:1', event: 'message', data: '{"a":"ä"}' },
    { id: 'routine:1', event: 'gap', data: 'x\ny' },
    { id: 'routine:2', event: 'message', data: 'z' },
  ]);
});

it('reads the same however the stream is cut', async () => {
  const whole = await read([STREAM]);
  for (let at = 0; at <= STREAM.length; at++) expect(await read([STREAM.subarray(0, at), STREAM.subarray(at)])).toEqual(whole);
});
