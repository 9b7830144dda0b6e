import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskText, type Pattern } from './patterns.ts';
import { testReader, textsOf } from './test-reader.ts';

const ALL = new Set<Pattern>(['card', 'bearer', 'url_password', 'sql_password']);
const masked = (text: string) => maskText(text, ALL).text;

describe('patterns', () => {
  const f = (text: string, wanted: string) => it(`masks ${text.slice(0, 60)}`, () => expect(masked(text)).toBe(wanted));
  const card = '[redacted:card]';
  f('pay with 4111111111111111 now', `pay with ${card} now`);
  f('4111-1111-1111-1111', card);
  f('4111 1111 1111 1111 12/25', `${card} 12/25`);
  f('3782 822463 10005', card);
  f('5555555555554444,2223003122003222', `${card},${card}`);
  f('n 1234 4111 1111 1111 1111', `n 1234 ${card}`);
  const bearer = '[redacted:bearer]';
  f('Authorization: Bearer abc.def-123', `Authorization: ${bearer}`);
  f('curl -H "Authorization: Basic QWxhZGRpbjpvcGVu"', `curl -H "Authorization: ${bearer}"`);
  f('Bearer abcdef123456 and more', `Bearer ${bearer} and more`);
  f('jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_-1 end', `jwt ${bearer} end`);
  f('dbk_0123456789abcdef', bearer);
  f('/path?access_token=abcdefgh123&x=1', `/path?access_token=${bearer}&x=1`);
  f('{"api_key":"k-123456789"}', `{"api_key":"${bearer}"}`);
  // What a format masked already: once more, and whole.
  f('"GET /path?token=[redacted] HTTP/1.1"', `"GET /path?token=${bearer} HTTP/1.1"`);
  f('/path?token=[redacted]&x=1', `/path?token=${bearer}&x=1`);
  f('{"token":"[redacted]","a":1}', `{"token":"${bearer}","a":1}`);
  const url = '[redacted:url_password]';
  f('postgres://bob:s3cr:t@db/x and https://a:b@c', `postgres://bob:${url}@db/x and https://a:${url}@c`);
  f('redis://:pw@host', `redis://:${url}@host`);
  const sql = '[redacted:sql_password]';
  f("ALTER ROLE bob WITH PASSWORD 'it''s' VALID UNTIL 'x'", `ALTER ROLE bob WITH PASSWORD '${sql}' VALID UNTIL 'x'`);
  f(
    "CREATE USER a IDENTIFIED WITH mysql_native_password BY 'pw\\'x' REQUIRE SSL",
    `CREATE USER a IDENTIFIED WITH mysql_native_password BY '${sql}' REQUIRE SSL`,
  );
  f('create user a identified by tiger', `create user a identified by ${sql}`);
  f("SET PASSWORD FOR a = PASSWORD('x')", `SET PASSWORD FOR a = PASSWORD('${sql}')`);
  f('ALTER USER a PASSWORD $x$se$cret$x$;', `ALTER USER a PASSWORD $x$${sql}$x$;`);
  f("ALTER USER a PASSWORD E'x'", `ALTER USER a PASSWORD E'${sql}'`);
  f('host=x password=geheim user=y', `host=x password=${sql} user=y`);
  f('{"password":"x y","a":1}', `{"password":"${sql}","a":1}`);
  f('{\\"password\\":\\"x y\\",\\"a\\":1}', `{\\"password\\":\\"${sql}\\",\\"a\\":1}`);
  f("PASSWORD 'cut off in the middl", `PASSWORD '${sql}`);

  const keeps = (text: string) => it(`keeps ${text}`, () => expect(masked(text)).toBe(text));
  keeps('4111111111111112');
  keeps('2026-03-01 12:00:00 1772366400000');
  keeps('1772366400000000');
  keeps('password authentication failed for user "bob"');
  keeps('Failed password for root from 10.0.0.1 port 22');
  keeps('Basic authentication was refused');
  keeps('https://host:8080/a?email=a@b.example');
  keeps('mail to bob@example.org');
  keeps('SELECT name FROM users WHERE id = 12345678901234');
});

describe('a slow text', () => {
  // A quadratic expression would need hours for these; the test would time out.
  const half = 1024 * 1024;
  for (const [name, text] of Object.entries({
    digits: '1'.repeat(half),
    groups: '4111 '.repeat(half / 5),
    single: '4 '.repeat(half / 2),
    jwt: 'eyJ-'.repeat(half / 4),
    dots: 'eyJaaaaa.'.repeat(half / 9),
    urls: '://a:'.repeat(half / 5),
    scheme: `a${'a'.repeat(half)}@`,
    password: 'password'.repeat(half / 8),
    equals: 'password='.repeat(half / 9),
    spaces: `password${' '.repeat(half)}x`,
    quotes: `password '${"''".repeat(half / 2)}`,
    dollars: 'PASSWORD $a$'.repeat(half / 12),
    identified: 'identified with a '.repeat(half / 18),
    bearer: 'bearer '.repeat(half / 7),
    escapes: `password${'\\'.repeat(half)}`,
  })) {
    it(`is done with ${name}`, () => expect(typeof masked(text)).toBe('string'));
  }
});

describe('names', () => {
  it('removes secret members at every depth and says so', async () => {
    const event = await testReader().event({
      user_id: 'u',
      password: 'P1',
      db_password: 'P2',
      a: { clientSecret: 'P3', list: [{ 'X-API-Key': 'P4', ok: 1 }] },
      changes: { before: { passwd: 'P5' }, after: { name: 'n' } },
      attributes: { headers: [{ name: 'Authorization', value: 'P6' }], cookie: 'P7' },
      labels: { token: 'P8', team: 'x' },
    });
    expect(JSON.stringify(event)).not.toMatch(/P\d/);
    expect(event['attributes']).toMatchObject({ a: { list: [{ ok: 1 }] }, headers: [{ name: 'Authorization' }] });
    expect(event['changes']).toEqual({ before: {}, after: { name: 'n' } });
    expect(event['redactions']).toEqual(
      [
        'changes.before.passwd',
        'labels.token',
        'attributes.headers[0].value',
        'attributes.cookie',
        'attributes.password',
        'attributes.db_password',
        'attributes.a.clientSecret',
        'attributes.a.list[0].X-API-Key',
      ].sort((a, b) => (event['redactions'] as string[]).indexOf(a) - (event['redactions'] as string[]).indexOf(b)),
    );
  });

  it("removes the operator's fields by name and by path, and their aliases", async () => {
    const own = testReader({ redactFields: ['user_email', 'patient.ssn', 'ip_address'] });
    const event = await own.event({ user_id: 'u', user_email: 'E1', patient: { ssn: 'E2', n: 1 }, ssn: 'kept', ip: 'E3', client_ip: 'E4' });
    expect(JSON.stringify(event)).not.toMatch(/E\d/);
    expect(event).toMatchObject({ attributes: { patient: { n: 1 }, ssn: 'kept' } });
    expect(event['redactions']).toEqual(expect.arrayContaining(['user_email', 'ip_address', 'attributes.patient.ssn']));
  });

  it('masks a card number that is a JSON number, and keys', async () => {
    const event = await testReader().event({
      user_id: 'u',
      num: 4111111111111111,
      m: { 'token=abcdefgh99': 1 },
      resource: 4111111111111111,
    });
    expect(event).toMatchObject({
      resource: '[redacted:card]',
      attributes: { num: '[redacted:card]', m: { 'token=[redacted:bearer]': 1 } },
    });
  });
});

describe('a planted secret', () => {
  const SECRETS: Readonly<Record<string, string>> = {
    card: 'charged 4012888888881881 twice',
    token: 'Bearer zz9SECRETzz9SECRET',
    url: 'mysql://root:zz9SECRETzz9@db/prod',
    sql: "ALTER USER bob IDENTIFIED BY 'zz9SECRETzz9'",
    pair: 'dsn host=a password=zz9SECRETzz9 port=1',
  };
  const LEAK = /zz9SECRET|4012888888881881/;
  const place = fc.constantFrom(
    (s: string) => ({ resource: s }),
    (s: string) => ({ user_agent: s }),
    (s: string) => ({ query_text: s, timestamp: s }),
    (s: string) => ({ user_id: s, reason: s }),
    (s: string) => ({ ip: s, action: s, category: s, result: s, type: s }),
    (s: string) => ({ roles: [s], labels: { a: s, [s]: 'x' } }),
    (s: string) => ({ changes: { a: [s, { b: s }] } }),
    (s: string) => ({ deep: { [s]: { [s]: [s] } } }),
    (s: string) => ({ attributes: { x: s }, event_id: s, session_id: s }),
    (s: string) => ({ severity: 99, x: s, [s]: 1 }),
    (s: string) => ({ actor_type: 'user', user_id: '', note: s }),
    (s: string) => ({ row_count: -1, [s]: { [s]: 1 } }),
    (s: string) => ({ duration_ms: s }),
  );

  it('is found nowhere: not in events, not in rejections, not in what goes to quarantine', async () => {
    const reader = testReader();
    const { Quarantine } = await import('./quarantine.ts');
    const written: Buffer[] = [];
    const file = {
      path: '',
      write: async (buffers: readonly Buffer[]) => void written.push(...buffers),
      size: async () => 0,
      close: async () => undefined,
    };
    const files = { makeDir: async () => undefined, list: async () => [], open: async () => file };
    const base = { clock: { nowMicros: () => 0, monotonicMs: () => 0 }, files, config: { dataDir: '/nowhere' } };
    const quarantine = new Quarantine(base as unknown as ConstructorParameters<typeof Quarantine>[0]);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.values(SECRETS)), place, place, fc.boolean(), async (secret, one, two, escape) => {
        const plain = JSON.stringify({ user_id: 'u', ...one(secret), ...two(secret) });
        // The same text with every letter z escaped: the scanner sees other bytes, the policy must not.
        const body = escape ? plain.replaceAll('z', '\\u007a').replaceAll('4012', '\\u0034012') : plain;
        const reading = await reader.read(body);
        written.length = 0;
        await quarantine.keep(reading.quarantine, reader.redaction);
        const out = [...textsOf(reading), JSON.stringify(reading.rejected), ...written.map(String)].join('\n');
        expect(out).not.toMatch(LEAK);
      }),
      { numRuns: 600 },
    );
  });
});
