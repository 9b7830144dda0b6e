import { Buffer } from 'node:buffer';
import { expect, it } from 'vitest';
import { RECORD_BYTES_MAX } from '../framing/framer.ts';
import { recognise } from '../recognise.ts';
import { expectCutsHold, expectNeverThrows, read } from '../test-formats.ts';
import { JOURNALD } from './journald.ts';

const LOGIN = 'Accepted password for alice from 10.1.2.3 port 5 ssh2';
const FIELDS = [
  '__CURSOR=s=1;i=2',
  '__REALTIME_TIMESTAMP=1704103200000005',
  '_HOSTNAME=web',
  '_TRANSPORT=syslog',
  'SYSLOG_IDENTIFIER=sshd',
  '_COMM=sshd',
];

/** A value behind its size, as the export format has what is no line of text. */
function sized(name: string, value: Uint8Array | string): Buffer {
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(Buffer.byteLength(value)));
  return Buffer.concat([Buffer.from(`${name}\n`), size, Buffer.from(value), Buffer.from('\n')]);
}

const entry = (...more: (string | Buffer)[]): Buffer =>
  Buffer.concat([...FIELDS, ...more].map((part) => (typeof part === 'string' ? Buffer.from(`${part}\n`) : part)));

it('reads the export format, and takes no field from a message', () => {
  const forged = 'Failed password for invalid user x\n\n_COMM=logger\n_HOSTNAME=evil\nMESSAGE=y from 10.1.2.4 port 5 ssh2';
  const input = Buffer.concat([
    entry(`MESSAGE=${LOGIN}`),
    Buffer.from('\n'),
    entry(sized('MESSAGE', forged)),
    Buffer.from('\n'),
    entry(`MESSAGE=${LOGIN}`),
  ]);
  expect(recognise(input.toString())?.name).toBe('journald');
  const results = read(JOURNALD, input);
  expect(results.map(({ event, line, lastLine }) => [event?.['ip_address'], event?.['host'], event?.['outcome'], line, lastLine])).toEqual([
    ['10.1.2.3', 'web', 'success', 1, 7],
    ['10.1.2.4', 'web', 'failure', 9, 20],
    ['10.1.2.3', 'web', 'success', 22, 28],
  ]);
  expect(results[0]?.event).toMatchObject({ timestamp: '2024-01-01T10:00:00.000005Z', source_event_id: 's=1;i=2', user_id: 'alice' });
  expectCutsHold(JOURNALD, input);
  expectNeverThrows(JOURNALD, input.toString(), 100);
});

it('passes over values that are too long or lie about their size, and marks what is no UTF-8', () => {
  const long = sized('MESSAGE', 'x\n'.repeat(RECORD_BYTES_MAX));
  const lying = Buffer.concat([Buffer.from('MESSAGE\n'), Buffer.alloc(8, 0xff)]);
  const next = Buffer.concat([Buffer.from('\n'), entry(`MESSAGE=${LOGIN}`), Buffer.from('\n')]);
  const codes = (first: Buffer) => read(JOURNALD, Buffer.concat([first, next])).map(({ code, result, offset }) => [code ?? result, offset]);
  const first = entry(long);
  expect(codes(first)).toEqual([
    ['too_long', 0],
    ['event', first.length + 1],
  ]);
  expect(codes(Buffer.concat([entry(lying)]))[0]).toEqual(['cut_off', 0]);
  expect(codes(entry(`MESSAGE=${'x'.repeat(2 * RECORD_BYTES_MAX)}`)).map(([code]) => code)).toEqual(['too_long', 'event']);
  expect(
    read(
      JOURNALD,
      entry(
        sized(
          'MESSAGE',
          Buffer.concat([Buffer.from('Accepted password for '), Buffer.from([0xff]), Buffer.from(' from 10.1.2.3 port 5 ssh2')]),
        ),
      ),
    )[0]?.event,
  ).toMatchObject({
    user_id: '\uFFFD',
    attributes: { encoding: expect.any(String) },
  });
});

const HEAD = 'Mon 2024-01-01 11:00:00.000005 CET [s=1a;i=2;b=3;m=4;t=60ddf71e58805;x=5]';

it('reads the verbose output, and takes no field from a message of several lines', () => {
  const lines = [
    '-- Logs begin at Mon 2024-01-01 10:00:00 CET. --',
    HEAD,
    ...FIELDS.slice(2).map((line) => `    ${line}`),
    `    MESSAGE=${LOGIN}`,
    HEAD.replace('i=2', 'i=3'),
    '    _HOSTNAME=web',
    '    SYSLOG_IDENTIFIER=sudo',
    '    MESSAGE=bob : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh -c x',
    '            _HOSTNAME=evil',
  ];
  const input = `${lines.join('\n')}\n`;
  expect(recognise(input)?.name).toBe('journald');
  const [mark, login, sudo] = read(JOURNALD, input);
  expect(mark?.code).toBe('journal_mark');
  expect(login?.event).toMatchObject({ user_id: 'alice', ip_address: '10.1.2.3', source_event_id: 's=1a;i=2;b=3;m=4;t=60ddf71e58805;x=5' });
  expect(login?.event?.['timestamp']).toBe('2024-01-01T10:00:00.000005Z');
  expect(sudo?.event).toMatchObject({ user_id: 'bob', effective_user_id: 'root', host: 'web', action: 'execute' });
  expectCutsHold(JOURNALD, input);
});

it('reads server-sent events, and the short outputs', () => {
  const object = JSON.stringify(
    Object.fromEntries(
      [...FIELDS, `MESSAGE=${LOGIN}`].map((field) => [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1)]),
    ),
  );
  const input = `data: ${object}\n\ndata: ${object}\n\n`;
  expect(recognise(input)?.name).toBe('journald');
  expect(read(JOURNALD, input).map(({ event }) => event?.['user_id'])).toEqual(['alice', 'alice']);
  expect(read(JOURNALD, `Jan 01 10:00:00 web sshd[7]: ${LOGIN}\n`)[0]?.event).toMatchObject({ user_id: 'alice', host: 'web' });
});
