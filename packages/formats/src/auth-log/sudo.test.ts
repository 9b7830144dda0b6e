import { expect, it } from 'vitest';
import { read } from '../test-formats.ts';
import { AUTH_LOG } from './auth-log.ts';
import { f, said } from './test-said.ts';

it('reads sudo’s failures that are no refusals', () => {
  const on = 'TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls';
  f('sudo', '   bob : auth could not identify password for [bob]', 'execute failure bob -');
  f('sudo', '   bob : conversation failed', 'execute failure bob -');
  f('sudo', `   bob : unable to open /run/sudo/ts/bob: Read-only file system ; ${on}`, 'execute failure bob -');
  f('sudo', `   bob : unable to resolve host web ; ${on}`, 'execute unknown bob -');
  f('sudo-rs', `   bob : ${on}`, 'execute success bob -', { effective_user_id: 'root' });
});

it('hides nothing of a sudo line that has no command', () => {
  const line = 'Jan  1 10:00:00 web sudo: bob : problem with defaults entries ; TTY=pts/0 ; PWD=/home/bob ; USER=root ;';
  expect(read(AUTH_LOG, `${line}\n`).map(({ text }) => text)).toEqual([line]);
});

it('believes no directory and no environment for whom sudo became', () => {
  const on = 'TTY=pts/0 ; PWD=/tmp/a ; USER=evil ; USER=root ;';
  f('sudo', `bob : ${on} COMMAND=/bin/ls`, 'execute success bob -', { effective_user_id: 'root', attributes: { ambiguous: true } });
  const made = said('sudo', 'bob : TTY=pts/0 ; PWD=/ ; USER=root ; ENV=A=x ; USER=evil ; COMMAND=/bin/ls');
  expect(made).toMatchObject({ user_id: 'bob', attributes: { ambiguous: true } });
  expect(made).not.toHaveProperty('effective_user_id');
});
