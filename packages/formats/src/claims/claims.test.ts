import { expect, it } from 'vitest';
import { csv } from '../csv/csv.ts';
import { type Format, recognise } from '../index.ts';
import { json } from '../json/json.ts';
import { expectGolden } from '../json/test-json-formats.ts';
import { logfmt } from '../logfmt/logfmt.ts';
import { CONTEXT, expectCutsHold, expectNeverThrows, read } from '../test-formats.ts';
import { parseMapping } from './mapping.ts';

const judge = (format: Format, input: string, options: Record<string, string> = {}) =>
  read(format, input, { context: { ...CONTEXT, options } });
const codes = (format: Format, input: string, options: Record<string, string> = {}) =>
  judge(format, input, options).map(({ result, code }) => code ?? result);

function f(format: Format, input: string, fields: Readonly<Record<string, unknown>>, options: Record<string, string> = {}): void {
  const event = judge(format, input, options).at(-1)?.event ?? {};
  expect({ input, ...Object.fromEntries(Object.keys(fields).map((name) => [name, event[name]])) }).toEqual({ input, ...fields });
}

it('reads CSV and logfmt as the golden files say', async () => {
  await expectGolden(csv, `${import.meta.dirname}/../csv`);
  await expectGolden(logfmt, `${import.meta.dirname}/../logfmt`);
  expectCutsHold(csv, 'a,user_id\n"x\n\n""y""",ana\r\nä,b\n');
  expectNeverThrows(json, '{"user_id":"a","resource":{"b":[1]}}', 50);
});

it('takes the two examples of the design unchanged', () => {
  f(
    json,
    '{"timestamp":"2023-11-04T12:34:56Z","userId":"user_12345","eventType":"update","resource":"document_56789","ipAddress":"192.168.0.1"}',
    { user_id: 'user_12345', event_type: 'update', action: 'update', outcome: 'unknown', ip_address: '192.168.0.1' },
  );
  f(
    json,
    '{"timestamp":"2023-10-21T15:32:00Z","user_id":"U12345","resource_accessed":"/secure-data","result":"success","ip_address":"192.168.1.10"}',
    { event_type: 'access', action: 'access', outcome: 'success', resource: '/secure-data' },
  );
});

it('does with an object what the server does', () => {
  f(json, '{"user_id":"a","userId":"b","uid":"a","status":403,"ip":"no-address","mfa":"true","importance":"x","__proto__":1}', {
    user_id: 'a',
    outcome: 'denied',
    status_code: '403',
    ip_address: undefined,
    mfa: true,
  });
  for (const mapping of [undefined, 'user_id = user_id']) {
    const options: Record<string, string> = mapping === undefined ? {} : { mapping };
    if (mapping === undefined)
      f(json, '{"user_id":"a","status":200,"success":false}', { outcome: 'failure', attributes: { status: 200 } }, options);
    f(json, '{"user_id":"a","outcome":"success","success":false}', { outcome: 'success', attributes: { success: false } }, options);
  }
  f(json, '{"user_id":"a","result":"ok","status":403}', { outcome: 'denied', status_code: '403', attributes: { result: 'ok' } });
  const attributes = judge(json, '{"user_id":"a","userId":"b","ip":"no-address","action":"fly","log":"x","attributes":{"k":1},"n":1.5}')[0]
    ?.event?.['attributes'];
  expect(attributes).toEqual({ k: 1, userId: 'b', ip: 'no-address', action: 'fly', log: 'x', n: 1.5 });
  expect(
    codes(
      json,
      '{"user_id":"a","n":9007199254740993}{"user_id":"a","user_id":"b"}{"x":1}{"user_id":{}}{"user_id":"a","category":"audit"}{"user_id":"a","event_type":"daybook.x"}{"actor_type":"user","resource":"x"}',
    ),
  ).toEqual(['number_precision', 'duplicate_key', 'event_empty', 'field_type', 'category_reserved', 'reserved_word', 'user_id_missing']);
});

it('maps by paths, constants and words', () => {
  const mapping = `user_id = actor.name | actor.id; category = 'file', resource=\`File name\`
    outcome = result { OK: success, 'no right': denied, *: failure }
    attributes.group = groups[1].name; timestamp=at`;
  const input = (result: string) =>
    `{"actor":{"id":"7"},"File name":"/a","result":"${result}","groups":[{},{"name":"g"}],"at":1704164645,"method":"GET","ip":"::1"}`;
  f(
    json,
    input('OK'),
    {
      user_id: '7',
      category: 'file',
      resource: '/a',
      outcome: 'success',
      timestamp: '2024-01-02T03:04:05.000000Z',
      method: 'GET',
      ip_address: undefined,
    },
    { mapping },
  );
  f(json, input('no right'), { outcome: 'denied' }, { mapping });
  f(
    json,
    input('?'),
    { outcome: 'failure', attributes: { actor: { id: '7' }, groups: [{}, { name: 'g' }], ip: '::1', group: 'g' } },
    { mapping },
  );
  for (const wrong of ['user_id', 'nobody = a', 'user_id.x = a', 'recorded_at = a', "user_id = 'a", 'user_id = a[x]', 'outcome = a { b }'])
    expect(() => parseMapping(wrong)).toThrow(/^mapping: /);
});

it('reads CSV of any columns', () => {
  f(csv, 'user_id;path;status\nana;/a;ok\n', { user_id: 'ana', resource: '/a', outcome: 'success' });
  f(
    csv,
    '2024-01-02 03:04:05\tana "x" b\t/a\n',
    { user_id: 'ana "x" b', timestamp: '2024-01-02T03:04:05.000000Z' },
    { columns: 'time,user_id,path', delimiter: 'tab', quote: 'none' },
  );
  f(
    csv,
    'When,Who\n2024-01-02 03:04:05,12345678901234567890\n',
    { user_id: '12345678901234567890', attributes: { time_guessed: ['zone'] } },
    { mapping: 'timestamp=When,user_id=Who' },
  );
  f(csv, 'user_id,x,x\nana,1,2\n', { attributes: { x: '1', x_2: '2' } });
  expect(codes(csv, 'user_id,path\nana\nana,/a,b\na"b,c"\n"x" y,z\n,\n')).toEqual([
    'header',
    'csv_columns',
    'csv_columns',
    'csv_quotes',
    'csv_quotes',
    'event_empty',
  ]);
});

it('reads logfmt', () => {
  f(logfmt, 'user_id=ana event="a \\"b\\" \\u00e9" x= flag\n', {
    user_id: 'ana',
    event_type: 'a "b" é',
    attributes: { x: '', flag: true },
  });
  f(logfmt, 'user_id=a user_id=b user_id=c user_id=a\n', { user_id: 'a', attributes: { user_id_2: 'b', user_id_3: 'c' } });
  expect(codes(logfmt, 'rubbish\nuser_id="a\nuser_id=a\n')).toEqual(['not_logfmt', 'logfmt_quotes', 'event']);
});

it('comes last', () => {
  expect(recognise('{"a":1}\n')?.name).toBe('json');
  expect(recognise('user_id,path\na,b\n')?.name).toBe('csv');
  expect(recognise('time=1704164645 user_id=a\n')?.name).toBe('logfmt');
  expect(recognise('{"remote_addr":"::1","request":"GET / HTTP/1.1","status":"200"}\n')?.name).toBe('nginx-access');
  expect(recognise('words of nobody\n')).toBeUndefined();
});
