import { redactedCommand } from '../redaction/command-line.ts';
import type { Finding, Message } from './claim.ts';

/**
 * polkit (src/polkitbackend/polkitbackendinteractiveauthority.c):
 *
 *     Operator of SUBJECT successfully authenticated as unix-user:NAME to gain (ONE-SHOT|TEMPORARY) authorization for action ACTION for PROCESS [COMMAND] (owned by unix-user:OWNER)
 *     Operator of SUBJECT FAILED to authenticate to gain authorization for action …
 *
 * The command is the caller's; everything before it, and the owner behind it, is polkit's.
 */
export function polkitFinding({ text }: Message): Finding {
  const found =
    /^Operator of (\S+) (?:successfully authenticated as unix-user:(\S+) to gain (?:\S+ )?|FAILED to authenticate to gain )authorization for action (\S+) for (\S+) \[(.*)\] \(owned by unix-user:([^)\s]+)\)/.exec(
      text,
    );
  if (found === null) return 'polkit_notice';
  const [, subject, as, action, process, command = '', owner] = found;
  return {
    type: 'authorization',
    action: 'grant',
    category: 'authentication',
    outcome: as === undefined ? 'failure' : 'success',
    user: owner,
    effectiveUser: as,
    resource: action,
    resourceType: 'polkit-action',
    resourceId: action,
    attributes: { subject, process, command: redactedCommand(command) },
  };
}

/** pkexec.c log_message(): `NAME: TEXT [USER=u] [TTY=t] [CWD=d] [COMMAND=c]`. The command is last and the caller's, and so is the directory. */
export function pkexecFinding({ text }: Message): Finding {
  const found = /^(\S+): ([^[]*) \[USER=(\S*?)\] \[TTY=(\S*?)\] \[CWD=(.*?)\] \[COMMAND=(.*)\]$/s.exec(text);
  if (found === null) return 'polkit_notice';
  const [, user, said = '', target, tty, cwd, command = ''] = found;
  const ran = said === 'Executing command';
  const masked = redactedCommand(command);
  return {
    type: 'pkexec',
    action: 'execute',
    category: 'session',
    outcome: ran ? 'success' : /not authorized|denied|dismissed/i.test(said) ? 'denied' : 'failure',
    user,
    effectiveUser: target,
    resource: masked,
    resourceType: 'command',
    resourceId: masked.split(' ', 1)[0],
    reason: ran ? undefined : said,
    attributes: { tty, cwd },
  };
}

/** doas (OpenBSD, OpenDoas): the directory is the caller's, the command is cut by it; the target is an account. */
export function doasFinding({ text }: Message): Finding {
  const ran = /^(\S+) ran command (.*) as (\S+) from (.*)$/s.exec(text);
  if (ran !== null) return doas(ran[1], { command: ran[2], target: ran[3], cwd: ran[4], outcome: 'success', reason: undefined });
  const refused = /^command not permitted for (\S+): (.*)$/s.exec(text);
  if (refused !== null)
    return doas(refused[1], { command: refused[2], target: undefined, cwd: undefined, outcome: 'denied', reason: 'command not permitted' });
  const failed = /^failed auth for (\S+)$/.exec(text);
  return failed === null
    ? 'doas_notice'
    : doas(failed[1], { command: undefined, target: undefined, cwd: undefined, outcome: 'failure', reason: 'failed auth' });
}

interface Doas {
  readonly command: string | undefined;
  readonly target: string | undefined;
  readonly cwd: string | undefined;
  readonly outcome: 'success' | 'denied' | 'failure';
  readonly reason: string | undefined;
}

function doas(user: string | undefined, { command, target, cwd, outcome, reason }: Doas): Finding {
  const masked = command === undefined ? undefined : redactedCommand(command);
  return {
    type: 'doas',
    action: 'execute',
    category: 'session',
    outcome,
    user,
    effectiveUser: target,
    resource: masked ?? 'doas',
    resourceType: 'command',
    resourceId: masked?.split(' ', 1)[0],
    reason,
    attributes: cwd === undefined ? {} : { cwd },
  };
}
