import { describe, expect, it } from 'vitest';
import { csvLine, judged, readLog } from './test-postgres.ts';

const f = (severity: string, message: string, fields: object, who = 'alice@shop') =>
  it(`${severity}: ${message.slice(0, 90)}`, () => {
    const verdict = judged(message, { severity, who });
    expect(verdict.result).toBe('event');
    expect(verdict.event).toMatchObject(fields);
  });

describe('connections', () => {
  f(
    'LOG',
    'connection received: host=10.0.0.9 port=5000',
    { action: 'connect', outcome: 'unknown', ip_address: '10.0.0.9', actor_type: 'unknown' },
    '[unknown]@[unknown]',
  );
  f(
    'LOG',
    'connection received: host=[local]',
    { action: 'connect', attributes: { client_host: '[local]', process_id: '77' } },
    '[unknown]@[unknown]',
  );
  f('LOG', 'connection received: host=2001:db8::1 port=5000', { ip_address: '2001:db8::1' }, '[unknown]@[unknown]');
  f('LOG', 'connection authenticated: identity="alice" method=scram-sha-256 (/etc/postgresql/15/main/pg_hba.conf:97)', {
    action: 'connect',
    category: 'authentication',
    auth_method: 'scram-sha-256',
    outcome: 'success',
  });
  f('LOG', 'connection authenticated: user="alice" method=trust (/var/pg_hba.conf:3)', { auth_method: 'trust' });
  f('LOG', 'connection authorized: user=alice database=shop application_name=psql SSL enabled (protocol=TLSv1.3, cipher=TLS_AES_256_GCM_SHA384, bits=256)', {
    action: 'login', outcome: 'success', user_id: 'alice', user_agent: 'psql', attributes: { process_id: '77', ssl: { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', bits: 256 } },
  }); // biome-ignore format: short
  f(
    'LOG',
    'connection authorized: user=alice database=shop SSL enabled (protocol=TLSv1.2, cipher=ECDHE-RSA-AES256-GCM-SHA384, bits=256, compression=off)',
    { action: 'login' },
  );
  f(
    'LOG',
    'replication connection authorized: user=rep application_name=walreceiver',
    { event_type: 'replication connection authorized', action: 'login', user_id: 'rep' },
    'rep@[unknown]',
  );
  f('LOG', 'disconnection: session time: 1:02:03.004 user=alice database=shop host=10.0.0.9 port=5000', {
    action: 'disconnect',
    duration_ms: 3_723_004,
    ip_address: '10.0.0.9',
  });
  f('LOG', "received replication command: BASE_BACKUP ( LABEL 'x' )", { event_type: 'BASE_BACKUP', action: 'export' });
  f('LOG', 'parameter "pgaudit.log" changed to "none"', { action: 'configure', resource: 'pgaudit.log', outcome: 'success' });
});

describe('refused connections', () => {
  f('FATAL', 'password authentication failed for user "alice"', {
    action: 'login',
    category: 'authentication',
    outcome: 'failure',
    auth_method: 'password',
    event_type: 'password authentication failed',
  });
  f('FATAL', 'Ident authentication failed for user "alice"', { outcome: 'failure', auth_method: 'ident' });
  f('FATAL', 'Peer authentication failed for user "alice"', { outcome: 'failure', auth_method: 'peer' });
  f(
    'FATAL',
    'no pg_hba.conf entry for host "10.0.0.9", user "alice", database "shop", no encryption',
    { outcome: 'denied', ip_address: '10.0.0.9', user_id: 'alice', event_type: 'no pg_hba.conf entry' },
    '[unknown]@[unknown]',
  );
  f(
    'FATAL',
    'no pg_hba.conf entry for replication connection from host "10.0.0.9", user "rep", SSL off',
    { outcome: 'denied', user_id: 'rep', ip_address: '10.0.0.9' },
    '[unknown]@[unknown]',
  );
  f('FATAL', 'pg_hba.conf rejects connection for host "10.0.0.9", user "alice", database "shop", SSL on', {
    outcome: 'denied',
    ip_address: '10.0.0.9',
    event_type: 'pg_hba.conf rejects connection',
  });
  f('FATAL', 'role "eve" does not exist', { outcome: 'failure', user_id: 'eve', event_type: 'role does not exist' }, '[unknown]@[unknown]');
  f('FATAL', 'database "nosuch" does not exist', { outcome: 'failure', resource: 'nosuch' }, 'alice@[unknown]');
  f('FATAL', 'role "alice" is not permitted to log in', { outcome: 'denied' });
  f('FATAL', 'permission denied for database "shop"', { outcome: 'denied' });
  f('FATAL', 'too many connections for role "alice"', { outcome: 'failure' });
  f('FATAL', 'sorry, too many clients already', { outcome: 'failure', action: 'login' });
  f('FATAL', 'remaining connection slots are reserved for non-replication superuser connections', { outcome: 'failure' });
  f('FATAL', 'terminating connection due to administrator command', { action: 'disconnect', outcome: 'failure' });
  f('FATAL', 'terminating connection due to idle-session timeout', { action: 'disconnect' });

  it('a FATAL of a session that was let in is its end; a database that refuses it is a failed login', () => {
    const line = (message: string, severity: string, pid = 77) =>
      `2024-01-02 10:00:00.123 UTC [${pid}] alice@shop ${severity}:  ${message}\n`;
    const letIn = 'connection authorized: user=alice database=shop';
    const text = `${line(letIn, 'LOG')}${line('invalid frontend message type 88', 'FATAL')}${line(letIn, 'LOG', 78)}${line('database "shop" does not exist', 'FATAL', 78)}`;
    const results = readLog('pgaudit-stderr', text, { log_line_prefix: '%m [%p] %q%u@%d ' });
    expect(results.map(({ event }) => [event?.['action'], event?.['outcome']])).toEqual([
      ['login', 'success'],
      ['disconnect', 'failure'],
      ['login', 'success'],
      ['login', 'failure'],
    ]);
  });

  it.each([
    ['authentication', 'login'],
    ['startup', 'login'],
    ['idle', 'disconnect'],
    ['SELECT', 'disconnect'],
  ])('csvlog tells by its tag what a FATAL ended: %s', (tag, action) => {
    const [result] = readLog('pgaudit-csv', csvLine('some trouble', { 7: `"${tag}"`, 11: 'FATAL' }));
    expect(result?.event).toMatchObject({ action, outcome: 'failure' });
  });
});

describe('a FATAL', () => {
  f('FATAL', 'invalid frontend message type 88', { action: 'disconnect', category: 'session', outcome: 'failure' });
  f('FATAL', 'protocol synchronization was lost', { action: 'disconnect', outcome: 'failure' });
  f('FATAL', 'could not open relation mapping file "global/pg_filenode.map"', { action: 'other', category: 'session', outcome: 'failure' });
  f(
    'FATAL',
    'unsupported frontend protocol 65363.19778: server supports 3.0 to 3.0',
    { action: 'connect', outcome: 'failure' },
    '[unknown]@[unknown]',
  );
  f('FATAL', 'permission denied to start WAL sender', { action: 'login', outcome: 'denied' });
  f('FATAL', 'Passwort-Authentifizierung für Benutzer »alice« fehlgeschlagen', { action: 'login', outcome: 'failure', user_id: 'alice' });
  f('FATAL', 'Datei konnte nicht gelesen werden', { action: 'other', category: 'session', outcome: 'failure' });

  it('that refuses a log-in does so whatever the same process id was before', () => {
    const line = (message: string, severity: string) => `2024-01-02 10:00:00.123 UTC [77] alice@shop ${severity}:  ${message}\n`;
    const refusals = [
      'password authentication failed for user "alice"',
      'no pg_hba.conf entry for host "10.0.0.9", user "alice", database "shop", no encryption',
    ];
    const text = [
      line('connection authorized: user=alice database=shop', 'LOG'),
      ...refusals.map((message) => line(message, 'FATAL')),
    ].join('');
    const [, ...results] = readLog('pgaudit-stderr', text, { log_line_prefix: '%m [%p] %q%u@%d ' });
    expect(results.map(({ event }) => [event?.['action'], event?.['outcome']])).toEqual([
      ['login', 'failure'],
      ['login', 'denied'],
    ]);
  });

  it.each([
    ['FATAL', '28P01', 'login'],
    ['ΜΟΙΡΑΙΟ', '28000', 'login'],
    ['FATAL', '53300', 'login'],
    ['FATAL', '3D000', 'login'],
    ['ΜΟΙΡΑΙΟ', '57P01', 'disconnect'],
    ['FATAL', '57P05', 'disconnect'],
    ['FATAL', '25P03', 'disconnect'],
  ])('in any language is told by its state: %s %s', (word, state, action) => {
    const columns = { 7: '""', 11: word, 12: state };
    expect(readLog('pgaudit-csv', csvLine('…', columns))).toMatchObject([
      { event: { action, outcome: 'failure', user_id: 'alice', status_code: state } },
    ]);
  });
});

describe('other languages', () => {
  f('FEHLER', 'keine Berechtigung für Tabelle secret', { outcome: 'denied' });
  f('ERREUR', 'droit refusé pour la table secret', { outcome: 'denied' });
  f('ERROR', 'テーブル secret へのアクセスが拒否されました', { outcome: 'denied' });
  f('错误', '对表 secret 权限不够', { outcome: 'denied' });
  f('FATAL', 'kein pg_hba.conf-Eintrag für Host »10.0.0.9«, Benutzer »alice«, Datenbank »shop«, keine Verschlüsselung', {
    action: 'login',
    outcome: 'denied',
  });
  f('ВАЖНО', 'закрытие подключения по команде администратора', { action: 'disconnect', outcome: 'failure' });
  f('ФАТАЛЬНО', 'підключення до клієнта втрачено', { action: 'disconnect', outcome: 'failure' });
  f('FATAL', "arrêt des connexions suite à la demande de l'administrateur", { action: 'disconnect' });

  it.each([
    'ANWEISUNG:',
    'INSTRUCTION :',
    'INSTRUCTION\u00a0:',
    'SENTENCIA:',
    'ISTRUZIONE:',
    '文:',
    'ოპერატორი:',
    '명령 구문:',
    'ОПЕРАТОР:',
    'SATS:',
    'ІНСТРУКЦІЯ:',
    '语句:',
  ])('the statement of an error: %s', (label) => {
    const line = (text: string) => `2024-01-02 10:00:00.123 UTC [77] alice@shop ${text}\n`;
    expect(readLog('pgaudit-stderr', line('ERROR:  …') + line(`${label}  select * from secret`))).toMatchObject([
      { lastLine: 2, event: { query_text: 'select * from secret', resource: 'secret', outcome: 'failure' } },
    ]);
  });
});

describe('handshakes and replication', () => {
  f('LOG', 'could not accept SSL connection: tlsv1 alert unknown ca', {
    event_type: 'could not accept SSL connection',
    action: 'connect',
    category: 'session',
    outcome: 'failure',
    reason: 'could not accept SSL connection: tlsv1 alert unknown ca',
  });
  f('LOG', 'received replication command: IDENTIFY_SYSTEM', { action: 'read', category: 'config' }, 'rep@[unknown]');
  f('LOG', 'received replication command: START_REPLICATION SLOT "s" 0/3000000 TIMELINE 1', { action: 'export', category: 'data' });
  f('LOG', 'received replication command: DROP_REPLICATION_SLOT "s1"', {
    action: 'delete',
    category: 'config',
    resource: 's1',
    resource_type: 'replication slot',
  });
});

describe('statements', () => {
  f('LOG', 'statement: COPY (select * from orders) TO STDOUT', { action: 'export' });
  f('LOG', 'statement: FETCH 100 FROM c', { action: 'read', resource: 'c', resource_type: 'cursor' });
  f('LOG', 'statement: GRANT USAGE ON SCHEMA s TO bob', { action: 'grant', resource: 's', resource_type: 'schema', target_user_id: 'bob' });
  f('LOG', 'statement: GRANT SELECT ON ALL TABLES IN SCHEMA s TO bob', { resource: 's', resource_type: 'schema' });
  f('LOG', 'statement: REVOKE EXECUTE ON PROCEDURE p FROM bob', { resource: 'p', resource_type: 'procedure', target_user_id: 'bob' });
  f('LOG', 'statement: DROP OWNED BY bob', { event_type: 'DROP OWNED', resource: 'bob', resource_type: 'role', target_user_id: 'bob' });
  f('LOG', 'statement: REASSIGN OWNED BY bob TO alice', { event_type: 'REASSIGN OWNED', target_user_id: 'bob' });
  f('LOG', 'statement: ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO bob', {
    resource: 'shop',
    resource_type: 'database',
    target_user_id: 'bob',
  });
  f('LOG', 'statement: CREATE USER MAPPING IF NOT EXISTS FOR bob SERVER s', { event_type: 'CREATE USER MAPPING', target_user_id: 'bob' });
  f('LOG', 'statement: select * from "Orders" where id = 1', {
    event_type: 'SELECT',
    action: 'read',
    outcome: 'unknown',
    resource: 'Orders',
    resource_type: 'table',
    resource_parent: 'shop',
  });
  f('LOG', 'execute <unnamed>: insert into orders (a) values ($1)', {
    event_type: 'INSERT',
    action: 'create',
    outcome: 'unknown',
    resource: 'orders',
  });
  f('LOG', 'execute S_1/P_2: update only orders set a = 1', {
    action: 'update',
    resource: 'orders',
    attributes: { process_id: '77', prepared_statement: 'S_1/P_2' },
  });
  f('LOG', 'duration: 12.345 ms  statement: delete from orders', { action: 'delete', outcome: 'success', duration_ms: 12.345 });
  f('LOG', 'duration: 0.100 ms  execute fetch from <unnamed>/C_1: select 1 from t', { outcome: 'success' });
  f('LOG', "statement: ALTER ROLE bob WITH ENCRYPTED PASSWORD 'hunter2'", {
    action: 'update',
    category: 'iam',
    target_user_id: 'bob',
    query_text: 'ALTER ROLE bob WITH ENCRYPTED PASSWORD [redacted]',
  });
  f('LOG', 'statement: /* hello */ -- there\n\tCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)', {
    event_type: 'CREATE INDEX',
    action: 'create',
    category: 'config',
    resource: 'i',
  });
  f('LOG', 'statement: WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone', {
    event_type: 'DELETE',
    action: 'delete',
    resource: 'orders',
  });
  f('LOG', 'statement: COPY public.orders FROM STDIN', { action: 'create', resource: 'public.orders' });
  f('LOG', 'statement: REVOKE ALL ON orders FROM bob', { action: 'revoke', category: 'iam', target_user_id: 'bob', resource: 'orders' });
  f('LOG', 'fastpath function call: "lo_open" (OID 952)', { action: 'execute', resource: 'lo_open' });
  f('LOG', 'duration: 3.1 ms  plan:\n\tQuery Text: SELECT * FROM orders\n\tSeq Scan on orders  (cost=0.00..1.00 rows=1 width=4)', {
    action: 'read',
    outcome: 'success',
    query_text: 'SELECT * FROM orders',
  });
  f('ERROR', 'permission denied for table account', { outcome: 'denied', resource: 'account', resource_type: 'table' });
  f('ERROR', 'must be owner of table account', { outcome: 'denied', resource: 'account' });
  f('ERROR', 'new row violates row-level security policy for table "account"', { outcome: 'denied' });
  f('ERROR', 'duplicate key value violates unique constraint "k"', {
    outcome: 'failure',
    reason: 'duplicate key value violates unique constraint "k"',
  });

  it('joins what belongs to an error', () => {
    const log = [
      '2024-01-02 10:00:00.123 UTC [77] alice@shop ERROR:  permission denied for table account at character 15',
      '2024-01-02 10:00:00.123 UTC [77] alice@shop DETAIL:  some',
      '\tmore',
      '2024-01-02 10:00:00.123 UTC [77] alice@shop HINT:  ask',
      '2024-01-02 10:00:00.123 UTC [77] alice@shop CONTEXT:  SQL function "f"',
      '2024-01-02 10:00:00.123 UTC [77] alice@shop STATEMENT:  select *',
      '\tfrom account;',
      '2024-01-02 10:00:01.123 UTC [78] LOG:  checkpoint starting: time',
    ].join('\n');
    const [error, checkpoint] = readLog('pgaudit-stderr', log);
    expect(error).toMatchObject({
      line: 1,
      lastLine: 7,
      result: 'event',
      event: { outcome: 'denied', query_text: 'select *\nfrom account;', event_type: 'SELECT' },
    });
    expect(error?.event?.['attributes']).toMatchObject({ detail: 'some\nmore', hint: 'ask', context: 'SQL function "f"' });
    expect(error?.text).toBe(log.slice(0, log.lastIndexOf('\n')));
    expect(checkpoint).toMatchObject({ line: 8, result: 'noise', code: 'checkpoint' });
  });

  it('takes state and columns from csvlog', () => {
    const columns = { 11: 'ERROR', 12: '42501', 14: '"d"', 15: '"h"', 19: '"select * from secret_table, b"' };
    expect(readLog('pgaudit-csv', csvLine('permission denied for table secret_table', columns))).toMatchObject([
      {
        event: {
          outcome: 'denied',
          status_code: '42501',
          session_id: '6593e0a0.4d',
          source_event_id: '6593e0a0.4d/3',
          ip_address: '10.0.0.7',
          user_agent: 'psql',
          attributes: { client_port: '5000', detail: 'd', hint: 'h' },
        },
      },
    ]);
  });
});

describe('noise', () => {
  it.each([
    ['checkpoint complete: wrote 3 buffers', 'checkpoint'],
    ['automatic vacuum of table "shop.public.t": index scans: 0', 'autovacuum'],
    ['database system is ready to accept connections', 'startup'],
    ['received fast shutdown request', 'shutdown'],
    ['received SIGHUP, reloading configuration files', 'reload'],
    ['process 12 still waiting for ShareLock on transaction 3 after 1000 ms', 'lock_wait'],
    ['temporary file: path "base/pgsql_tmp/x", size 5', 'temporary_file'],
    ['could not receive data from client: Connection reset by peer', 'client_gone'],
    ['duration: 0.5 ms', 'duration'],
    ['duration: 0.5 ms  bind <unnamed>: select 1', 'parse_bind'],
    ['statement: BEGIN', 'transaction'],
    ['connection ready: setup total=3.2 ms, fork=0.4 ms, authentication=0.2 ms', 'connection_ready'],
    ['something new', 'other_message'],
  ])('%s', (message, code) => expect(judged(message)).toMatchObject({ result: 'noise', code }));

  it('tells the server from its clients', () => {
    expect(
      readLog('pgaudit-csv', csvLine('canceling autovacuum task', { 1: '', 2: '', 11: 'ERROR', 12: '57014', 23: '"autovacuum worker"' })),
    ).toMatchObject([{ result: 'noise', code: 'background_error' }]);
  });

  it.each(['WARNING', 'NOTICE', 'INFO', 'DEBUG2'])('%s', (severity) => expect(judged('hello', { severity }).result).toBe('noise'));
});
