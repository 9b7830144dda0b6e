import { ip, type Line, pick, stamp, USERS } from './lines.ts';

const PATHS = ['/', '/api/v1/orders/100233?expand=items', '/assets/app.4f1c9e.js', '/login', '/account/settings'];
const STATUS = ['200', '200', '200', '304', '401', '403', '404', '500'];
const AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0';
const MONTHS = ['Jan', 'Feb', 'Mar'];

/** `01/Mar/2026:10:00:00 +0000`. */
function commonStamp(i: number): string {
  const text = stamp(i);
  return `${text.slice(8, 10)}/${MONTHS[Number(text.slice(5, 7)) - 1] ?? 'Mar'}/${text.slice(0, 4)}:${text.slice(11, 19)} +0000`;
}

function classicStamp(i: number): string {
  const text = stamp(i);
  return `${MONTHS[Number(text.slice(5, 7)) - 1] ?? 'Mar'} ${text.slice(8, 10).replace(/^0/, ' ')} ${text.slice(11, 19)}`;
}

const combined: Line = (random, i) =>
  `${ip(random)} - ${random() < 0.2 ? pick(random, USERS) : '-'} [${commonStamp(i)}] "GET ${pick(random, PATHS)} HTTP/1.1" ${pick(random, STATUS)} ${Math.floor(random() * 40_000)} "https://shop.example.com/" "${AGENT}"`;

const authLog: Line = (random, i) => {
  const user = pick(random, USERS);
  const sshd = `${classicStamp(i)} web-1 sshd[${1000 + (i % 9000)}]:`;
  const from = `from ${ip(random)} port ${30_000 + (i % 20_000)}`;
  return pick(random, [
    `${sshd} Accepted publickey for ${user} ${from} ssh2: ED25519 SHA256:kH2g0m7Vw3mYp9mJqvQ4j1fW0nZ3y5sX8rT6uE2cBdA`,
    `${sshd} Failed password for ${user} ${from} ssh2`,
    `${sshd} Failed password for invalid user admin ${from} ssh2`,
    `${sshd} pam_unix(sshd:session): session opened for user ${user}(uid=1001) by (uid=0)`,
    `${sshd} Connection closed by ${from.slice(5)} [preauth]`,
    `${classicStamp(i)} web-1 sudo:      ${user} : TTY=pts/0 ; PWD=/home/${user} ; USER=root ; COMMAND=/usr/bin/systemctl restart nginx`,
  ]);
};

function pgStamp(i: number): string {
  return stamp(i).replace('T', ' ').replace('Z', ' UTC');
}

const AUDIT =
  'AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.customers,"SELECT id, name, email FROM customers WHERE id = 100233",<not logged>';

const pgStderr: Line = (random, i) => `${pgStamp(i)} [${2000 + (i % 50)}] ${pick(random, USERS)}@shop LOG:  ${AUDIT}`;

const pgCsv: Line = (random, i) =>
  `${pgStamp(i)},"${pick(random, USERS)}","shop",${2000 + (i % 50)},"${ip(random)}:50422",69a40000.7d0,${i},"SELECT",2026-03-01 09:59:00 UTC,3/41,0,LOG,00000,"${AUDIT.replaceAll('"', '""')}",,,,,,,,,"psql","client backend",,0`;

const pgJson: Line = (random, i) =>
  JSON.stringify({
    timestamp: pgStamp(i),
    user: pick(random, USERS),
    dbname: 'shop',
    pid: 2000 + (i % 50),
    remote_host: ip(random),
    remote_port: 50_422,
    session_id: '69a40000.7d0',
    line_num: i,
    ps: 'SELECT',
    session_start: '2026-03-01 09:59:00 UTC',
    vxid: '3/41',
    txid: 0,
    error_severity: 'LOG',
    message: AUDIT,
    application_name: 'psql',
    backend_type: 'client backend',
    query_id: 0,
  });

export const textLines: ReadonlyMap<string, Line> = new Map([
  ['nginx-access', combined],
  ['apache-access', combined],
  ['auth-log', authLog],
  ['pgaudit-stderr', pgStderr],
  ['pgaudit-csv', pgCsv],
  ['pgaudit-json', pgJson],
]);
