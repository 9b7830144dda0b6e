import type { Claim, Finding } from './claim.ts';

/**
 * sftp-server and internal-sftp (openssh-portable sftp-server.c, at LogLevel INFO or VERBOSE). They know a file and not who asks: the session's own first
 * line does, and is joined by its process. Names are escaped (octal, backslash), so that a quote in a name cannot end it.
 */
export function sftpFinding(text: string): Finding {
  const session = /^session (opened|closed) for local user (.*) from \[(\S+)\]$/.exec(text);
  if (session !== null) return sessionClaim(session[1] ?? '', session[2] ?? '', session[3] ?? '');
  const blank = text.indexOf(' ');
  const word = blank < 0 ? text : text.slice(0, blank);
  const quoted = /^[a-z-]+ (?:name |old |close |)"((?:[^"\\]|\\.)*)"(?: ?)(.*)$/.exec(text);
  if (quoted !== null) return operation(word, quoted[1] ?? '', quoted[2] ?? '');
  if (text.startsWith('sent status ')) return 'sftp_status';
  if (text.startsWith('Refusing ')) return refused(text);
  return /^(?:received client version|realpath|debug|read|write|handle|process|Unknown|client|flush|bad message|copy-data|users-groups|no handle|error)\b/.test(
    text,
  )
    ? 'sftp_protocol'
    : undefined;
}

/** process_client_message(): `Refusing REQUEST request in read-only mode`, `Refusing (denylisted|non-allowlisted) REQUEST request`; the words are the server's. */
function refused(text: string): Finding {
  const found =
    /^Refusing (?:([\w@.-]+) request in read-only mode|(?:denylisted|non-allowlisted|blacklisted|non-whitelisted) ([\w@.-]+) request)$/.exec(
      text,
    );
  if (found === null) return undefined;
  const word = found[1] ?? found[2] ?? '';
  const action = Object.hasOwn(ACTIONS, word) ? (ACTIONS[word] ?? 'access') : 'access';
  return {
    type: 'Refusing',
    action: found[1] === 'open' ? 'update' : action,
    category: 'file',
    outcome: 'denied',
    protocol: 'sftp',
    method: word,
    reason: text,
  };
}

function sessionClaim(what: string, user: string, from: string): Claim {
  const action = what === 'opened' ? 'connect' : 'disconnect';
  return { type: `session ${what}`, action, category: 'session', outcome: 'success', user, from, protocol: 'sftp' };
}

const ACTIONS: Readonly<Record<string, Claim['action']>> = {
  open: 'read',
  close: 'access',
  forced: 'access',
  remove: 'delete',
  rename: 'update',
  'posix-rename': 'update',
  mkdir: 'create',
  rmdir: 'delete',
  opendir: 'list',
  set: 'update',
  lsetstat: 'update',
  symlink: 'create',
  hardlink: 'create',
  link: 'create',
  stat: 'read',
  lstat: 'read',
  fstat: 'read',
  readlink: 'read',
  statvfs: 'read',
  fsync: 'update',
  'copy-data': 'read',
};
/** They repeat what another line says, or what every client does on its own. */
const NOISE = new Set(['closedir', 'realpath', 'expand', 'limits', 'fstatvfs']);

/** What was asked for: sftp-server logs it before it does it, so that only a `close` tells that something went through. */
function operation(word: string, path: string, rest: string): Finding {
  if (NOISE.has(word)) return 'sftp_protocol';
  const action = Object.hasOwn(ACTIONS, word) ? ACTIONS[word] : undefined;
  if (action === undefined) return undefined;
  const bytes = /^bytes read (\d+) written (\d+)$/.exec(rest);
  const writes = /\b(?:WRITE|CREATE|APPEND|TRUNCATE)\b/.test(rest);
  const target = /^new "((?:[^"\\]|\\.)*)"$/.exec(rest)?.[1];
  return {
    type: word === 'forced' ? 'forced close' : word,
    action: word === 'open' && writes ? 'update' : bytes === null ? action : byBytes(Number(bytes[1]), Number(bytes[2])),
    category: 'file',
    outcome: bytes === null ? 'unknown' : 'success',
    resource: path,
    resourceType: word === 'mkdir' || word === 'rmdir' || word === 'opendir' ? 'directory' : 'file',
    resourceId: path,
    protocol: 'sftp',
    method: word,
    bytesOut: bytes === null ? undefined : Number(bytes[1]),
    attributes: detailOf(rest, bytes, target),
  };
}

function byBytes(read: number, written: number): Claim['action'] {
  if (written > 0) return 'update';
  return read > 0 ? 'read' : 'access';
}

function detailOf(rest: string, bytes: RegExpExecArray | null, target: string | undefined): Readonly<Record<string, unknown>> {
  if (bytes !== null) return { bytes_written: Number(bytes[2]) };
  if (target !== undefined) return { new_path: target };
  return rest === '' ? {} : { detail: rest };
}
