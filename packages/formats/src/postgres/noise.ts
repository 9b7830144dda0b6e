import { noise, type Verdict } from '../result.ts';

/**
 * Messages of the server itself, by their beginnings as they stand in its source, and the code they are counted by. They say nothing of an access.
 */
const BEGINNINGS: readonly (readonly [code: string, beginnings: readonly string[]])[] = [
  ['checkpoint', ['checkpoint ', 'restartpoint ', 'checkpoints are occurring', 'recovery restart point', 'skipping restartpoint']],
  ['autovacuum', ['automatic vacuum', 'automatic aggressive vacuum', 'automatic analyze', 'autovacuum', 'skipping vacuum', 'skipping analyze', 'using stale statistics', 'automatic ']],
  ['startup', ['starting PostgreSQL', 'listening on ', 'database system is ready', 'database system was ', 'redirecting log output', 'ending log output', 'could not bind', 'entering standby mode', 'consistent recovery state', 'consistent state', 'redo ', 'last completed transaction', 'selected new timeline', 'archive recovery complete', 'starting archive recovery', 'starting point-in-time', 'starting backup recovery', 'completed backup recovery', 'recovery ', 'invalid record length', 'record with ', 'unexpected pageaddr', 'restored log file', 'MultiXact ', 'aio ', 'pgaudit extension initialized', 'pg_stat_', 'TimescaleDB', 'trigger file found', 'received promote request', 'promote', 'started streaming WAL', 'fetching timeline', 'primary server', 'initializing for', 'resetting unlogged relations', 'invalid resource manager', 'invalid magic number', 'incorrect resource manager', 'contrecord', 'there is no contrecord', 'invalid contrecord', 'number of prepared']],
  ['shutdown', ['received fast shutdown', 'received smart shutdown', 'received immediate shutdown', 'aborting any active transactions', 'shutting down', 'database system is shut down', 'terminating any other active', 'all server processes terminated', 'background worker ', 'server process ', 'archiver process', 'waiting for all ', 'abnormal database system shutdown', 'issuing SIGKILL', 'received unknown signal', 'logical replication ', 'untranslated phrase', 'connection to the client']],
  ['reload', ['received SIGHUP', 'configuration file ', 'pg_hba.conf was not reloaded', 'pg_ident.conf was not', 'skipping missing configuration', 'server reload', 'recheck ', 'could not load', 'SSL configuration', 'file "']],
  ['lock_wait', ['process ']],
  ['temporary_file', ['temporary file:']],
  ['archive', ['archived ', 'archive command', 'transferring ', 'archive_', 'could not archive', 'WAL archiv', 'requested WAL segment', 'removing ']],
  ['replication', ['standby ', 'acquired ', 'released ', 'terminating walsender', 'replication ', 'starting logical decoding', 'logical decoding found', 'sending replication', 'apply worker', 'table synchronization', 'streaming ', 'replica ', 'invalidating ', 'could not receive data from WAL', 'waiting for WAL', 'synchronous ', 'parallel apply', 'slot sync', 'newly created slot', 'dropped replication slot', 'snapshot ', 'invalidating obsolete', 'skipped ', 'starting replication', 'could not connect to the primary', 'WAL receiver', 'walreceiver']],
  ['client_gone', ['unexpected EOF on client connection', 'could not receive data from client', 'could not send data to client', 'could not initialize SSL connection', 'SSL error', 'SSL SYSCALL', 'SSL renegotiation', 'incomplete startup packet', 'invalid length of startup packet', 'incomplete message from client', 'could not accept new connection', 'client ', 'invalid message length', 'unexpected EOF within', 'terminating connection due', 'could not set SSL', 'received direct SSL', 'received unencrypted', 'received SSL request', 'rejected direct SSL']],
  ['hba_mapping', ['provided user name', 'no match in usermap', 'could not connect to Ident', 'could not receive response from Ident', 'could not send query to Ident', 'invalidly formatted response from Ident', 'pam_authenticate failed', 'could not perform initial LDAP bind', 'LDAP login failed', 'LDAP user ', 'could not obtain ', 'RADIUS response', 'pg_hba.conf: line', 'invalid connection type', 'could not translate', 'invalid authentication method', 'could not search LDAP', 'could not bind LDAP', 'could not map', 'password does not match', 'using deprecated']],
  ['statistics', ['PARSER STATISTICS', 'PARSE ANALYSIS STATISTICS', 'REWRITER STATISTICS', 'PLANNER STATISTICS', 'EXECUTOR STATISTICS', 'QUERY STATISTICS', 'ENTIRE QUERY', 'BIND MESSAGE', 'EXECUTE MESSAGE', 'parse tree', 'rewritten parse tree', 'plan:']],
  ['job', ['cron job', 'pg_cron', 'cron ', 'pg_partman', 'job ', 'background ']],
]; // biome-ignore format: a table

/** The first characters of every beginning, so that most messages are told by one look-up. */
const KEY_CHARS = 3;
const BY_KEY = indexed();

/** What a LOG line of the server is; `other_message` for one that we do not know, which says neither who nor what. */
export function serverNoise(message: string): Verdict {
  for (const [beginning, verdict] of BY_KEY.get(message.slice(0, KEY_CHARS)) ?? []) if (message.startsWith(beginning)) return verdict;
  return OTHER;
}

const OTHER = noise('other_message');

function indexed(): ReadonlyMap<string, readonly (readonly [string, Verdict])[]> {
  const index = new Map<string, (readonly [string, Verdict])[]>();
  for (const [code, beginnings] of BEGINNINGS) {
    const verdict = noise(code);
    for (const beginning of beginnings) {
      const key = beginning.slice(0, KEY_CHARS);
      const list = index.get(key) ?? [];
      list.push([beginning, verdict]);
      index.set(key, list);
    }
  }
  return index;
}
