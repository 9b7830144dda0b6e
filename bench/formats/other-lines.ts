import { ip, type Line, pick, stamp, USERS } from './lines.ts';

const STATEMENT = "SELECT id, name, email FROM customers WHERE id = 100233 AND status = 'open'";

/** `2026/03/01 10:00:00`. */
function slashStamp(i: number): string {
  return stamp(i).slice(0, 19).replaceAll('-', '/').replace('T', ' ');
}

const nginxError: Line = (random, i) =>
  `${slashStamp(i)} [error] ${1000 + (i % 9)}#0: *${i} access forbidden by rule, client: ${ip(random)}, server: shop.example.com, request: "GET /admin HTTP/1.1", host: "shop.example.com"`;

const apacheError: Line = (random, i) =>
  `[Sun Mar 01 ${stamp(i).slice(11, 19)}.${String(i % 1000).padStart(3, '0')}000 2026] [authz_core:error] [pid ${1000 + (i % 9)}:tid 140] [client ${ip(random)}:50422] AH01630: client denied by server configuration: /srv/www/admin`;

const mariadb: Line = (random, i) =>
  `${stamp(i).slice(0, 10).replaceAll('-', '')} ${stamp(i).slice(11, 19)},db-1,${pick(random, USERS)},${ip(random)},${100 + (i % 50)},${i},QUERY,shop,'${STATEMENT.replaceAll("'", "\\'")}',0`;

const mysql: Line = (random, i) =>
  JSON.stringify({
    timestamp: stamp(i).slice(0, 19).replace('T', ' '),
    id: i % 1000,
    class: 'general',
    event: 'status',
    connection_id: 100 + (i % 50),
    account: { user: pick(random, USERS), host: 'app-1' },
    login: { user: pick(random, USERS), os: '', ip: ip(random), proxy: '' },
    general_data: { command: 'Query', sql_command: 'select', query: STATEMENT, status: 0 },
  });

const journald: Line = (random, i) =>
  JSON.stringify({
    __REALTIME_TIMESTAMP: String(1_772_359_200_000_000 + i * 3000),
    _HOSTNAME: 'web-1',
    _COMM: 'sshd',
    _PID: String(1000 + (i % 9000)),
    _UID: '0',
    _EXE: '/usr/sbin/sshd',
    _SYSTEMD_UNIT: 'ssh.service',
    _TRANSPORT: 'syslog',
    SYSLOG_IDENTIFIER: 'sshd',
    SYSLOG_FACILITY: '4',
    PRIORITY: '6',
    MESSAGE: `Accepted publickey for ${pick(random, USERS)} from ${ip(random)} port 50422 ssh2: ED25519 SHA256:kH2g0m7Vw3mYp9mJqvQ4j1fW0nZ3y5sX8rT6uE2cBdA`,
  });

const event: Line = (random, i) =>
  JSON.stringify({
    timestamp: stamp(i),
    user_id: pick(random, USERS),
    event_type: 'document.read',
    resource: `/documents/${i % 9000}`,
    ip_address: ip(random),
    outcome: 'success',
  });

const csv: Line = (random, i) =>
  i === 0
    ? 'timestamp,user_id,event_type,resource,ip_address,outcome'
    : `${stamp(i)},${pick(random, USERS)},document.read,/documents/${i % 9000},${ip(random)},success`;

const logfmt: Line = (random, i) =>
  `time=${stamp(i)} user_id=${pick(random, USERS)} event_type=document.read resource=/documents/${i % 9000} ip_address=${ip(random)} outcome=success`;

export const otherLines: ReadonlyMap<string, Line> = new Map([
  ['nginx-error', nginxError],
  ['apache-error', apacheError],
  ['mariadb-audit', mariadb],
  ['mysql-audit', mysql],
  ['journald', journald],
  ['json', event],
  ['csv', csv],
  ['logfmt', logfmt],
]);
