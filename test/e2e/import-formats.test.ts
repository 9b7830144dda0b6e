import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { parseJson } from '@daybook/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Daybook, ROOT } from '../harness/daybook.ts';

let daybook: Daybook;
beforeAll(async () => {
  daybook = await Daybook.start();
  mkdirSync(path.join(daybook.home, 'logs'));
});
afterAll(async () => {
  await daybook.stop();
  daybook.remove();
});

const at = (name: string) => path.join(daybook.home, 'logs', name);
const access = (from: number, to: number) =>
  Array.from(
    { length: to - from },
    (_, i) => `192.0.2.7 - u${from + i} [05/Jan/2026:08:00:00 +0000] "GET /r/${from + i} HTTP/1.1" 200 17 "-" "curl/8.9.1"\n`,
  ).join('');
const AUTH = [
  'Jan  5 08:00:00 web-1 sshd[7]: Accepted publickey for ana from 192.0.2.7 port 50000 ssh2: ED25519 SHA256:q3Zr4mH2cT1vX9bYwP0sLkNjUeGiOaDfKxRtEyCzVuM',
  'Jan  5 08:00:01 web-1 sshd[8]: Failed password for bob from 192.0.2.8 port 50001 ssh2',
  'this is no line of a log',
  '',
].join('\n');
const TRAIL = {
  eventVersion: '1.09',
  userIdentity: { type: 'IAMUser', userName: 'ana', arn: 'arn:aws:iam::123456789012:user/ana', accountId: '123456789012' },
  eventTime: '2026-01-05T08:00:00Z',
  eventSource: 's3.amazonaws.com',
  eventName: 'GetObject',
  awsRegion: 'eu-central-1',
  sourceIPAddress: '192.0.2.7',
  eventID: '00000000-0000-4000-8000-000000000001',
  eventType: 'AwsApiCall',
};

async function imported(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { status, out, err } = await daybook.cli(['import', '--json', ...args]);
  expect({ status, err }).toEqual({ status: 0, err: '' });
  return parseJson(out) as Record<string, unknown>;
}

async function counts(): Promise<string> {
  await daybook.indexed();
  return daybook.sql("SELECT source, count() FROM access_logs WHERE channel = 'importer' GROUP BY source ORDER BY source");
}

it('takes a folder of logs in, each once, whatever they are called and however often', async () => {
  writeFileSync(at('access.log'), access(0, 3000));
  writeFileSync(at('auth.log'), AUTH);
  // The same event is delivered in two files.
  writeFileSync(at('trail-1.json.gz'), gzipSync(JSON.stringify({ Records: [TRAIL] })));
  writeFileSync(
    at('trail-2.json.gz'),
    gzipSync(JSON.stringify({ Records: [TRAIL, { ...TRAIL, eventID: '00000000-0000-4000-8000-000000000002' }] })),
  );
  const first = await imported(path.join(daybook.home, 'logs'));
  expect(first).toMatchObject({ accepted: 3004, duplicates: 1, rejected: 0, quarantined: 1, notQuarantined: 0 });
  expect(await counts()).toBe('cloudtrail\t2\nlinux\t2\nnginx\t3000');
  appendFileSync(at('access.log'), access(3000, 3010));
  writeFileSync(at('access.log.1.gz'), gzipSync(access(0, 3000)));
  expect(await imported(path.join(daybook.home, 'logs'))).toMatchObject({ accepted: 10, quarantined: 0 });
  expect(await counts()).toBe('cloudtrail\t2\nlinux\t2\nnginx\t3010');
  expect(
    await daybook.sql(
      "SELECT user_id, outcome, ip, JSONExtractString(attributes, 'original') != '' FROM access_logs WHERE source = 'linux' ORDER BY timestamp",
    ),
  ).toBe('ana\tsuccess\t192.0.2.7\t1\nbob\tfailure\t192.0.2.8\t1');
});

it('shows in a dry run what the server keeps', async () => {
  const { status, out } = await daybook.cli(['import', '--dry-run', '--json', at('auth.log')]);
  expect(status).toBe(0);
  const shown = out
    .trim()
    .split('\n')
    .map((line) => parseJson(line) as { line: number; result: string; event?: Record<string, unknown> });
  expect(shown.map(({ line, result }) => `${line} ${result}`)).toEqual(['1 event', '2 event', '3 quarantine']);
  const kept = (await (await daybook.fetch('/v1/events?source=linux&limit=10')).json()) as { events: Record<string, unknown>[] };
  for (const { event = {} } of shown.slice(0, 2)) {
    const same = kept.events.find((one) => one['timestamp'] === event['timestamp']) ?? {};
    const { attributes: _, ...fields } = event;
    expect(same).toMatchObject(fields);
  }
});

it('has a guide to formats of one’s own that works as it stands', () => {
  const guide = readFileSync(path.join(ROOT, 'docs/guides/write-a-format.md'), 'utf8');
  writeFileSync(path.join(daybook.home, 'door-format.mjs'), /^```js\n([\s\S]*?)^```$/m.exec(guide)?.[1] ?? '');
  writeFileSync(path.join(daybook.home, 'daybook.yaml'), /^```yaml\n([\s\S]*?)^```$/m.exec(guide)?.[1] ?? '');
  writeFileSync(
    at('doors.txt'),
    '2026-01-05T08:00:00+01:00 door=7 badge=4711 granted\n2026-01-05T08:01:00+01:00 door=7 badge= self-test\n',
  );
  const program = path.join(ROOT, 'packages/cli/bin/daybook.js');
  const { stdout, status } = spawnSync(process.execPath, [program, 'import', '--dry-run', '--json', at('doors.txt')], {
    cwd: daybook.home,
    env: { PATH: process.env['PATH'] ?? '', DAYBOOK_RUN_BUILT: '1' },
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => parseJson(line)),
  ).toMatchObject([
    { line: 1, format: 'door', result: 'event', event: { user_id: '4711', outcome: 'success', timestamp: '2026-01-05T07:00:00.000000Z' } },
    { line: 2, format: 'door', result: 'noise', code: 'self_test' },
  ]);
});
