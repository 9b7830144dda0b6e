import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { parseJson } from '@daybook/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Product, startProduct, until } from './sql-product.ts';

/** Unmodified clients of ClickHouse on `/sql` of the product. */
const run = promisify(execFile);
const HERE = fileURLToPath(new URL('.', import.meta.url));
/** `npm test` makes it; without it the Python tests are skipped by name, which CI does not accept. */
const PYTHON = process.env['DAYBOOK_TEST_PYTHON'] ?? path.join(HERE, '../../node_modules/.cache/daybook/venv/bin/python');
const HAS_PYTHON = existsSync(PYTHON) || process.env['CI'] !== undefined;
const LITERAL = "SELECT * FROM access_logs WHERE user_id = 'U12345' AND timestamp > '2023-10-01';";
const CANARY = 'canary-of-the-environment-5d1e';

let product: Product;

beforeAll(async () => {
  product = await startProduct({ TEST_CANARY: CANARY });
});

afterAll(() => product.stop());

describe('@clickhouse/client', () => {
  const waysToSayWhere: readonly [string, () => Parameters<typeof createClient>[0]][] = [
    ['http://host:port/sql as its URL', () => ({ url: `${product.url}/sql` })],
    ['/sql as its pathname', () => ({ url: product.url, pathname: '/sql', compression: { response: true } })],
    ['host and port alone', () => ({ url: product.url })],
  ];

  for (const [name, where] of waysToSayWhere) {
    it(`works with ${name}`, async () => {
      const client = createClient({ ...where(), username: 'any', password: product.token, log: { level: ClickHouseLogLevel.OFF } });
      try {
        await useClient(client);
        expect(await client.ping({ select: true })).toEqual({ success: true });
      } finally {
        await client.close();
      }
    });
  }

  async function useClient(client: ClickHouseClient): Promise<void> {
    const literal = await (await client.query({ query: LITERAL, format: 'JSONEachRow' })).json();
    expect(literal).toEqual([expect.objectContaining({ user_id: 'U12345', resource: '/secure-data', outcome: 'success' })]);
    const bound = await client.query({
      query:
        "SELECT {a:Array(String)} AS a, {d:DateTime64(3, 'UTC')} AS d, {n:Nullable(String)} AS n, {m:Map(String, UInt8)} AS m, {b:Bool} AS b, {s:String} AS s",
      query_params: { a: ["it's", 'b\n'], d: new Date(1_700_000_000_123), n: null, m: { x: 1 }, b: true, s: "q'\\t" },
      format: 'JSONEachRow',
    });
    expect(await bound.json()).toEqual([{ a: ["it's", 'b\n'], d: '2023-11-14 22:13:20.123', n: null, m: { x: 1 }, b: true, s: "q'\\t" }]);
    let rows = 0;
    const large = await client.query({ query: 'SELECT number FROM numbers(200000)', format: 'JSONCompactEachRow' });
    for await (const chunk of large.stream()) rows += chunk.length;
    expect(rows).toBe(200_000);
    await expect(client.query({ query: 'SELECT nothing_like_it FROM access_logs' })).rejects.toMatchObject({
      code: '47',
      type: 'UNKNOWN_IDENTIFIER',
    });
    await expect(client.query({ query: 'SELECT * FROM somewhere_else' })).rejects.toMatchObject({ code: '60', type: 'UNKNOWN_TABLE' });
    await expect(client.insert({ table: 'access_logs', values: [{ user_id: 'x' }], format: 'JSONEachRow' })).rejects.toMatchObject({
      code: '164',
      type: 'READONLY',
    });
    await expect(client.command({ query: 'DROP TABLE access_logs' })).rejects.toMatchObject({ code: '164' });
  }
});

describe('curl', () => {
  const curl = async (...args: string[]): Promise<string> => (await run('curl', ['-sS', ...args])).stdout;

  it('posts the query of the event page, to the letter', async () => {
    const answer = await curl(
      `${product.url}/sql?default_format=JSONEachRow`,
      '-H',
      `Authorization: Bearer ${product.token}`,
      '--data-binary',
      LITERAL,
    );
    expect(answer.trim().split('\n').map((line) => parseJson(line))).toEqual([expect.objectContaining({ user_id: 'U12345', ip_address: expect.stringContaining('192.168.1.10') })]); // biome-ignore format: one line
  });

  it('asks by URL, with Basic authentication, gzip and parameters', async () => {
    const answer = await curl('-G', '--compressed', '-u', `any:${product.token}`, `${product.url}/sql`, '--data-urlencode', 'query=SELECT user_id FROM access_logs WHERE resource = {r:String}', '-d', 'enable_http_compression=1', '--data-urlencode', 'param_r=/secure-data'); // biome-ignore format: one command
    expect(answer).toBe('U12345\n');
  });

  it('sees status and message of what fails', async () => {
    const auth = `Authorization: Bearer ${product.token}`;
    expect(await curl('-w', '\n%{http_code}', '-H', auth, `${product.url}/sql`, '-d', 'SELECT 1 +')).toMatch(
      /^Code: 62\. DB::Exception: Syntax error: failed at position 11[^]*\n400$/,
    );
    expect(await curl('-w', '\n%{http_code}', `${product.url}/sql`, '-d', 'SELECT 1')).toMatch(/^Code: 516\.[^]*\n401$/);
    expect(await curl(`${product.url}/sql/ping`)).toBe('Ok.\n');
  });
});

describe('clickhouse-connect', () => {
  const reason = HAS_PYTHON ? '' : ' (skipped: no Python with clickhouse-connect; `npm test` installs it)';

  for (const where of ['/sql', '']) {
    it.skipIf(!HAS_PYTHON)(`works with ${where === '' ? 'host and port alone' : `proxy_path ${where}`}${reason}`, async () => {
      const { stdout } = await run(PYTHON, [path.join(HERE, 'sql_clients.py'), String(product.port), product.token, where]);
      const found = parseJson(stdout) as Record<string, unknown>;
      expect(found).toMatchObject({
        version: expect.stringMatching(/^\d+\.\d+/), literal: [{ user_id: 'U12345', resource: '/secure-data' }], bound: [['U12345']], interpolated: [[0]], command: 'default',
        raw: '{"a":1}\n', tables: [['access_logs']], streamed: 200_000, settings: [[0], [1], [2]], ping: true,
      }); // biome-ignore format: a table
      expect(found['insert']).toContain('read-only');
      expect(found['file']).toContain('not available here');
      expect(found['syntax']).toContain('Syntax error');
    });
  }
});

describe('the product', () => {
  it('lets no query out of its tables', async () => {
    const attempts = [
      "SELECT file('/etc/hostname')", "SELECT * FROM file('/proc/self/environ', LineAsString)", "SELECT * APPLY(file) FROM (SELECT '/etc/passwd' AS a)", 'EXPLAIN AST SELECT 1; CREATE TABLE x (a UInt8) ENGINE = Memory',
      `SELECT * FROM url('${product.url}/ping', LineAsString)`, "SELECT 1 INTO OUTFILE '/tmp/daybook-e2e-out'", 'SELECT * FROM daybook.schema_migrations', 'SHOW TABLES FROM daybook', 'SELECT sleep(3)',
    ]; // biome-ignore format: a list
    const answers = await Promise.all(attempts.map((query) => product.sql(query)));
    expect(answers.filter((answer) => !/^Code: (?:497|60|62|81)\./.test(answer))).toEqual([]);
    expect(answers.join('')).not.toContain(CANARY);
  });

  it('keeps a record of who asked what', async () => {
    const mark = `mark ${performance.now()}`;
    await product.sql(`SELECT '${mark}' FROM access_logs`);
    const record = await until(30_000, async () => {
      const text = await product.sql(
        `SELECT user_id, action, resource, outcome FROM access_logs WHERE kind = 'daybook.read' AND query_text = 'SELECT \\'${mark}\\' FROM access_logs' FORMAT JSONEachRow`,
      );
      return text.trim() === '' ? undefined : text;
    });
    expect(parseJson(record.trim().split('\n')[0] ?? '')).toMatchObject({ action: 'query', resource: 'access_logs' });
  });
});
