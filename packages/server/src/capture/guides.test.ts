import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FIELDS } from '@daybook/protocol';
import { describe, expect, it } from 'vitest';
import type { Config } from '../base/config.ts';
import { parseConfig } from '../base/parse-config.ts';
import { FORMAT_NAMES } from './index.ts';

function parse(settings: string): Config {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'daybook-settings-'));
  try {
    writeFileSync(path.join(dir, 'daybook.yaml'), settings);
    for (const [, name = ''] of settings.matchAll(/secret_file: \.\/([a-z.]+)/g)) writeFileSync(path.join(dir, name), 'f'.repeat(64));
    return parseConfig({ flags: {}, env: {}, cwd: dir, eventFields: FIELDS.map(({ name }) => name), formats: FORMAT_NAMES });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const guide = (name: string) => readFileSync(path.join(import.meta.dirname, '../../../../docs/guides', `${name}.md`), 'utf8');

describe('guides', () => {
  const names = 'syslog otlp webhooks linux web-servers mysql custom-formats'.split(' ').map((name) => `capture-${name}`);
  const blocks = names.flatMap((name) =>
    [...guide(name).matchAll(/```yaml\n(capture:[\s\S]*?)```/g)].map(([, text = ''], i) => [`${name} ${i + 1}`, text] as const),
  );
  it('have settings', () => expect(blocks.length).toBeGreaterThanOrEqual(8));
  it.each(blocks)('%s can be used as it stands', (_name, text) => {
    expect(parse(text).capture).toBeDefined();
  });
});

describe('what is wrong under capture:', () => {
  const f = (text: string, message: string) => expect(() => parse(`capture:\n  ${text.replaceAll('\n', '\n  ')}\n`)).toThrow(message);
  it('is told with its place, and advice', () => {
    f('syslogg: []', 'daybook.yaml:2:3: `syslogg` is not a setting; did you mean `syslog`?');
    f('syslog:\n  - { listen: "127.0.0.1:1", transport: tcp, sourc: x }', ':3:48: `sourc` is not a setting; did you mean `source`?');
    f('syslog:\n  - { listen: "127.0.0.1:1", transport: sctp, source: x }', 'must be udp, tcp or tls');
    f('syslog:\n  - { listen: "127.0.0.1:1", transport: tcp }', 'name the source of what comes here');
    f('syslog:\n  - { listen: "127.0.0.1:1", transport: tls, source: x }', 'TLS needs `cert` and `key`');
    f('syslog:\n  - { listen: "127.0.0.1:1", transport: udp, source: x, cert: ./x }', 'means nothing with transport udp');
    f('syslog:\n  - { listen: "127.0.0.1:1", transport: tcp, source: x, format: nonsense }', 'is no format; there are auth-log');
    f('syslog:\n  - { listen: "127.0.0.1:1", transport: tcp, senders: [{ from: 10.0.0.0/99, source: x }] }', 'is no address or range');
    f('syslog:\n  - { listen: "127.0.0.1:1", transport: tcp, source: daybook }', "is the server's own name");
    f('webhooks: { a: { source: x } }', 'exactly one of them says what the bodies mean');
    f('webhooks: { A: { source: x, preset: github } }', 'it stands in the address');
    f('webhooks: { a: { source: x, preset: github, secret: short } }', 'is shorter than 8 characters');
    f('webhooks: { a: { source: x, preset: github, secret_file: /nowhere/at/all } }', 'cannot be read');
    f('webhooks: { a: { source: x, map: { user_id: sender.login } } }', 'must be');
    f('webhooks: { a: { source: x, map: { nobody: /x } } }', 'is not a field that a webhook may set');
    f('webhooks: { a: { preset: github, secret: long-enough } }', 'a signature names no producer');
    f('otlp: { zone: Nowhere }', 'is no time zone');
  });
  it('never shows a secret', () => {
    const { capture } = parse('capture:\n  webhooks: { a: { source: x, preset: github, secret: geheim-geheim } }\n');
    expect(JSON.stringify(capture)).not.toContain('geheim');
  });
});
