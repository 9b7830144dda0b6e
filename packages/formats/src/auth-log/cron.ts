import { redactedCommand } from '../redaction/command-line.ts';
import type { Claim, Finding, Message } from './claim.ts';

/**
 * Vixie cron and cronie (misc.c log_it()): `(USER) EVENT (DETAIL)`. USER is an account or a word of cron's own in capitals or stars.
 */
export function cronFinding({ text }: Message): Finding {
  const barred = /^\(([^)]*)\) FAILED to (authorize user with PAM|open PAM security session) \((.*)\)$/.exec(text.trimEnd());
  if (barred !== null)
    return { ...claimOf('FAILED', barred[1] ?? '', 'execute'), outcome: 'denied', reason: `${barred[2] ?? ''} (${barred[3] ?? ''})` };
  // A name has no brackets, so that only one place can be where the event begins.
  const found = /^\(([^)]*)\) ([A-Z ]{1,20}?) \((.*)\)$/s.exec(text.trimEnd());
  if (found === null) return busyboxCron(text);
  const [, user = '', word = '', detail = ''] = found;
  switch (word) {
    case 'CMD': {
      // The blanks that stand before it in the table are logged too.
      const command = detail.trimStart();
      return {
        ...claimOf(word, user, 'execute'),
        resource: redactedCommand(command),
        resourceType: 'command',
        resourceId: command.split(' ', 1)[0],
      };
    }
    case 'LIST':
      return crontab(word, user, detail, 'read');
    case 'BEGIN EDIT':
    case 'REPLACE':
      return crontab(word, user, detail, 'update');
    case 'DELETE':
    case 'REMOVE':
      return crontab(word, user, detail, 'delete');
    case 'AUTH':
      return { ...crontab(word, user, user, 'update'), outcome: 'denied', reason: detail };
    default:
      return 'cron_notice';
  }
}

/** Busybox (miscutils/crond.c start_one_job()): `USER NAME pid N cmd COMMAND`. */
function busyboxCron(text: string): Finding {
  const found = /^USER (\S{1,64}) pid +\d{1,10} cmd (.*)$/s.exec(text);
  if (found === null) return 'cron_notice';
  const [, user = '', command = ''] = found;
  return {
    ...claimOf('cmd', user, 'execute'),
    resource: redactedCommand(command),
    resourceType: 'command',
    resourceId: command.split(' ', 1)[0],
  };
}

function claimOf(type: string, user: string, action: Claim['action']): Claim {
  return { type, action, category: 'session', outcome: 'success', user, authMethod: undefined };
}

/** Someone looks at or changes what runs for whom. */
function crontab(type: string, user: string, owner: string, action: Claim['action']): Claim {
  return {
    ...claimOf(type, user, action),
    category: 'config',
    target: owner,
    resource: `crontab ${owner}`,
    resourceType: 'crontab',
    resourceId: owner,
  };
}

/** atd: `Starting job 7 (a0000701b1) for user 'alice' (1000)`. */
export function atFinding({ text }: Message): Finding {
  const found = /^Starting job (\d+) \((\S+)\) for user '(.*)' \((\d+)\)$/.exec(text);
  if (found === null) return 'cron_notice';
  const [, job, file, user] = found;
  return {
    ...claimOf('Starting job', user ?? '', 'execute'),
    resource: `job ${job ?? ''}`,
    resourceType: 'job',
    resourceId: job,
    attributes: { file },
  };
}
