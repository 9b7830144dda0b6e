import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatNamed, recognise } from '@daybook/formats';
import { runCommand } from '../harness/daybook.ts';
import { hasPrograms, readAll, told } from './linux-machine.ts';

const REMOTE = '/lib/systemd/systemd-journal-remote';
const MESSAGES: readonly (readonly [string, string])[] = [
  ['sshd', 'Accepted password for alice from 10.1.2.3 port 5 ssh2'],
  ['sshd', 'Failed password for invalid user x from 6.6.6.6 port 2 ssh2 from 10.1.2.4 port 5 ssh2'],
  ['sudo', '   alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls'],
  ['su', '(to root) alice on pts/0'],
  ['su', '(to root) bob\u001B on pts/0'],
  ['CRON', '(root) CMD (run-parts /etc/cron.hourly)'],
  ['kernel', 'eth0: link up'],
];
const FIELDS = ['event_type', 'outcome', 'user_id', 'effective_user_id', 'ip_address', 'host', 'timestamp'];
const EXPECTED = [
  'Accepted password | success | alice | - | 10.1.2.3 | web | 2024-01-01T10:00:00.000000Z',
  'Failed password | failure | x from 6.6.6.6 port 2 ssh2 | - | 10.1.2.4 | web | 2024-01-01T10:00:01.000000Z',
  'sudo | success | alice | root | - | web | 2024-01-01T10:00:02.000000Z',
  'su | success | alice | root | - | web | 2024-01-01T10:00:03.000000Z',
  'su | success | bob\u001B | root | - | web | 2024-01-01T10:00:04.000000Z',
  'CMD | success | root | - | - | web | 2024-01-01T10:00:05.000000Z',
];

describe.skipIf(!hasPrograms(REMOTE, '/usr/bin/journalctl'))('a real journal (root, systemd-journal-remote; npm test installs it)', () => {
  let folder = '';
  let journal = '';

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'daybook-journal-'));
    journal = path.join(folder, 'test.journal');
    const made = await runCommand([REMOTE, '-o', journal, '-'], { cwd: folder, env: {}, stdin: Buffer.concat(MESSAGES.map(exported)) });
    if (made.status !== 0) throw new Error(made.err);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(['json', 'json-pretty', 'json-seq'])('reads -o %s, and no entry twice under one id', async (output) => {
    const text = await journalctl(output);
    const format = formatNamed('journald');
    expect(recognise(text)).toBe(format);
    const results = format === undefined ? [] : readAll(format, text);
    expect(told(results, FIELDS)).toEqual(EXPECTED);
    expect(results.map(({ code }) => code).filter((code) => code !== undefined)).toEqual(['kernel']);
    expect(new Set(told(results, ['source_event_id'])).size).toBe(EXPECTED.length);
  });

  it.each(['short', 'short-iso', 'short-full', 'short-precise'])('reads -o %s as lines of syslog', async (output) => {
    const text = await journalctl(output);
    const format = formatNamed('auth-log');
    const results = format === undefined ? [] : readAll(format, text);
    const withoutTime = (lines: readonly string[]) => lines.map((line) => line.replace(/ \| [^|]*$/, ''));
    // journalctl shows a message with a control character as `[34B blob data]`: of that nothing can be read but that it was there.
    expect(withoutTime(told(results, FIELDS))).toEqual(withoutTime(EXPECTED.filter((line) => !line.includes('\u001B'))));
    expect(results.every(({ result }) => result !== 'quarantine')).toBe(true);
  });

  async function journalctl(output: string): Promise<string> {
    const { out, err, status } = await runCommand(['/usr/bin/journalctl', '--file', journal, '-o', output, '--utc', '-q'], {
      cwd: folder,
      env: { LC_ALL: 'C' },
    });
    expect([status, err]).toEqual([0, '']);
    return out;
  }
});

/** Journal Export Format: a message with a control character is a length and bytes. */
function exported([identifier, message]: readonly [string, string], index: number): Buffer {
  const fields = [
    `__REALTIME_TIMESTAMP=${1_704_103_200 + index}000000`,
    '_TRANSPORT=syslog',
    '_HOSTNAME=web',
    `_PID=${index + 7}`,
    `SYSLOG_IDENTIFIER=${identifier}`,
  ];
  const bytes = Buffer.from(message);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([Buffer.from(`${fields.join('\n')}\nMESSAGE\n`), size, bytes, Buffer.from('\n\n')]);
}
