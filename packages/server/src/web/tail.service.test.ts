import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWeb, type WebServer } from '../../../../test/support/web-server.ts';

let server: WebServer;
beforeAll(async () => {
  server = await startWeb();
});
afterAll(async () => {
  await server.stop();
  server.remove();
});

interface Message {
  readonly id: string;
  readonly event: string | undefined;
  readonly data: Record<string, unknown>;
}

/** A client of server-sent events over fetch: what EventSource does. */
async function follow(path: string, lastEventId?: string) {
  const abort = new AbortController();
  const headers: Record<string, string> = { authorization: `Bearer ${server.admin}` };
  if (lastEventId !== undefined) headers['last-event-id'] = lastEventId;
  const answer = await fetch(server.url + path, { headers, signal: abort.signal });
  if (answer.status !== 200 || answer.body === null) throw new Error(`${answer.status}: ${await answer.text()}`);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = '';
  let lastId = '';
  const next = async (): Promise<Message | undefined> => {
    for (;;) {
      const end = buffer.indexOf('\n\n');
      if (end >= 0) {
        const block = buffer.slice(0, end);
        buffer = buffer.slice(end + 2);
        const field = (name: string) =>
          block
            .split('\n')
            .find((line) => line.startsWith(`${name}: `))
            ?.slice(name.length + 2);
        lastId = field('id') ?? lastId;
        const data = field('data');
        if (data === undefined) continue;
        return { id: lastId, event: field('event'), data: JSON.parse(data) as Record<string, unknown> };
      }
      const { done, value } = await reader.read();
      if (done) return undefined;
      buffer += value;
    }
  };
  return {
    next,
    /** The next `count` messages that are not the server's own reader audit. */
    async events(count: number) {
      const messages: Message[] = [];
      while (messages.length < count) {
        const message = await next();
        if (message === undefined) throw new Error(`the stream ended after ${messages.length} messages`);
        if (message.data['kind'] === 'event') messages.push(message);
      }
      return messages;
    },
    leave: () => abort.abort(),
  };
}

async function controlEntries(from: number) {
  const told: Record<string, unknown>[] = [];
  for (let idx = from; idx < server.ledger.state('important').size; idx++) {
    told.push((JSON.parse((await server.ledger.entry('important', idx)).toString()) as { event: Record<string, unknown> }).event);
  }
  return told;
}

test('a row is flat JSON with the entry’s place; the stream begins at the end of the logs', async () => {
  await server.append('routine', { event_type: 'before', user_id: 'U0' });
  const tail = await follow('/v1/tail');
  await server.append('routine', { event_type: 'view', labels: { a: 'b' }, user_id: 'Ü1' });
  const [message] = await tail.events(1);
  const idx = server.ledger.state('routine').size - 1;
  expect(message?.data).toEqual({
    log: 'routine',
    idx,
    kind: 'event',
    src: 'test',
    recorded_at: expect.stringMatching(/^\d{4}-.*\.\d{6}Z$/),
    event_type: 'view',
    labels: { a: 'b' },
    user_id: 'Ü1',
  });
  expect(message?.id).toMatch(new RegExp(`^routine:${idx + 1},important:\\d+$`));
  tail.leave();
});

test('a client that comes back misses nothing and sees nothing twice, whatever log it was in', async () => {
  const first = await follow('/v1/tail');
  await server.append('routine', { user_id: 'a1' }, { user_id: 'a2' });
  await server.append('important', { user_id: 'b1' });
  const got = await first.events(2);
  first.leave();
  await server.append('important', { user_id: 'b2' });
  await server.append('routine', { user_id: 'a3' });
  const second = await follow('/v1/tail', got[1]?.id);
  const rest = await second.events(3);
  second.leave();
  const seen = [...got, ...rest].map((message) => String(message.data['user_id']));
  expect(seen.toSorted()).toEqual(['a1', 'a2', 'a3', 'b1', 'b2']);
});

test('filters: alternatives, several fields, lists, numbers, inside labels, kinds, logs', async () => {
  const from = `routine:${server.ledger.state('routine').size},important:${server.ledger.state('important').size}`;
  await server.append(
    'routine',
    { action: 'read', roles: ['dba', 'dev'], severity: 5, user_id: 'x' },
    { action: 'read', labels: { team: 'red"team' }, user_id: 'y' },
    { action: 'delete', attributes: { n: { deep: 1 }, ok: true }, user_id: 'x' },
    { action: 'delete', user_id: 'z' },
  );
  await server.append('important', { action: 'read', user_id: 'w' });
  const f = async (query: string, expected: string[]) => {
    const tail = await follow(`/v1/tail?after=${from}&${query}`);
    const got = await tail.events(expected.length);
    tail.leave();
    expect([query, got.map((m) => `${String(m.data['action'])} ${String(m.data['user_id'])}`).toSorted()]).toEqual([
      query,
      expected.toSorted(),
    ]);
  };
  await f('user_id=x', ['read x', 'delete x']);
  await f('user_id=x&user_id=y', ['read x', 'read y', 'delete x']);
  await f('user_id=x&action=delete', ['delete x']);
  await f('roles=dev', ['read x']);
  await f('severity=5', ['read x']);
  await f('labels.team=red%22team', ['read y']);
  await f('attributes.ok=true', ['delete x']);
  await f('log=important&kind=event', ['read w']);
  await f('kind=event&action=read', ['read x', 'read y', 'read w']);
});

test.each(['after=routine:99999', 'after=nonsense', 'after=routine:-1', 'nosuch=1', 'log=nosuch', 'kind=nosuch', 'user_id.x=1'])(
  'refused: %s',
  async (query) => {
    const answer = await server.get(`/v1/tail?${query}`);
    expect([400, 404]).toContain(answer.status);
    expect(answer.headers.get('content-type')).toMatch(/problem/);
    await answer.text();
  },
);

/** What is told of the tail whose filter names this user: its start and its end carry one request id. */
async function toldOf(user: string) {
  const told = await controlEntries(0);
  const start = told.find((event) => JSON.stringify(event['attributes'] ?? null).includes(`"user_id":["${user}"]`));
  return told.filter((event) => event['request_id'] === start?.['request_id']);
}

test('start and end are recorded, with the filter, the rows and the reason', async () => {
  const tail = await follow('/v1/tail?log=routine&user_id=seen');
  await server.append('routine', { user_id: 'seen' }, { user_id: 'unseen' });
  await tail.events(1);
  tail.leave();
  await expect.poll(async () => (await toldOf('seen')).map((event) => event['event_type'])).toEqual(['tail.start', 'tail.end']);
  const [start, end] = await toldOf('seen');
  expect(start).toMatchObject({ user_id: 'admin', resource: 'routine', attributes: { filter: { user_id: ['seen'] } } });
  expect(end).toMatchObject({ row_count: 1, attributes: { reason: 'client_left' } });
});

test('a client that does not read costs a bounded amount and is let go of when it leaves', async () => {
  const { port } = new URL(server.url);
  const socket = connect({ port: Number(port), host: '127.0.0.1' });
  socket.pause();
  socket.write(`GET /v1/tail?log=routine&user_id=slow HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${server.admin}\r\n\r\n`);
  await expect.poll(async () => (await toldOf('slow')).length).toBe(1);
  // 40 MB of rows: far more than the sockets' buffers hold.
  const before = process.memoryUsage().arrayBuffers;
  const events = Array.from({ length: 1000 }, () => ({ resource: 'r'.repeat(1000), user_id: 'slow' }));
  for (let i = 0; i < 40; i++) await server.append('routine', ...events);
  const { size } = server.ledger.state('routine');
  const other = await follow(`/v1/tail?log=routine&after=routine:${size - 1}`);
  expect((await other.events(1))[0]?.data['idx']).toBe(size - 1);
  other.leave();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200_000_000);
  socket.destroy();
  await expect.poll(async () => (await toldOf('slow')).map((event) => event['event_type'])).toEqual(['tail.start', 'tail.end']);
  const [, end] = await toldOf('slow');
  expect(end).toMatchObject({ attributes: { reason: 'client_left' } });
  // It was held back long before it had been sent all.
  expect(Number(end?.['row_count'])).toBeLessThan(30_000);
});

test('as many tails as there may be, without a warning of leaks; one more is refused', async () => {
  const warnings: string[] = [];
  const note = (warning: Error) => void warnings.push(warning.message);
  process.on('warning', note);
  const tails = await Promise.all(Array.from({ length: 64 }, () => follow('/v1/tail?log=routine')));
  const refused = await server.get('/v1/tail');
  expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toEqual([
    429,
    '30',
    expect.objectContaining({ code: 'too_busy' }),
  ]);
  await server.append('routine', { user_id: 'all' });
  for (const tail of tails) expect((await tail.events(1))[0]?.data['user_id']).toBe('all');
  for (const tail of tails) tail.leave();
  process.off('warning', note);
  expect(warnings).toEqual([]);
  await expect.poll(async () => (await server.get('/v1/tail?after=nonsense')).status).toBe(400);
});

test('the stop of the server ends a tail with an event, and records it', async () => {
  const other = await startWeb();
  const answer = await other.get('/v1/tail');
  const text = answer.text();
  await other.stop();
  expect(await text).toContain('event: end\ndata: {"reason":"shutting_down"}\n\n');
  const again = await startWeb({ dir: other.dir });
  const told: unknown[] = [];
  for (let idx = 0; idx < again.ledger.state('important').size; idx++) {
    told.push((JSON.parse((await again.ledger.entry('important', idx)).toString()) as { event: { event_type?: string } }).event.event_type);
  }
  expect(told).toContain('tail.end');
  await again.stop();
  other.remove();
});
