import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DaybookError } from '@daybook/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FOLD_BY } from './fold-settings.ts';
import { type ConfigInput, parseConfig } from './parse-config.ts';
import { SETTINGS, settingsReference } from './settings.ts';

const EVENT_FIELDS = ['category', 'severity', 'timestamp', 'host', ...FOLD_BY];

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'daybook-config-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

function config(given: { readonly yaml?: string; readonly env?: ConfigInput['env']; readonly flags?: ConfigInput['flags'] }) {
  if (given.yaml !== undefined) writeFileSync(path.join(dir, 'daybook.yaml'), given.yaml);
  return parseConfig({ flags: given.flags ?? {}, env: given.env ?? {}, cwd: dir, eventFields: EVENT_FIELDS });
}

function refusal(given: Parameters<typeof config>[0]): string {
  try {
    config(given);
  } catch (error) {
    if (error instanceof DaybookError && error.code === 'bad_setting') return error.message.replaceAll(`${dir}${path.sep}`, '');
    throw error;
  }
  throw new Error('the settings were taken');
}

describe('defaults', () => {
  test('are those of the contract', () => {
    const made = config({});
    expect(made.dataDir).toBe(path.join(dir, 'data'));
    expect(made.listen).toEqual({ host: '127.0.0.1', port: 7717 });
    expect(made.signingKeyFile).toBe(path.join(dir, 'data.key'));
    expect(made.originIsDefault).toBe(true);
    expect(made.logs).toEqual(['routine', 'important']);
    expect(made.fold).toEqual([]);
    expect(made.redact.patterns).toEqual(['card', 'bearer', 'url_password', 'sql_password']);
    expect(made.importance.map((rule) => rule.log)).toEqual(['important', 'important']);
  });

  test('an empty variable is an unset one, the variables of the clients are no settings', () => {
    const made = config({
      env: { DAYBOOK_ADMIN_TOKEN: '', DAYBOOK_URL: 'http://x', DAYBOOK_TOKEN: 't', DAYBOOK_RUN_BUILT: '1', PATH: '/bin' },
    });
    expect(made.adminToken).toBeUndefined();
  });
});

test('the variables of a Kubernetes service named daybook are nobody’s settings', () => {
  const env = {
    DAYBOOK_SERVICE_HOST: '10.0.0.1',
    DAYBOOK_SERVICE_PORT: '7717',
    DAYBOOK_SERVICE_PORT_HTTP: '7717',
    DAYBOOK_PORT: 'tcp://10.0.0.1:7717',
  };
  expect(config({ env: { ...env, DAYBOOK_PORT_7717_TCP_ADDR: '10.0.0.1' } }).listen.port).toBe(7717);
  expect(refusal({ env: { DAYBOOK_PORTS: '1' } })).toContain('`DAYBOOK_PORTS` is not a setting');
});

describe('precedence', () => {
  const yaml = 'listen: 127.0.0.1:1\norigin: file.example\ndata: from-file\n';

  test('flag over environment over file over default', () => {
    const all = config({ yaml, env: { DAYBOOK_LISTEN: '127.0.0.1:2' }, flags: { listen: '127.0.0.1:3' } });
    expect(all.listen.port).toBe(3);
    expect(config({ yaml, env: { DAYBOOK_LISTEN: '127.0.0.1:2' } }).listen.port).toBe(2);
    expect(config({ yaml }).listen.port).toBe(1);
    expect(all.origin).toBe('file.example');
    expect(all.originIsDefault).toBe(false);
  });

  test('a named file, whose paths are relative to itself', () => {
    const elsewhere = mkdtempSync(path.join(dir, 'etc-'));
    writeFileSync(path.join(elsewhere, 'my.yaml'), yaml);
    const made = config({ env: { DAYBOOK_CONFIG: path.join(elsewhere, 'my.yaml') } });
    expect(made.dataDir).toBe(path.join(elsewhere, 'from-file'));
    expect(made.signingKeyFile).toBe(path.join(elsewhere, 'from-file.key'));
  });

  test('lists: commas, repeated flags, YAML lists or one value', () => {
    expect(config({ env: { DAYBOOK_CHECKPOINT_SINK: '/a, https://w.example/x' } }).checkpointSinks).toEqual(['/a', 'https://w.example/x']);
    expect(config({ flags: { 'checkpoint-sink': ['/a', '/b'] } }).checkpointSinks).toEqual(['/a', '/b']);
    expect(config({ yaml: 'checkpoint_sink: sinks\nlogs: [payments]\n' })).toMatchObject({
      checkpointSinks: [path.join(dir, 'sinks')],
      logs: ['routine', 'important', 'payments'],
    });
  });

  test('rules that fold', () => {
    const fold = (text: string) => config({ yaml: `fold:\n  - ${text}\n` }).fold;
    expect(fold('{ name: health, when: { resource: [/healthz, /live*], status_code: 200 } }')).toEqual([
      { name: 'health', when: { resource: ['/healthz', '/live*'], status_code: ['200'] }, windowS: 60, by: FOLD_BY },
    ]);
    expect(fold(`{ name: health, when: { source: k8s }, window: 5m, by: [${FOLD_BY.join(', ')}, host] }`)).toMatchObject([
      { windowS: 300, by: [...FOLD_BY, 'host'] },
    ]);
  });

  test('rules of importance, with words, numbers and lists', () => {
    const made = config({
      yaml: 'logs: payments\nimportance:\n  - log: payments\n    when: { source: shop, severity: [5, 6] }\n  - { log: important, when: { outcome: denied } }\n',
    });
    expect(made.importance).toEqual([
      { log: 'payments', when: { source: ['shop'], severity: ['5', '6'] } },
      { log: 'important', when: { outcome: ['denied'] } },
    ]);
  });

  test('part of the redaction policy', () => {
    expect(config({ yaml: 'redact:\n  fields: [attributes.ssn]\n' }).redact).toEqual({
      fields: ['attributes.ssn'],
      patterns: ['card', 'bearer', 'url_password', 'sql_password'],
    });
    expect(config({ yaml: 'redact: { patterns: [card] }\n' }).redact.patterns).toEqual(['card']);
  });
});

describe('an unknown or bad setting stops the start, with its place and advice', () => {
  const cases: readonly (readonly [string, Parameters<typeof config>[0], string])[] = [
    ['unknown key', { yaml: 'data: x\nlisen: 127.0.0.1:1\n' }, 'daybook.yaml:2:1: `lisen` is not a setting; did you mean `listen`?'],
    ['key written as a flag', { yaml: 'signing-key: x\n' }, 'daybook.yaml:1:1: `signing-key` is not a setting; did you mean `signing_key`?'],
    ['unknown variable', { env: { DAYBOOK_LISTN: 'x' } }, 'environment: `DAYBOOK_LISTN` is not a setting; did you mean `DAYBOOK_LISTEN`?'],
    ['unlike anything', { env: { DAYBOOK_FROBNICATION_LEVEL: 'x' } }, '`DAYBOOK_FROBNICATION_LEVEL` is not a setting; see docs/'],
    ['unknown flag', { flags: { origni: 'x' } }, '`--origni` is not a setting; did you mean `--origin`?'],
    ['bad value in the file', { yaml: 'origin: a\nlisten:   nowhere\n' }, 'daybook.yaml:2:11: `listen` must be `host:port`'],
    ['bad value in the environment', { env: { DAYBOOK_LISTEN: '127.0.0.1:70000' } }, 'environment: DAYBOOK_LISTEN must be `host:port`'],
    ['bad value of a flag', { flags: { 'log-level': 'loud' } }, '--log-level must be one of debug'],
    ['overridden, but wrong all the same', { yaml: 'listen: nowhere\n', flags: { listen: '127.0.0.1:1' } }, 'daybook.yaml:1:9: `listen`'],
    ['text where a structure is wanted', { yaml: 'redact: all\n' }, 'daybook.yaml:1:9: `redact`'],
    ['unknown key of a rule', { yaml: 'importance:\n  - lgo: important\n    when: {}\n' }, 'daybook.yaml:2:5: `lgo` is not a setting; did you mean `log`?'],
    ['rule on a field that is none', { yaml: 'importance:\n  - log: important\n    when:\n      outcom: denied\n' }, 'daybook.yaml:4:7: `importance.0.when.outcom` is not a field of events; see the reference of event fields; did you mean `outcome`?'],
    ['rule without a value', { yaml: 'importance:\n  - log: important\n    when:\n      outcome: [[x]]\n' }, 'daybook.yaml:4:17: `importance.0.when.outcome.0`'],
    ['fold without when', { yaml: 'fold:\n  - { name: a, when: {} }\n' }, 'daybook.yaml:2:22: `fold.0.when` is empty, and would fold everything'],
    ['fold of logins', { yaml: 'fold:\n  - { name: a, when: { category: [http, authentication] } }\n' }, '`fold.0.when.category` names authentication, which is never folded'],
    ['fold that loses who', { yaml: 'fold:\n  - { name: a, when: { source: x }, by: [source, action] }\n' }, '`fold.0.by` must name source, user_id, action,'],
    ['fold by time', { yaml: 'fold:\n  - { name: a, when: { source: x }, by: [source, user_id, action, event_type, resource, outcome, status_code, ip_address, tenant_id, timestamp] }\n' }, 'names what no two events have in common'],
    ['fold over two days', { yaml: 'fold:\n  - { name: a, when: { source: x }, window: 2d }\n' }, '`fold.0.window` must be a time from 1s to 1d'],
    ['fold on no field', { yaml: 'fold:\n  - { name: a, when: { resorce: x } }\n' }, 'did you mean `resource`?'],
    ['rule to no log', { yaml: 'importance:\n  - { log: nosuch, when: { outcome: denied } }\n' }, 'importance: there is no log `nosuch`; add it to `logs`'],
    ['unknown pattern', { yaml: 'redact:\n  patterns:\n    - card\n    - cadr\n' }, 'daybook.yaml:4:7: `redact.patterns.1` must be one of card'],
    ['bad log name', { yaml: 'logs: [a/b]\n' }, 'daybook.yaml:1:8: `logs.0` is no log name'],
    ['key twice', { yaml: 'data: a\ndata: b\n' }, 'daybook.yaml:2:1: is no valid YAML'],
    ['broken YAML', { yaml: 'data: [a\nlisten: b\n' }, 'daybook.yaml:2:'],
    ['no mapping', { yaml: '- data\n' }, 'daybook.yaml:1:1: must be a mapping'],
    ['file that is not there', { flags: { config: 'nosuch.yaml' } }, 'nosuch.yaml: the settings file does not exist'],
    ['short admin token', { env: { DAYBOOK_ADMIN_TOKEN: 'hunter2' } }, 'DAYBOOK_ADMIN_TOKEN is shorter than 32 characters; make one by'],
    ['no PostgreSQL URL', { env: { DAYBOOK_DATABASE_URL: 'mysql://u:secret@h/d' } }, 'DAYBOOK_DATABASE_URL must be a URL that begins with postgres://'],
    ['sink that is no URL', { env: { DAYBOOK_CHECKPOINT_SINK: 'https://' } }, 'DAYBOOK_CHECKPOINT_SINK'],
    ['origin with a plus', { flags: { origin: 'a+b' } }, '--origin must be a name'],
    ['beyond loopback', { flags: { listen: '0.0.0.0:7717' } }, 'listen: 0.0.0.0 is reachable from other machines'],
    ['forced by another name', { flags: { listen: '0.0.0.0:7717', 'insecure-listen': '127.0.0.1' } }, 'listen: 0.0.0.0 is reachable'],
    ['key inside the data', { flags: { data: 'd', 'signing-key': 'd/key' } }, 'signing_key: the key must not lie inside the data directory'],
  ]; // biome-ignore format: a table, one case a line

  test.each(cases)('%s', (_name, given, expected) => {
    expect(refusal(given)).toContain(expected);
  });

  test('all of them at once, and no secret among them', () => {
    const message = refusal({
      yaml: 'lisen: x\nadmin_token: swordfish\n',
      env: { DAYBOOK_DATABASE_URL: 'mysql://u:swordfish@h/d', DAYBOOK_X: 'y' },
    });
    expect(message).toContain('4 settings are wrong');
    expect(message).not.toContain('swordfish');
  });

  test('no alias expands to a gigabyte', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]', 'b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]', 'logs: [*b,*b,*b]'].join('\n');
    expect(refusal({ yaml: bomb })).toContain('daybook.yaml:');
  });
});

test('beyond loopback is possible by name', () => {
  expect(config({ flags: { listen: '0.0.0.0:7717', 'insecure-listen': '0.0.0.0' } }).listen.host).toBe('0.0.0.0');
  for (const listen of ['localhost:1', '127.8.9.1:1', '[::1]:0']) expect(config({ flags: { listen } }).listen.port).toBeLessThan(2);
});

test('secrets do not print', () => {
  const made = config({ env: { DAYBOOK_ADMIN_TOKEN: 'swordfish'.repeat(4), DAYBOOK_CLICKHOUSE_URL: 'http://u:swordfish@h:8123' } });
  expect(JSON.stringify(made)).not.toContain('swordfish');
  expect(String(made.adminToken)).toBe('[redacted]');
  expect(made.adminToken?.reveal()).toBe('swordfish'.repeat(4));
});

test('the reference has a row for every setting', () => {
  const text = settingsReference();
  for (const setting of SETTINGS) expect(text).toContain(`\`${setting.name}\``);
  expect(text).toContain('`DAYBOOK_LAST_SIGNED_DIR` | `--last-signed-dir`');
});
