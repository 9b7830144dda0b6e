import { expect, it } from 'vitest';
import { read } from '../test-formats.ts';
import { AUTH_LOG } from './auth-log.ts';

/** `user actor address` of each event of these messages, of one process. */
function who(...messages: readonly string[]): string[] {
  const lines = messages.map((text) => `Jan  1 10:00:00 web sshd-session[77]: ${text}\n`);
  return read(AUTH_LOG, lines.join('')).flatMap(({ event }) =>
    event === undefined
      ? []
      : [['user_id', 'actor_type', 'ip_address'].map((name) => (typeof event[name] === 'string' ? event[name] : '-')).join(' ')],
  );
}

const LOGIN = 'Accepted publickey for alice from 10.1.2.3 port 5 ssh2: ED25519 SHA256:x';

it('knows whose session a line is of', () => {
  expect(
    who(
      LOGIN,
      'pam_unix(sshd:session): session opened for user alice(uid=1000) by (uid=0)',
      'Received disconnect from 10.1.2.3 port 5:11: disconnected by user',
      'refused local port forward: originator 127.0.0.1 port 1, target 10.0.0.5 port 80',
      'pam_unix(sshd:session): session closed for user alice',
    ),
  ).toEqual(Array.from({ length: 5 }, () => 'alice user 10.1.2.3'));
});

it('gives nobody’s name to another connection of a process with the same number', () => {
  expect(
    who(
      LOGIN,
      'Received disconnect from 10.9.9.9 port 6:11: disconnected by user',
      'Bad protocol version identification x from 10.9.9.9 port 6',
      'drop connection #0 from [10.9.9.9]:1 on [10.0.0.1]:22 penalty: failed authentication',
      'Authentication key RSA SHA256:x revoked by file /etc/ssh/revoked',
      'Received disconnect from 10.1.2.3 port 6:11: Bye [preauth]',
    ).slice(1),
  ).toEqual(['- unknown 10.9.9.9', '- anonymous 10.9.9.9', '- anonymous 10.9.9.9', '- unknown -', '- anonymous 10.1.2.3']);
});
