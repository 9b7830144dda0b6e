import { afterEach, beforeEach, expect, it } from 'vitest';
import { main } from '../main.ts';
import { testIo } from '../test-io.ts';
import { answerJson, testServer } from '../test-server.ts';

let server: Awaited<ReturnType<typeof testServer>>;
let answer: object;
let asked = '';
const KINDS = [
  { name: 'login', label: 'Login' },
  { name: 'read', label: 'Read' },
  { name: 'write', label: 'Write' },
];
const SHOP = {
  name: 'shop', registered: true, owner: 'web', last: '2026-01-01T10:00:00.000000Z', silent_since: null, lines: { events: 1200, noise: { a: 3 }, folded: { b: 4 }, quarantine: { c: 2 } },
  cells: [{ kind: 'login', expected: true, state: 'proven', count: 0 }, { kind: 'read', expected: false, state: 'seen', count: 1200 }],
}; // biome-ignore format: short

beforeEach(async () => {
  server = await testServer((request, response) => {
    asked = request.url ?? '';
    return answerJson(response, 200, answer);
  });
});
afterEach(async () => server.close());

const open = () => testIo({ env: { DAYBOOK_URL: server.url, DAYBOOK_TOKEN: 't' } });

it('says yes with exit status 0', async () => {
  answer = {
    answer: 'yes',
    days: 7,
    kinds: KINDS,
    problems: [],
    notes: [],
    sources: [SHOP],
    canaries: [{ name: 'c', source: 'shop', proves: 'login', last: { result: 'seen', at: 'T', visible_ms: 340.2 } }],
  };
  const { io, written } = open();
  expect(await main(['coverage', '--days', '7'], io)).toBe(0);
  expect(asked).toBe('/v1/coverage?days=7');
  expect(written.out).toContain('YES: all expected accesses are captured (7 days).');
  expect(written.out).toContain('shop    web    2026-01-01 10:00  0*     1,200  1,200 / 4 / 3 / 2');
  expect(written.out).toContain('canary c (shop, login): proven at T, visible after 340 ms');
});

it('says no with exit status 1, and what is missing', async () => {
  const doors = {
    ...SHOP,
    name: 'do\u001bors',
    last: null,
    silent_since: 'x',
    lines: null,
    cells: [{ kind: 'write', expected: true, state: 'missing', count: 0 }],
  };
  answer = {
    answer: 'no',
    days: 30,
    kinds: KINDS,
    problems: [{ message: 'doors is silent.' }],
    notes: [{ message: 'x lies there.' }],
    sources: [doors],
    canaries: [],
  };
  const { io, written } = open();
  expect(await main(['coverage'], io)).toBe(1);
  expect(written.out).toContain('NO: 1 expected thing is missing (30 days).\n  doors is silent.');
  expect(written.out).toContain('MISSING');
  expect(written.out).toContain('never SILENT');
  expect(written.out).not.toContain('\u001b');
  const json = open();
  expect(await main(['coverage', '--json'], json.io)).toBe(1);
  expect(json.written.out).toBe(`${JSON.stringify(answer)}\n`);
});

it('says how to expect something when nothing is', async () => {
  answer = { answer: 'nothing_expected', days: 30, kinds: KINDS, problems: [], notes: [], sources: [], canaries: [] };
  const { io, written } = open();
  expect(await main(['coverage'], io)).toBe(0);
  expect(written.out).toContain('`sources:`');
});
