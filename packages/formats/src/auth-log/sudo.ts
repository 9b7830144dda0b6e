import { isRecord, type JsonRecord, parseRecord, recordOf, textOf } from '@daybook/protocol';
import { redactedCommand } from '../redaction/command-line.ts';
import type { Claim, Finding, Message } from './claim.ts';

/**
 * sudo (lib/eventlog/eventlog.c new_logline()):
 *
 *     USER : [REASON ; ][HOST=h ; ][TTY=t ; ][CHROOT=c ; ][PWD=d ; ][USER=u ; ][GROUP=g ; ][TSID=i ; ][ENV=e ; ]COMMAND=c[ ; SIGNAL=s][ ; EXIT=n]
 *     USER : (command continued) REST
 *
 * USER is an account, and may hold blanks where a directory service names it. The directory, the environment and the command are the caller's. COMMAND is the last: everything behind the first one belongs to
 * it, however much it looks like more of the line. That a directory imitates one too is marked as ambiguous.
 */
export function sudoFinding({ text }: Message): Finding {
  if (text.startsWith('@cee:')) return sudoJson(text.slice(5).trim());
  const found = /^ *([^\s:]+) : /.exec(text) ?? /^ *([^:;=]{1,256}?) : (?=.{0,8192}?\bCOMMAND=)/s.exec(text);
  if (found === null) return 'sudo_notice';
  const user = found[1] ?? '';
  const rest = text.slice(found[0].length);
  if (rest.startsWith('(command continued) ')) return continued(user, rest.slice(20));
  const parts = partsOf(rest);
  if (parts.command === undefined && parts.runUser === undefined)
    return /sudoers|not allowed|password|conversation failed/.test(rest)
      ? { ...base(user), ...refusal(rest), reason: rest }
      : 'sudo_notice';
  return claimOf(user, parts);
}

interface Parts {
  readonly reason: string | undefined;
  readonly tty?: string | undefined;
  readonly cwd?: string | undefined;
  readonly runUser?: string | undefined;
  readonly runGroup?: string | undefined;
  readonly log?: string | undefined;
  readonly env?: string | undefined;
  readonly command: string | undefined;
  readonly ambiguous: boolean;
  readonly more?: Readonly<Record<string, unknown>> | undefined;
}

const COMMAND = 'COMMAND=';
const PART = /^(HOST|TTY|CHROOT|PWD|CWD|USER|GROUP|TSID|ENV)=(.*)$/s;

function partsOf(text: string): Parts {
  const first = text.startsWith(COMMAND) ? 0 : text.indexOf(` ; ${COMMAND}`);
  const at = first <= 0 ? first : first + 3;
  const command = at < 0 ? undefined : text.slice(at + COMMAND.length);
  // What ends in a separator was cut, or goes on in another line.
  const words = at < 0 ? text.replace(/ ;\s*$/, '').split(' ; ') : text.slice(0, Math.max(0, at - 3)).split(' ; ');
  const values: Record<string, string> = {};
  const reasons: string[] = [];
  const users: string[] = [];
  for (const word of words) {
    const part = PART.exec(word.trim());
    if (part === null) reasons.push(word);
    else if (part[1] === 'USER') users.push(part[2] ?? '');
    else values[part[1] ?? ''] ??= part[2] ?? '';
  }
  const exit = command === undefined ? null : / ; EXIT=(\d+)$/.exec(command);
  const reason = reasons.filter((word) => word !== '').join(' ; ');
  return {
    reason: reason === '' ? undefined : reason,
    tty: values['TTY'],
    cwd: values['PWD'] ?? values['CWD'],
    // The directory, before it, may imitate one; so may the environment, behind it: then none is certain.
    runUser: users.length < 2 || values['ENV'] === undefined ? users.at(-1) : undefined,
    runGroup: values['GROUP'],
    log: values['TSID'],
    env: values['ENV'],
    command,
    ambiguous: users.length > 1 || command?.includes(` ; ${COMMAND}`) === true,
    more: { ...(values['CHROOT'] === undefined ? {} : { chroot: values['CHROOT'] }), ...(exit === null ? {} : { exit: exit[1] }) },
  };
}

function base(user: string): Claim {
  return { type: 'sudo', action: 'execute', category: 'session', outcome: 'unknown', user, authMethod: undefined };
}

/** What sudo writes before TTY= when it did not run the command (plugins/sudoers/logging.c). */
function refusal(reason: string): Pick<Claim, 'outcome' | 'type'> {
  const attempts =
    /incorrect password attempts?|a password is required|a terminal is required|authentication (?:failure|error)|could not identify password|no tty present|conversation failed|unknown (?:user|group|uid|gid)|invalid (?:user|group)|unable to (?!resolve)|command in current directory/i;
  if (attempts.test(reason)) return { type: 'sudo', outcome: 'failure' };
  return /not |NOT |denied|must have a tty|no such|expired|locked|validation/i.test(reason)
    ? { type: 'sudo', outcome: 'denied' }
    : { type: 'sudo', outcome: 'unknown' };
}

function claimOf(user: string, parts: Parts): Claim {
  const command = parts.command === undefined ? undefined : redactedCommand(parts.command);
  const program = command?.split(' ', 1)[0];
  const attempts = /^(\d+) incorrect password attempt/.exec(parts.reason ?? '')?.[1];
  const refused = parts.reason === undefined ? undefined : refusal(parts.reason);
  const attributes: Record<string, unknown> = present({
    tty: parts.tty,
    cwd: parts.cwd,
    run_group: parts.runGroup,
    tsid: parts.log,
    env: parts.env === undefined ? undefined : redactedCommand(parts.env),
  });
  if (attempts !== undefined) attributes['attempts'] = Number(attempts);
  if (parts.ambiguous) attributes['ambiguous'] = true;
  for (const name in parts.more) attributes[name] = parts.more[name];
  return {
    type: refused?.type ?? 'sudo',
    action: 'execute',
    category: 'session',
    outcome: refused?.outcome ?? (command === undefined ? 'unknown' : 'success'),
    user,
    effectiveUser: parts.runUser,
    resource: command ?? 'sudo',
    resourceType: 'command',
    resourceId: program,
    reason: parts.reason,
    attributes,
  };
}

/** The rest of a command that was too long for one line: whether it ran, the first line said. */
function continued(user: string, rest: string): Claim {
  const command = redactedCommand(rest);
  return { ...base(user), type: 'sudo (command continued)', resource: command, resourceType: 'command', attributes: { continued: true } };
}

/** `log_format=json`: `{"sudo":{"accept"|"reject"|"alert"|"exit":{…}}}` (sudoers(5), "JSON log format"). */
function sudoJson(text: string): Finding {
  const sudo = parseRecord(text)?.['sudo'];
  for (const kind of ['accept', 'reject', 'alert', 'exit'] as const) {
    const record = recordOf(sudo)[kind];
    if (isRecord(record)) return jsonClaim(kind, record);
  }
  return undefined;
}

function jsonClaim(kind: 'accept' | 'reject' | 'alert' | 'exit', record: JsonRecord): Finding {
  const user = textOf(record['submituser']);
  if (kind === 'exit' && user === '') return 'sudo_exit';
  const argv = record['runargv'];
  const file = textOf(record['command']);
  // The first argument is what was typed, or what the program shall be called; the file is what runs.
  const words = Array.isArray(argv) ? argv.map(textOf) : [];
  const command = redactedCommand([file === '' ? (words[0] ?? '') : file, ...words.slice(1)].join(' '));
  const reason = textOf(record['reason']) || textOf(record['alert']) || textOf(record['message']);
  const refused = refusal(reason).outcome;
  return {
    ...base(user),
    type: `sudo ${kind}`,
    outcome:
      kind === 'accept' ? 'success' : kind === 'reject' && refused === 'unknown' ? 'denied' : kind === 'reject' ? refused : 'unknown',
    effectiveUser: textOf(record['runuser']),
    resource: command === '' ? 'sudo' : command,
    resourceType: 'command',
    resourceId: file,
    reason,
    attributes: present({
      tty: textOf(record['ttyname']),
      cwd: textOf(record['submitcwd']),
      uuid: textOf(record['uuid']),
      exit: textOf(record['exit_value']),
      submithost: textOf(record['submithost']),
    }),
  };
}

function present(texts: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name in texts) {
    const text = texts[name];
    if (text !== undefined && text !== '') kept[name] = text;
  }
  return kept;
}
