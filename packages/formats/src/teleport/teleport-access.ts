import { type Action, actionOf, type Category } from '@daybook/protocol';

/** What an event of Teleport (lib/events/api.go) does, in our words: the longest beginning that is known. */
export interface TeleportAccess {
  readonly action: Action;
  readonly category: Category;
}

const ACCESS_OF_BEGINNING: readonly (readonly [string, Action | undefined, Category])[] = [
  ['user.login', 'login', 'authentication'],
  ['user.password_change', 'update', 'authentication'],
  ['user', undefined, 'iam'],
  ['auth', 'login', 'authentication'],
  ['mfa_auth_challenge.create', 'create', 'authentication'],
  ['mfa_auth_challenge', 'login', 'authentication'],
  ['saml.idp.auth', 'login', 'authentication'],
  ['device.authenticate', 'login', 'authentication'],
  ['device.enroll', 'create', 'iam'],
  ['device', undefined, 'iam'],
  ['cert.create', 'create', 'authentication'],
  ['cert', 'other', 'authentication'],
  ['spiffe.svid.issued', 'create', 'authentication'],
  ['bot.join', 'login', 'authentication'],
  ['instance.join', 'login', 'authentication'],
  ['bot', undefined, 'iam'],
  ['recovery_code.used', 'login', 'authentication'],
  ['recovery_code', 'create', 'authentication'],
  ['recovery_token', undefined, 'authentication'],
  ['reset_password_token', undefined, 'authentication'],
  ['privilege_token', undefined, 'authentication'],
  ['mfa.add', 'create', 'authentication'],
  ['mfa.delete', 'delete', 'authentication'],
  ['session.start', 'connect', 'session'],
  ['session.join', 'connect', 'session'],
  ['session.connect', 'connect', 'session'],
  ['session.rejected', 'connect', 'session'],
  ['session.leave', 'disconnect', 'session'],
  ['session.end', 'disconnect', 'session'],
  ['session.command', 'execute', 'session'],
  ['session.disk', 'read', 'file'],
  ['session.network', 'connect', 'session'],
  ['session.recording.access', 'read', 'data'],
  ['session.process_exit', 'disconnect', 'session'],
  ['session', undefined, 'session'],
  ['client.disconnect', 'disconnect', 'session'],
  ['exec', 'execute', 'session'],
  ['subsystem', 'execute', 'session'],
  ['port', 'connect', 'session'],
  ['x11-forward', 'connect', 'session'],
  ['kube.request', 'access', 'api'],
  ['db.session.start', 'connect', 'session'],
  ['db.session.end', 'disconnect', 'session'],
  ['db.session.permissions.update', 'grant', 'iam'],
  ['db.session.user.create', 'create', 'iam'],
  ['db.session.user.deactivate', 'revoke', 'iam'],
  ['db.session.mysql.create_db', 'create', 'config'],
  ['db.session.mysql.drop_db', 'delete', 'config'],
  ['db.session.mysql.shut_down', 'configure', 'config'],
  ['db.session.mysql.process_kill', 'configure', 'config'],
  ['db.session.mysql.refresh', 'configure', 'config'],
  ['db.session', 'query', 'data'],
  ['app.session.start', 'connect', 'session'],
  ['app.session.end', 'disconnect', 'session'],
  ['app.session', 'access', 'http'],
  ['windows.desktop.session.start', 'connect', 'session'],
  ['windows.desktop.session.end', 'disconnect', 'session'],
  ['desktop.clipboard.send', 'create', 'data'],
  ['desktop.clipboard.receive', 'read', 'data'],
  ['desktop.directory.share', 'share', 'file'],
  ['desktop.directory.read', 'read', 'file'],
  ['desktop.directory.write', 'update', 'file'],
  ['git.command', 'execute', 'data'],
  ['access_request.search', 'query', 'iam'],
  ['access_request.review', 'update', 'iam'],
  ['access_request', undefined, 'iam'],
  ['access_list.member.create', 'grant', 'iam'],
  ['access_list.member.update', 'grant', 'iam'],
  ['access_list.member.delete', 'revoke', 'iam'],
  ['access_list', undefined, 'iam'],
  ['role.created', 'grant', 'iam'],
  ['role.updated', 'grant', 'iam'],
  ['role.deleted', 'revoke', 'iam'],
  ['lock.created', 'revoke', 'iam'],
  ['lock.deleted', 'grant', 'iam'],
  ['join_token', undefined, 'iam'],
  ['bot_token', undefined, 'iam'],
  ['static_host_user', undefined, 'iam'],
  ['stable_unix_user', undefined, 'iam'],
  ['workload_identity', undefined, 'iam'],
  ['trusted_cluster_token', undefined, 'iam'],
  ['secreports', 'query', 'data'],
  ['ssm.run', 'execute', 'api'],
  ['azure.run', 'execute', 'api'],
  ['scp', 'access', 'file'],
  ['sftp', 'access', 'file'],
];

/** Parts of the protocol that belong to a query or a session which has its own event. */
const NOISE: ReadonlyMap<string, string> = new Map([
  ['print', 'session_print'],
  ['resize', 'session_resize'],
  ['session.data', 'session_data'],
  ['session.upload', 'session_upload'],
  ['app.session.chunk', 'session_chunk'],
  ['desktop.recording', 'session_recording'],
  ['sftp_summary', 'sftp_summary'],
  ['db.session.postgres.statements.close', 'statement_close'],
  ['db.session.mysql.statements.close', 'statement_close'],
  ['db.session.mysql.statements.reset', 'statement_reset'],
  ['db.session.mysql.statements.send_long_data', 'statement_data'],
  ['db.session.mysql.statements.fetch', 'statement_fetch'],
  ['db.session.result', 'statement_result'],
]);

export function noiseOf(type: string): string | undefined {
  return NOISE.get(type);
}

const CACHE_MAX = 2048;
const NAME_CHARS_MAX = 128;
const cache = new Map<string, TeleportAccess>();

export function accessOf(type: string): TeleportAccess {
  const known = cache.get(type);
  if (known !== undefined) return known;
  const access = findAccess(type);
  if (cache.size < CACHE_MAX && type.length <= NAME_CHARS_MAX) cache.set(type, access);
  return access;
}

/** `role.created` → create: words of the past are verbs, too. */
const PAST: Readonly<Record<string, Action>> = { created: 'create', updated: 'update', deleted: 'delete', expire: 'delete' };

function findAccess(type: string): TeleportAccess {
  const own = type.slice(type.lastIndexOf('.') + 1);
  const word = Object.hasOwn(PAST, own) ? (PAST[own] ?? 'other') : actionOf(own);
  for (const [beginning, action, category] of ACCESS_OF_BEGINNING)
    if (type === beginning || type.startsWith(`${beginning}.`)) return { action: action ?? word, category };
  return { action: word, category: 'config' };
}

/** File operations: the number in the code is the SFTP request (TS001 open … TS019 link); scp says it in `action`. */
const ACTION_OF_SFTP: Readonly<Record<string, Action>> = {
  TS001: 'read',
  TS003: 'read',
  TS004: 'update',
  TS007: 'update',
  TS008: 'update',
  TS009: 'list',
  TS010: 'list',
  TS011: 'delete',
  TS012: 'create',
  TS013: 'delete',
  TS016: 'update',
  TS017: 'read',
  TS018: 'create',
  TS019: 'create',
};
const OPEN = 'TS001';
/** Flags of an open (draft-ietf-secsh-filexfer, SSH_FXF_WRITE, SSH_FXF_CREAT). */
const WRITING = 2;
const CREATING = 8;

export function actionOfTransfer(code: string, direction: string | undefined, flags: number): Action {
  const number = code.slice(0, -1);
  if (number === OPEN && (flags & WRITING) !== 0) return (flags & CREATING) === 0 ? 'update' : 'create';
  if (Object.hasOwn(ACTION_OF_SFTP, number)) return ACTION_OF_SFTP[number] ?? 'access';
  return direction === 'upload' ? 'create' : direction === 'download' ? 'read' : 'access';
}
