import { expect, it } from 'vitest';
import { recognise } from '../index.ts';
import { expectGolden } from '../json/test-json-formats.ts';
import { read } from '../test-formats.ts';
import { expectLine } from '../test-lines.ts';
import { mariadbAudit } from './mariadb-audit.ts';

const HEAD = '20240102 03:04:05,db1,';

const f = (line: string, fields: Readonly<Record<string, unknown>>) => expectLine(mariadbAudit, line, fields);

it('reads its fixture as the golden file says', async () => {
  await expectGolden(mariadbAudit, import.meta.dirname);
});

it('says who did what, with what result', () => {
  f(`${HEAD}bob,203.0.113.9,9,0,CONNECT,shop,,0`, {
    action: 'login',
    outcome: 'success',
    user_id: 'bob',
    ip_address: '203.0.113.9',
    session_id: '9',
    resource: 'shop',
    host: 'db1',
  });
  f(`${HEAD}bob,203.0.113.9,9,0,FAILED_CONNECT,,,1045`, { action: 'login', outcome: 'failure', status_code: '1045' });
  f(`${HEAD}bob,203.0.113.9,9,0,FAILED_CONNECT,shop,,1044`, { action: 'login', outcome: 'denied' });
  f(`${HEAD}bob,203.0.113.9,9,7,QUERY,shop,'LOAD DATA INFILE "/x" INTO TABLE t',1045`, { outcome: 'denied' });
  f(`${HEAD}bob,203.0.113.9,9,0,FAILED_CONNECT,,,1049`, { outcome: 'failure' });
  f(`${HEAD}bob,web.example:51000,9,7,QUERY,shop,'DROP TABLE orders',1142`, {
    action: 'delete',
    outcome: 'denied',
    resource: 'shop.orders',
    method: 'DROP',
    ip_address: undefined,
  });
  f(`${HEAD}bob,::1,9,7,WRITE,shop,orders,`, { action: 'update', outcome: 'unknown', resource: 'shop.orders', resource_parent: 'shop' });
  f(`${HEAD},203.0.113.9,9,0,FAILED_CONNECT,,,1045`, { user_id: undefined, actor_type: 'anonymous' });
});

it('reads the version of TLS, whose rights a user has, and the records of the port for MySQL', () => {
  const connection = { user_id: 'bob', ip_address: '203.0.113.9', session_id: '9', resource: 'shop' };
  f(`${HEAD}bob,203.0.113.9:51234,9,0,CONNECT,shop,TLSv1.3,0`, {
    ...connection,
    outcome: 'success',
    attributes: { time_guessed: ['zone'], client_port: '51234', tls_version: 'TLSv1.3' },
  });
  f(`${HEAD}bob,203.0.113.9,9,0,FAILED_CONNECT,shop,TLSv1.2,1045`, { ...connection, outcome: 'failure', status_code: '1045' });
  f(`${HEAD}bob,203.0.113.9,9,0,DISCONNECT,shop,TLSv1.3,0`, { ...connection, action: 'disconnect' });
  f(`${HEAD}bob,203.0.113.9,9,0,PROXY_CONNECT,shop,\`app\`@\`%\`,0`, { ...connection, action: 'connect', effective_user_id: 'app' });
  f(`${HEAD}bob,203.0.113.9,9,0,PROXY_CONNECT,shop,\`app\`@\`%\`,0,SSL`, { ...connection, effective_user_id: 'app' });
  f(`${HEAD}bob,203.0.113.9,9,0,CONNECT,shop,,0,SSL`, {
    ...connection,
    outcome: 'success',
    attributes: { time_guessed: ['zone'], connection_type: 'SSL' },
  });
  f(`${HEAD}bob,203.0.113.9,9,0,FAILED_CONNECT,shop,,1045,TCP/IP`, { ...connection, outcome: 'failure', status_code: '1045' });
  f(`${HEAD}bob,203.0.113.9,9,12,QUERY,shop,'DELETE FROM t WHERE a=\\',1,2,READ,x,\\'',1142,,`, {
    ...connection,
    resource: 'shop.t',
    outcome: 'denied',
    status_code: '1142',
    query_text: "DELETE FROM t WHERE a=',1,2,READ,x,'",
  });
  f(`${HEAD}bob,203.0.113.9,9,12,READ,shop,x',0,,`, { event_type: 'READ', outcome: 'unknown' });
});

it('undoes what the plugin escapes, and escapes it again where a password is masked', () => {
  f(`${HEAD}bob,h,9,12,QUERY,shop,'SELECT *\\nFROM\\torders -- C:\\\\new',0`, {
    resource: 'shop.orders',
    query_text: 'SELECT *\nFROM\torders -- C:\\new',
  });
  const [result] = read(mariadbAudit, `${HEAD}bob,h,9,12,QUERY,shop,'CREATE USER a\\nIDENTIFIED\\nBY \\'s3cret\\'',0,,\n`);
  expect(result?.text).toBe(`${HEAD}bob,h,9,12,QUERY,shop,'CREATE USER a\\nIDENTIFIED\\nBY \\'[redacted]\\'',0,,`);
});

it('takes no address that a client wrote', () => {
  // The name of a failed login, before the real fields.
  f(`${HEAD}x,10.9.9.9,1,0,CONNECT,y,203.0.113.9,9,0,FAILED_CONNECT,,,1045`, {
    user_id: 'x,10.9.9.9,1,0,CONNECT,y',
    ip_address: '203.0.113.9',
  });
  f(`${HEAD}root,10.9.9.9,1,5,QUERY,d,'DROP TABLE a',0,203.0.113.9,9,0,FAILED_CONNECT,,,1045`, {
    ip_address: '203.0.113.9',
    event_type: 'FAILED_CONNECT',
  });
  // Its database, behind them: which is which can not be told, and no address is taken.
  f(`${HEAD}x,203.0.113.9,9,0,FAILED_CONNECT,a,10.9.9.9,1,0,FAILED_CONNECT,b,,1045`, {
    user_id: undefined,
    ip_address: undefined,
    actor_type: 'unknown',
    outcome: 'failure',
  });
  // The end of a connection that failed, of a name that imitates a login: nothing says that it was one.
  f(`${HEAD}root,10.9.9.9,1,0,CONNECT,y,203.0.113.9,9,0,DISCONNECT,,,0`, { user_id: undefined, ip_address: undefined, outcome: 'unknown' });
  // A statement.
  f(`${HEAD}bob,203.0.113.9,9,7,QUERY,shop,'SELECT \\',0,10.9.9.9,1,0,QUERY,x,\\'',0`, {
    ip_address: '203.0.113.9',
    query_text: "SELECT ',0,10.9.9.9,1,0,QUERY,x,'",
  });
});

it('keeps passwords out of the event and of the text', () => {
  const [result] = read(mariadbAudit, `${HEAD}root,h,9,7,QUERY,shop,'CREATE USER \\'a\\' IDENTIFIED BY \\'it\\\\\\'s s3cret\\'',0\n`);
  expect(JSON.stringify(result)).not.toContain('s3cret');
  expect(result?.text).toBe(`${HEAD}root,h,9,7,QUERY,shop,'CREATE USER \\'a\\' IDENTIFIED BY \\'[redacted]\\'',0`);
});

it('reads what syslog carried, and Aurora’s microseconds', () => {
  f('Jan  2 03:04:05 web mysql-server_auditing: info db1,bob,::1,9,0,CONNECT,shop,,0', {
    host: 'db1',
    user_id: 'bob',
    timestamp: '2024-01-02T03:04:05Z',
  });
  f('2024-01-02T03:04:05.5+01:00 web mysql-server_auditing[7]:  db1,bob,::1,9,0,CONNECT,shop,,0', {
    host: 'db1',
    timestamp: '2024-01-02T02:04:05.5Z',
  });
  for (const [info, data] of [
    [' ', '-'],
    [' info ', '[meta sequenceId="7"]'],
  ])
    f(`<14>1 2024-01-02T03:04:05.500000+01:00 web mysql-server_auditing 7 - ${data}${info}db1,bob,::1,9,0,CONNECT,shop,,0`, {
      host: 'db1',
      user_id: 'bob',
      timestamp: '2024-01-02T02:04:05.500000Z',
    });
  f('Jan  2 03:04:05 web maria/audit[7]:  db1,bob,::1,9,0,CONNECT,shop,,0', { host: 'db1', user_id: 'bob' });
  expect(recognise('Jan  2 03:04:05 web maria-audit:  db1,bob,::1,9,0,CONNECT,shop,,0\n')?.name).toBe('mariadb-audit');
  f('1704164646123456,db1,bob,::1,9,0,CONNECT,shop,,0', { timestamp: '2024-01-02T03:04:06.123456Z' });
  expect(read(mariadbAudit, 'rubbish\n20240231 03:04:05,a,b,c,1,2,CONNECT,,,0\n20240102 03:04:05,a\n').map(({ code }) => code)).toEqual([
    'not_mariadb_audit',
    'bad_time',
    'not_mariadb_audit',
  ]);
});
