import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { CONTEXT } from '../test-formats.ts';
import { zoneOf } from '../time/zone.ts';
import { repetitionOf, type SyslogLine, SyslogReader } from './index.ts';

const read = (text: string): SyslogLine | undefined => new SyslogReader(CONTEXT).read(text);

/** Stamp, host, tag, pid and message with bars between them. */
function f(text: string, expected: string | undefined): void {
  const line = read(text);
  const words = line && [line.stamp?.text ?? '-', line.host, line.tag, line.pid, line.message].join('|');
  expect([text, words]).toEqual([text, expected]);
}

it('reads classic headers', () => {
  f('Dec 31 23:59:58 web sshd[12]: Accepted x', '2023-12-31T23:59:58Z|web|sshd|12|Accepted x');
  f('Jan  2 01:02:03 web su: x', '2024-01-02T01:02:03Z|web|su||x');
  f('Jan 2 01:02:03 web su: x', '2024-01-02T01:02:03Z|web|su||x');
  f('<38>Jan 02 01:02:03 web su: x', '2024-01-02T01:02:03Z|web|su||x');
  f('Jan  2 01:02:03.123456 web su: x', '2024-01-02T01:02:03.123456Z|web|su||x');
  f('Jan  2 2020 01:02:03 web su: x', '2020-01-02T01:02:03Z|web|su||x');
  f('Jan  2 01:02:03 2020 web su: x', '2020-01-02T01:02:03Z|web|su||x');
  f('Jan  2 01:02:03 sshd[12]: x', '2024-01-02T01:02:03Z||sshd|12|x');
  f('Jan  2 01:02:03 <auth.info> web sshd[12]: x', '2024-01-02T01:02:03Z|web|sshd|12|x');
  f('Jan  2 01:02:03 web authpriv.info dropbear[12]: x', '2024-01-02T01:02:03Z|web|dropbear|12|x');
  f('Tue Jan  2 01:02:03 2024 authpriv.info dropbear[12]: x', '2024-01-02T01:02:03Z||dropbear|12|x');
  f('Tue Jan  2 01:02:03 2024 [pid 3] [bob] OK LOGIN: Client "10.1.2.3"', undefined);
  f('Feb 29 01:02:03 web su: x', '2020-02-29T01:02:03Z|web|su||x');
});

it('reads ISO stamps', () => {
  f('2023-11-04T12:34:56.123456+01:00 web sshd[12]: x', '2023-11-04T11:34:56.123456Z|web|sshd|12|x');
  f('2023-11-04T12:34:56+0100 web sshd[12]: x', '2023-11-04T11:34:56Z|web|sshd|12|x');
  f('2023-11-04T12:34:56Z web sshd[12]: x', '2023-11-04T12:34:56Z|web|sshd|12|x');
  f('2023-11-04 12:34:56 web sshd[12]: x', '2023-11-04T12:34:56Z|web|sshd|12|x');
});

it('reads what journalctl prints', () => {
  f('Mon 2024-01-01 10:00:00 UTC web sshd[12]: x', '2024-01-01T10:00:00Z|web|sshd|12|x');
  f('Mon 2024-01-01 10:00:00 CET web sshd[12]: x', '2024-01-01T10:00:00Z|web|sshd|12|x');
  f('Mon 2024-01-01 10:00:00 -03 web sshd[12]: x', '2024-01-01T13:00:00Z|web|sshd|12|x');
  f('1704103200.123456 web sshd[12]: x', '2024-01-01T10:00:00.123456Z|web|sshd|12|x');
});

it('reads RFC 5424', () => {
  f("<34>1 2003-10-11T22:14:15.003Z web su - ID47 - \uFEFF'su root' failed", "2003-10-11T22:14:15.003Z|web|su||'su root' failed");
  f('1 2003-10-11T22:14:15.003-07:00 web /usr/sbin/sshd 12 - - x', '2003-10-12T05:14:15.003Z|web|/usr/sbin/sshd|12|x');
  f('<34>1 2003-10-11T22:14:15Z web sudo - - -    alice : x', '2003-10-11T22:14:15Z|web|sudo||  alice : x');
  f('<38>1 2003-10-11T22:14:15Z web sshd 12 - -  Accepted x', '2003-10-11T22:14:15Z|web|sshd|12|Accepted x');
  f('<34>1 - - - - - -', '-|||||'.slice(0, 5));
  const line = read('<165>1 2003-10-11T22:14:15Z web app - ID [a@1 b="x\\]\\"\\\\" c=""][d] text');
  expect(line).toMatchObject({ priority: 165, messageId: 'ID', structured: { 'a@1': { b: 'x]"\\', c: '' }, d: {} }, message: 'text' });
  f('<34>1 2003-10-11T22:14:15Z web app - ID [a@1 b="x text', undefined);
  f('<34>1 2003-10-11T22:14:15Z web app - ID [a]x', undefined);
});

it('reads tags of all kinds', () => {
  const tag = (text: string) => `2024-01-02T01:02:03Z|web|${text}`;
  f('Jan  2 01:02:03 web /usr/sbin/cron[7]: x', tag('/usr/sbin/cron|7|x'));
  f('Jan  2 01:02:03 web sshd(pam_unix)[7]: x', tag('sshd(pam_unix)|7|x'));
  f('Jan  2 01:02:03 web polkitd(authority=local)[7]: x', tag('polkitd(authority=local)|7|x'));
  f('Jan  2 01:02:03 web gdm-password][7]: x', tag('gdm-password]|7|x'));
  f('Jan  2 01:02:03 web postfix/smtpd[7]: x', tag('postfix/smtpd|7|x'));
  f('Jan  2 01:02:03 web sudo:     root : TTY=x', tag('sudo||    root : TTY=x'));
  f('Jan  2 01:02:03 web sshd[7]: [ID 800047 auth.info] x', tag('sshd|7|x'));
  f('Jan  2 01:02:03 web kernel:[1] x', tag('kernel||[1] x'));
  f('Jan  2 01:02:03 web -- MARK --', tag('||-- MARK --'));
  f('Jan  2 01:02:03 2001:db8:: sshd[7]: x', '2024-01-02T01:02:03Z|2001:db8::|sshd|7|x');
  f('Jan  2 01:02:03', '2024-01-02T01:02:03Z||||');
  f('<13>hello: x', '-||hello||x');
});

it('takes nothing else for a line', () => {
  for (const text of [
    '',
    'Accepted password for x',
    'Foo  2 01:02:03 web su: x',
    'Feb 31 2024 01:02:03 web su: x',
    '<192>x',
    '<a>x',
    '2023-13-04T12:34:56Z x y',
  ])
    f(text, undefined);
});

it('says what it guessed', () => {
  const reader = new SyslogReader({ ...CONTEXT, zone: zoneOf('+02:00') ?? CONTEXT.zone });
  for (let twice = 0; twice < 2; twice++)
    expect(reader.read('Jan  2 01:02:03 web su: x')?.stamp).toEqual({ text: '2024-01-01T23:02:03Z', guessed: ['year', 'zone'] });
  expect(reader.read('2024-01-02T01:02:03.5 web su: x')?.stamp).toEqual({ text: '2024-01-01T23:02:03.5Z', guessed: ['zone'] });
  expect(reader.read('2024-01-02T01:02:03.5Z web su: x')?.stamp).toEqual({ text: '2024-01-02T01:02:03.5Z' });
});

it('knows repetitions', () => {
  expect(repetitionOf('message repeated 2 times: [ Failed password for a[b] from 10.0.0.1 port 1 ssh2]')).toEqual({
    times: 2,
    message: 'Failed password for a[b] from 10.0.0.1 port 1 ssh2',
  });
  expect(repetitionOf('last message repeated 3 times')).toEqual({ times: 3, message: undefined });
  expect(repetitionOf('last message repeated 1 time')).toEqual({ times: 1, message: undefined });
  expect(repetitionOf('last message repeated often')).toBeUndefined();
  expect(repetitionOf('x message repeated 2 times: [ y]')).toBeUndefined();
});

it('never throws, and caches nothing wrong', () => {
  const alphabet = fc.constantFrom(
    '<34>',
    '1 ',
    '2023-11-04T12:34:56',
    '.5',
    'Z',
    ' ',
    'Jan  2 01:02:03',
    '[a b="',
    '"]',
    '-',
    'su',
    '[7]',
    ':',
    '\\',
  );
  const reader = new SyslogReader(CONTEXT);
  fc.assert(
    fc.property(fc.string({ unit: alphabet, maxLength: 14 }), (text) => {
      expect(reader.read(text)).toEqual(read(text));
    }),
    { numRuns: 500 },
  );
});

it('reads what relays and other systems put before a tag', () => {
  f('Jan  2 01:02:03 web web sshd[12]: x', '2024-01-02T01:02:03Z|web|sshd|12|x');
  f('Jan  2 01:02:03 web web.example.com sshd[12]: x', '2024-01-02T01:02:03Z|web|sshd|12|x');
  f('Jan  2 01:02:03 web.example.com web sshd[12]: x', '2024-01-02T01:02:03Z|web.example.com|sshd|12|x');
  f('Jan  2 01:02:03 web other sshd[12]: x', '2024-01-02T01:02:03Z|web|||other sshd[12]: x');
  f('Jan  2 01:02:03 Message forwarded from aix2: sshd[12]: x', '2024-01-02T01:02:03Z|aix2|sshd|12|x');
  f('Jan  2 01:02:03 web Message forwarded from aix2: sshd[12]: x', '2024-01-02T01:02:03Z|web|sshd|12|x');
  f('Jan  2 01:02:03 web auth|security:info sshd[12]: x', '2024-01-02T01:02:03Z|web|sshd|12|x');
  f('Tue Jan  2 01:02:03 2024 [1704157323.123] authpriv.info dropbear[12]: x', '2024-01-02T01:02:03Z||dropbear|12|x');
});

it('reads RFC 5424 without its beginning', () => {
  f('2023-11-04T12:34:56.1+01:00 web sshd 12 - - Accepted x', '2023-11-04T11:34:56.1Z|web|sshd|12|Accepted x');
  f('2023-11-04T12:34:56Z web sshd - - [a b="]"] x', '2023-11-04T12:34:56Z|web|sshd||x');
  f('2023-11-04T12:34:56Z web a message that - has none', '2023-11-04T12:34:56Z|web|||a message that - has none');
});
