import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { recognise } from '../index.ts';
import { expectGolden } from '../json/test-json-formats.ts';
import { expectCutsHold, expectNeverThrows, read } from '../test-formats.ts';
import { expectLine } from '../test-lines.ts';
import { mysqlAudit } from './mysql-audit.ts';

const fixture = (name: string) => readFileSync(path.join(import.meta.dirname, 'fixtures', `${name}.log`), 'utf8');

const f = (record: object | string, fields: Readonly<Record<string, unknown>>) =>
  expectLine(mysqlAudit, typeof record === 'string' ? record : JSON.stringify(record), fields);

const RECORD = {
  timestamp: '2024-01-02 03:04:05',
  id: 7,
  class: 'general',
  event: 'status',
  connection_id: 5,
  account: { user: 'app', host: '' },
  login: { user: 'ana', os: '', ip: '203.0.113.9', proxy: '' },
};

it('reads its fixtures as the golden files say', async () => {
  await expectGolden(mysqlAudit, import.meta.dirname);
  for (const name of ['mysql-audit-xml', 'mysql-audit-csv']) {
    const input = fixture(name);
    expect(recognise(input)?.name).toBe('mysql-audit');
    const results = read(mysqlAudit, input);
    const lines = results.map(({ line, lastLine, result, code, event }) => JSON.stringify({ line, lastLine, result, code, event }));
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(path.join(import.meta.dirname, 'fixtures', `${name}.golden.jsonl`));
    expectNeverThrows(mysqlAudit, input, 25);
  }
});

it('cuts records in XML anywhere', () => {
  expectCutsHold(
    mysqlAudit,
    '<?xml version="1.0"?>\n<AUDIT>\n<AUDIT_RECORD\n NAME="Quit"\n TIMESTAMP="ä"/><AUDIT_RECORD>\n <NAME>x</NAME>\n\n</AUDIT_RECORD><AUDIT_RECORD NAME="cut\n<AUDIT_RECORD NAME="y"/>\nrubbish\n</AUDIT>\n',
  );
  const places = read(mysqlAudit, '<AUDIT>ä<AUDIT_RECORD NAME="a"/> <AUDIT_RECORD NAME="b"\n/>\n<AUDIT_RECORD N').map(
    ({ line, lastLine, offset, end, text }) => [line, lastLine, offset, end, text],
  );
  expect(places).toEqual([
    [1, 1, 0, 9, '<AUDIT>ä'],
    [1, 1, 9, 33, '<AUDIT_RECORD NAME="a"/>'],
    [1, 2, 34, 60, '<AUDIT_RECORD NAME="b"\n/>'],
    [3, 3, 60, 75, '<AUDIT_RECORD N'],
  ]);
});

it('says who did what, with what result', () => {
  f(
    { ...RECORD, general_data: { command: 'Query', sql_command: 'drop_table', query: 'DROP TABLE shop.orders', status: 1142 } },
    {
      user_id: 'ana',
      effective_user_id: 'app',
      ip_address: '203.0.113.9',
      action: 'delete',
      outcome: 'denied',
      resource: 'shop.orders',
      source_event_id: '2024-01-02T03:04:05Z/7/5',
      event_type: 'general.status',
    },
  );
  f(
    { ...RECORD, general_data: { command: 'Execute', sql_command: 'create_user', status: 0 } },
    { action: 'create', category: 'iam', outcome: 'success' },
  );
  f(
    { ...RECORD, class: 'connection', event: 'disconnect', connection_data: { connection_type: 'ssl' } },
    { action: 'disconnect', outcome: 'success', resource: 'mysql' },
  );
  const query_statistics = { query_time: 0.116, bytes_sent: 18384, bytes_received: 78, rows_sent: 3, rows_examined: 9 };
  f(
    { ...RECORD, general_data: { command: 'Query', sql_command: 'select', query: 'SELECT * FROM t', status: 0 }, query_statistics },
    { duration_ms: 116, bytes_out: 18384, row_count: 3, attributes: { sql_command: 'select', query_statistics } },
  );
  f(
    { ...RECORD, class: 'connection', event: 'connect', connection_data: { connection_type: 'tcp/ip', status: 1045, db: '' } },
    { action: 'login', outcome: 'failure', status_code: '1045' },
  );
  f(
    {
      ...RECORD,
      class: 'table_access',
      event: 'delete',
      table_access_data: { db: 'shop', table: 'orders', query: 'DELETE FROM orders', sql_command: 'delete' },
    },
    { action: 'delete', resource: 'shop.orders', outcome: 'unknown', method: 'DELETE' },
  );
  f(
    {
      ...RECORD,
      account: { user: 'app[ana] @ web.example [203.0.113.9]', host: 'web.example' },
      login: { user: 'app[ana] @ web.example [203.0.113.9]', ip: '' },
      general_data: { command: 'Query', query: 'SELECT 1', status: 0 },
    },
    { user_id: 'ana', effective_user_id: 'app', ip_address: '203.0.113.9' },
  );
  f(
    '{"audit_record":{"name":"Query","record":"2_2014-04-29T09:29:40","timestamp":"2014-04-29T09:31:07 UTC","command_class":"select","connection_id":"10","status":0,"sqltext":"SELECT * from mysql.user","user":"root[root] @ localhost []","host":"localhost","os_user":"","ip":"","db":"mysql"}}',
    { action: 'read', resource: 'mysql.user', timestamp: '2014-04-29T09:31:07Z', source_event_id: '2_2014-04-29T09:29:40' },
  );
  const codes = [
    { class: 'audit', event: 'startup' },
    { class: 'command', event: 'command_start' },
    { general_data: { command: 'Ping', status: 0 } },
  ].map((change) => read(mysqlAudit, JSON.stringify({ ...RECORD, ...change }))[0]?.code);
  expect(codes).toEqual(['audit_log', 'command', 'command']);
  expect(read(mysqlAudit, '{"a":1}\n{"timestamp":"x","class":"general"}').map(({ code }) => code)).toEqual(['not_mysql_audit', 'bad_time']);
});

it('reads an array that is never closed, and keeps passwords out', () => {
  const results = read(
    mysqlAudit,
    `[\n${JSON.stringify({ ...RECORD, general_data: { command: 'Query', query: "SET PASSWORD = 's3cret'", status: 0 } }, null, 2)},\n{ "timestamp": "2024`,
  );
  expect(results.map(({ result, code }) => code ?? result)).toEqual(['event', 'cut_off']);
  expect(JSON.stringify(results)).not.toContain('s3cret');
});

it('reads what syslog carried of Percona’s', () => {
  const head = 'Jan  2 10:00:00 db1 percona-audit: ';
  const user = 'root[root] @ localhost [203.0.113.9]';
  const json = { audit_record: { name: 'Connect', record: '3_x', timestamp: '2014-08-27T10:44:19Z', connection_id: '38', status: 1045, user: 'eve', ip: '203.0.113.9' } }; // biome-ignore format: a record
  const lines = [
    `"Query","1_2014-08-27T10:47:11","2014-08-27T10:47:23 UTC","select","37",0,"select 1","${user}","localhost","","203.0.113.9",""`,
    `<AUDIT_RECORD NAME="Query" RECORD="2_x" TIMESTAMP="2014-04-28T09:29:40 UTC" COMMAND_CLASS="select" CONNECTION_ID="47" STATUS="0" SQLTEXT="select 1" USER="${user}" HOST="localhost" OS_USER="" IP="203.0.113.9"/>`,
    JSON.stringify(json),
  ];
  const input = lines.map((line) => `${head}${line}\n`).join('');
  for (const line of lines) expect(recognise(`${head}${line}\n`)?.name).toBe('mysql-audit');
  expect(
    read(mysqlAudit, `${input}${head}rubbish\n`).map(({ result, event }) => [result, event?.['user_id'], event?.['ip_address']]),
  ).toEqual([
    ['event', 'root', '203.0.113.9'],
    ['event', 'root', '203.0.113.9'],
    ['event', 'eve', '203.0.113.9'],
    ['quarantine', undefined, undefined],
  ]);
});

it('reads names with quotes that Percona’s plugin left as they are, and takes no value that one forges', () => {
  const record = (user: string) =>
    `<AUDIT_RECORD\n  NAME="Connect"\n  RECORD="2_x"\n  TIMESTAMP="2014-04-28T09:29:40 UTC"\n  CONNECTION_ID="47"\n  STATUS="1045"\n  USER="${user}"\n  PRIV_USER=""\n  HOST="h"\n  IP="203.0.113.9"\n  DB=""\n/>\n`;
  expect(read(mysqlAudit, `<AUDIT>\n${record('o"b" x')}`).map(({ event }) => event)).toMatchObject([
    { user_id: 'o"b" x', ip_address: '203.0.113.9' },
  ]);
  expect(read(mysqlAudit, `<AUDIT>\n${record('x" IP="10.9.9.9" y="')}`).map(({ code, event }) => [code, event?.['ip_address']])).toEqual([
    ['ambiguous_record', undefined],
  ]);
});

it('keeps all that a client says of itself', () => {
  const said = [
    ['_pid', '42'],
    ['program_name', 'mysql'],
  ]
    .map(([name, value]) => `<ATTRIBUTE><NAME>${name}</NAME><VALUE>${value}</VALUE></ATTRIBUTE>`)
    .join('\n');
  const record = `<AUDIT_RECORD>\n<TIMESTAMP>2019-10-03T14:09:38 UTC</TIMESTAMP><CONNECTION_ATTRIBUTES>${said}</CONNECTION_ATTRIBUTES><NAME>Connect</NAME><STATUS>0</STATUS><USER>root</USER></AUDIT_RECORD>\n`;
  expect(read(mysqlAudit, record)[0]?.event).toMatchObject({
    event_type: 'Connect',
    user_id: 'root',
    attributes: { connection_attributes: { _pid: '42', program_name: 'mysql' } },
  });
});
