import { describe, expect, it } from 'vitest';
import { zoneOf } from '../index.ts';
import { readLog } from './test-postgres.ts';

const MESSAGE = 'AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.t,select 1,<none>';
const ALICE = { user_id: 'alice', timestamp: '2024-01-02T10:00:00Z' };
const ALICE_MS = { ...ALICE, timestamp: '2024-01-02T10:00:00.123Z' };

/** Reads the line without being told the prefix, and by it. */
const f = (prefix: string, line: string, fields: object, guessable = true) =>
  it(`${prefix} `, () => {
    const given = readLog('pgaudit-stderr', `${line}LOG:  ${MESSAGE}\n`, { log_line_prefix: prefix });
    expect(given).toMatchObject([{ result: 'event', event: fields }]);
    const guessed = guessable
      ? readLog(
          'pgaudit-stderr',
          `${line}LOG:  ${MESSAGE}
`,
        )
      : given;
    expect(guessed).toMatchObject([{ result: 'event', event: fields }]);
  });

describe('prefixes', () => {
  f('%m [%p] %q%u@%d ', '2024-01-02 10:00:00.123 UTC [77] alice@shop ', ALICE_MS);
  f('%m [%p] %q[user=%u,db=%d,app=%a] ', '2024-01-02 10:00:00.123 UTC [77] [user=alice,db=shop,app=psql] ', {
    ...ALICE_MS,
    user_agent: 'psql',
  });
  f('%m [%p] %q[%u@%d] ', '2024-01-02 10:00:00.123 UTC [77] [alice@shop] ', ALICE_MS);
  f('%m [%p] %q%u@%d/%a ', '2024-01-02 10:00:00.123 UTC [77] alice@shop/psql ', { ...ALICE_MS, user_agent: 'psql' });
  f('%t:%r:%u@%d:[%p]:', '2024-01-02 10:00:00 UTC:10.0.0.9(5000):alice@shop:[77]:', {
    ...ALICE,
    ip_address: '10.0.0.9',
    attributes: { client_port: '5000', process_id: '77' },
  });
  f('%t:%r:%u@%d:[%p]:', '2024-01-02 10:00:00 UTC:2001:db8::1(5000):alice@shop:[77]:', { ...ALICE, ip_address: '2001:db8::1' });
  f('%t-%c-', '2024-01-02 10:00:00 UTC-6593e0a0.4d-', {
    timestamp: ALICE.timestamp,
    session_id: '6593e0a0.4d',
    attributes: { process_id: '77' },
  });
  f('%m [%p]: [%l-1] db=%d,user=%u ', '2024-01-02 10:00:00.123 UTC [77]: [5-1] db=shop,user=alice ', ALICE_MS);
  f('%t [%p]: user=%u,db=%d,app=%a,client=%h ', '2024-01-02 10:00:00 UTC [77]: user=alice,db=shop,app=my app,client=10.0.0.9 ', {
    ...ALICE,
    ip_address: '10.0.0.9',
    user_agent: 'my app',
  });
  f(
    '%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ',
    '2024-01-02 10:00:00 UTC [77]: [5-1] user=alice,db=shop,app=[unknown],client=[local] ',
    { ...ALICE, attributes: { client_host: '[local]' } },
  );
  f('%t [%p]: [%l-1] %c %x %d %u %a %h ', '2024-01-02 10:00:00 UTC [77]: [5-1] 6593e0a0.4d 0 shop alice psql 10.0.0.9 ', {
    ...ALICE,
    ip_address: '10.0.0.9',
    user_agent: 'psql',
    session_id: '6593e0a0.4d',
  });
  f('%h %m [%p] %q%u@%d ', '10.0.0.9 2024-01-02 10:00:00.123 UTC [77] alice@shop ', { ...ALICE_MS, ip_address: '10.0.0.9' });
  f('pid=%p,user=%u,db=%d,app=%a,client=%h ', 'pid=77,user=alice,db=shop,app=psql,client=10.0.0.9 ', {
    user_id: 'alice',
    ip_address: '10.0.0.9',
  });
  f('%m [%p] %q[user=%u,db=%d,app=%a,host=%h] ', '2024-01-02 10:00:00.123 UTC [77] [user=alice,db=shop,app=psql,host=10.0.0.9] ', {
    ...ALICE_MS,
    ip_address: '10.0.0.9',
    user_agent: 'psql',
  });
  f('%m %r %u %a [%c] [%p] ', '2024-01-02 10:00:00.123 UTC 10.0.0.9(5000) alice psql [6593e0a0.4d] [77] ', {
    ...ALICE_MS,
    ip_address: '10.0.0.9',
    session_id: '6593e0a0.4d',
  });
  f('%t [%p] %q%u@%d %h ', '2024-01-02 10:00:00 UTC [77] alice@shop 10.0.0.9 ', { ...ALICE, ip_address: '10.0.0.9' });
  f('%m [%c] ', '2024-01-02 10:00:00.123 UTC [6593e0a0.4d] ', { session_id: '6593e0a0.4d' });
  f('< %m >', '< 2024-01-02 10:00:00.123 UTC >', { timestamp: ALICE_MS.timestamp });
  f('', '', { actor_type: 'unknown' });
  f('%m [%p] %-10u|%10d|%-6p|%e|%v|%x|%Q|%b|%i|%s|%L|%P|%%> ', '2024-01-02 10:00:00.123 UTC [77] alice     |      shop|77    |00000|3/7|0|-5|client backend|SELECT|2024-01-02 09:00:00 UTC|127.0.0.1||%> ', {
    ...ALICE_MS, attributes: { virtual_transaction_id: '3/7', command_tag: 'SELECT', query_id: '-5', backend_type: 'client backend' },
  }, false); // biome-ignore format: short
  f('%n %r ', '1704189600.123 10.0.0.9(5000) ', { timestamp: ALICE_MS.timestamp, ip_address: '10.0.0.9' }, false);
  f(
    'odd %m <%u|%d|%h> ',
    'odd 2024-01-02 10:00:00.123 UTC <alice|shop|db.example.com> ',
    { ...ALICE_MS, attributes: { client_host: 'db.example.com' } },
    false,
  );

  it('takes what it can from one that it does not know', () => {
    const line = `2024-01-02 10:00:00.123 UTC pid=[77] (user=alice;) db=shop host=10.0.0.9 LOG:  ${MESSAGE}\n`;
    expect(readLog('pgaudit-stderr', line)).toMatchObject([{ event: { timestamp: ALICE_MS.timestamp, ip_address: '10.0.0.9' } }]);
  });
});

describe('sessions', () => {
  it('knows who and where from by the pid alone', () => {
    const log = [
      'connection received: host=10.0.0.9 port=5000',
      'connection authorized: user=alice database=shop application_name=psql',
      MESSAGE,
      'disconnection: session time: 0:00:01.000 user=alice database=shop host=10.0.0.9 port=5000',
      MESSAGE,
    ];
    const results = readLog('pgaudit-stderr', log.map((message) => `2024-01-02 10:00:00.123 UTC [77] LOG:  ${message}\n`).join(''));
    expect(results[2]?.event).toMatchObject({ user_id: 'alice', ip_address: '10.0.0.9', user_agent: 'psql', resource_parent: 'shop' });
    expect(results[4]?.event).toMatchObject({ actor_type: 'unknown' });
    expect(results[4]?.event).not.toHaveProperty('ip_address');
  });
});

describe('times', () => {
  const stamp = (zone: string, options?: string) =>
    readLog(
      'pgaudit-stderr',
      `2024-01-02 10:00:00.123 ${zone} [77] LOG:  ${MESSAGE}\n`,
      {},
      options === undefined ? {} : { zone: zoneOf(options) ?? { name: 'x', offsetMinutes: () => 0 } },
    )[0]?.event;
  it.each([
    ['UTC', undefined, '2024-01-02T10:00:00.123Z', undefined],
    ['GMT', undefined, '2024-01-02T10:00:00.123Z', undefined],
    ['+03', undefined, '2024-01-02T07:00:00.123Z', undefined],
    ['-0330', undefined, '2024-01-02T13:30:00.123Z', undefined],
    ['CET', undefined, '2024-01-02T09:00:00.123Z', ['zone']],
    ['EST', undefined, '2024-01-02T15:00:00.123Z', ['zone']],
    ['CST', undefined, '2024-01-02T16:00:00.123Z', ['zone']],
    ['CST', 'Asia/Shanghai', '2024-01-02T02:00:00.123Z', ['zone']],
    ['XYZ', 'Europe/Berlin', '2024-01-02T09:00:00.123Z', ['zone']],
  ])('%s where %s is configured', (zone, option, time, guessed) => {
    const event = stamp(zone, option);
    expect(event?.['timestamp']).toBe(time);
    expect(event?.['attributes']).toMatchObject(guessed === undefined ? {} : { time_guessed: guessed });
  });
});

describe('bare records and syslog', () => {
  it('takes a record without any prefix', () => {
    const results = readLog(
      'pgaudit-stderr',
      'AUDIT: SESSION,1,1,DDL,CREATE TABLE,TABLE,public.t,"create table t (\nid int\n)",<none>\nAUDIT: SESSION,2,1,READ,SELECT,,,select 1,<none>\n',
    );
    expect(results).toMatchObject([
      {
        line: 1,
        lastLine: 3,
        event: { query_text: 'create table t (\nid int\n)', timestamp: '2024-01-02T00:00:00.000Z', attributes: { time_guessed: ['time'] } },
      },
      { line: 4, event: { event_type: 'SELECT' } },
    ]);
  });

  it('puts together what syslog cut', () => {
    const log = [
      'Jan  2 10:00:00 db1 postgres[77]: [5-1] alice@shop LOG:  AUDIT: SESSION,1,1,DDL,CREATE TABLE,TABLE,public.t,"create table t (',
      'Jan  2 10:00:00 db1 postgres[77]: [5-2] #011id int,',
      'Jan  2 10:00:00 db1 postgres[78]: [9-1] bob@shop ERROR:  permission denied for table t',
      'Jan  2 10:00:00 db1 postgres[77]: [5-3]  b int)",<none>',
      'Jan  2 10:00:00 db1 postgres[78]: [9-2] bob@shop STATEMENT:  select * from t',
    ].join('\n');
    const results = readLog('pgaudit-stderr', log, { log_line_prefix: '%q%u@%d ' });
    expect(results).toHaveLength(2);
    expect(results).toMatchObject([
      { event: { query_text: 'create table t (\nid int, b int)', host: 'db1', user_id: 'alice', timestamp: '2024-01-02T10:00:00Z' } },
      { event: { query_text: 'select * from t', user_id: 'bob', outcome: 'denied' } },
    ]);
  });

  it.each([
    ['rsyslog, which keeps a blank before the message', '- - '],
    ['syslog-ng, which adds structured data', '- [meta sequenceId="7"]'],
    ['nothing more', '- -'],
  ])('puts together what came by RFC 5424: %s', (_by, between) => {
    const head = `<134>1 2024-01-02T10:00:00.500000+00:00 db1 postgres 77 ${between} `;
    const log = [
      `${head}[5-1] alice@shop LOG:  AUDIT: SESSION,1,1,DDL,CREATE TABLE,TABLE,public.t,"create table t (`,
      `${head}[5-2] #011id int,`,
      `${head}[5-3]  b int)",<none>`,
      `${head}[6-1] alice@shop ERROR:  permission denied for table t`,
      `${head}[6-2] alice@shop STATEMENT:  select * from t`,
    ].join('\n');
    expect(readLog('pgaudit-stderr', log, { log_line_prefix: '%q%u@%d ' })).toMatchObject([
      {
        event: { query_text: 'create table t (\nid int, b int)', host: 'db1', user_id: 'alice', timestamp: '2024-01-02T10:00:00.500000Z' },
      },
      { event: { query_text: 'select * from t', user_id: 'alice', outcome: 'denied' } },
    ]);
  });

  it('reads syslog with a stamp of its own and of the prefix', () => {
    const [result] = readLog(
      'pgaudit-stderr',
      `2024-01-02T11:00:00.5+01:00 db1 postgres[77]: [5-1] 2024-01-02 10:00:00.123 UTC [77] alice@shop LOG:  ${MESSAGE}\n`,
    );
    expect(result?.event).toMatchObject({ ...ALICE_MS, host: 'db1' });
  });
});

describe('prefixes that are not known', () => {
  it.each(['[3-1] alice@shop 10.0.0.9(5000) ', '10.0.0.9(5000) alice shop ', '6593e0a0.4d alice@shop '])(
    'are no application, user or host: %s',
    (rest) => {
      const [result] = readLog('pgaudit-stderr', `2024-01-02 10:00:00.123 UTC [77] ${rest}LOG:  ${MESSAGE}\n`);
      expect(result).toMatchObject({ result: 'event', event: { actor_type: 'unknown', timestamp: ALICE_MS.timestamp } });
      expect(Object.keys(result?.event ?? {})).not.toContain('user_agent');
      expect(result?.event?.['attributes']).not.toHaveProperty('client_host');
    },
  );
});

describe('collectors of containers', () => {
  it.each(['2024-01-02T10:00:00.123456789Z stderr F ', '2024-01-02T10:00:00.123456789+01:00 ', 'db-1  | '])('%s', (carrier) => {
    const log = [`2024-01-02 10:00:00.123 UTC [77] alice@shop LOG:  statement: select *`, '\tfrom t']
      .map((line) => `${carrier}${line}\n`)
      .join('');
    expect(readLog('pgaudit-stderr', log)).toMatchObject([
      { lastLine: 2, event: { ...ALICE_MS, query_text: 'select *\nfrom t', resource: 't' } },
    ]);
  });

  it('in JSON: what the operator says of itself is noise', () => {
    const line = '{"level":"info","ts":"2024-01-02T10:00:00Z","logger":"wal-archive","msg":"Archived","logging_pod":"c-1"}\n';
    expect(readLog('pgaudit-json', line)).toMatchObject([{ result: 'noise', code: 'operator_message' }]);
  });
});
