import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Daybook, ROOT } from '../harness/daybook.ts';
import { until } from '../harness/until.ts';
import { freePort } from '../support/free-port.ts';
import { postgresMissing, startPostgres } from '../support/postgres.ts';

/** Below node_modules, so that what the documents import is found, and git sees nothing. */
const CACHE = path.join(ROOT, 'node_modules', '.daybook-docs');
const missing = postgresMissing();

let daybook: Daybook;
let work: string;
let token = '';
beforeAll(async () => {
  daybook = await Daybook.start();
  const made = await daybook.cli(['token', 'create', '--role', 'producer', '--name', 'shop', '--json']);
  token = /dbk_[\w-]+/.exec(made.out)?.[0] ?? '';
  mkdirSync(CACHE, { recursive: true });
  work = mkdtempSync(path.join(CACHE, 'docs-'));
});
afterAll(async () => {
  await daybook.stop();
  daybook.remove();
  rmSync(work, { recursive: true, force: true });
});

let child: ChildProcess | undefined;
afterEach(async () => {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
});

function blocksOf(document: string): string[] {
  const text = readFileSync(path.join(ROOT, 'docs', 'guides', document), 'utf8');
  return [...text.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '');
}

/** Runs a block as a reader would who pasted it into a file. */
function run(name: string, block: string, env: Readonly<Record<string, string>> = {}): { readonly output: () => string } {
  const directory = mkdtempSync(path.join(work, `${name}-`));
  writeFileSync(path.join(directory, 'app.module.js'), NEST_MODULE);
  writeFileSync(path.join(directory, 'package.json'), '{"type":"module"}');
  writeFileSync(path.join(directory, 'app.js'), block);
  let output = '';
  child = spawn(process.execPath, ['app.js'], {
    cwd: directory,
    env: { PATH: process.env['PATH'] ?? '', DAYBOOK_URL: daybook.url, DAYBOOK_TOKEN: token, DAYBOOK_NAME: 'shop', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const collect = (bytes: Buffer) => (output += bytes.toString());
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  return { output: () => output };
}

/** The reader's own module: decorators called by hand, for Node runs no TypeScript here. */
const NEST_MODULE = `import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
class Orders { one() { return {}; } }
Controller('orders')(Orders);
Get(':id')(Orders.prototype, 'one', Object.getOwnPropertyDescriptor(Orders.prototype, 'one'));
export class AppModule {}
Module({ controllers: [Orders] })(AppModule);
`;

async function rowsOf(where: string, count: number): Promise<string[][]> {
  const select = `SELECT event_type, resource, user_id, actor_type, outcome FROM access_logs WHERE ${where} ORDER BY timestamp`;
  return until(`${count} rows where ${where}`, async () => {
    const rows = (await daybook.sql(select)).split('\n').filter((row) => row !== '').map((row) => row.split('\t'));
    return rows.length >= count ? rows : undefined;
  }, { ms: 20_000, everyMs: 100 }); // biome-ignore format: one thought
}

describe('what the guides show', () => {
  it.each(['express', 'fastify', 'koa', 'hono', 'nest', 'http'])('sdk-%s.md is an application that is recorded', async (framework) => {
    const port = await freePort();
    const [block = ''] = blocksOf(`sdk-${framework}.md`);
    const { output } = run(framework, block.replace('3000', String(port)));
    const headers = { 'x-demo-user': `reader-of-${framework}` };
    await until(
      'it answers',
      async () => (await fetch(`http://127.0.0.1:${port}/orders/7`, { headers }).catch(() => undefined))?.ok || undefined,
      {
        ms: 20_000,
        giveUp: () => (child?.exitCode === null ? undefined : output()),
      },
    );
    expect(await rowsOf(`user_id = 'reader-of-${framework}'`, 1)).toContainEqual([
      'GET /orders/:id',
      '/orders/7',
      `reader-of-${framework}`,
      'user',
      'success',
    ]);
    expect(output()).toBe('');
  });

  it('sdk.md begins with an application, and goes on with what can be said', async () => {
    const [first = '', second = ''] = blocksOf('sdk.md');
    const port = await freePort();
    const { output } = run('first', first.replace('3000', String(port)));
    await until('it answers', async () => (await fetch(`http://127.0.0.1:${port}/orders/77`).catch(() => undefined))?.ok || undefined, {
      ms: 20_000,
    });
    expect(await rowsOf("resource = '/orders/77'", 1)).toContainEqual(['GET /orders/:id', '/orders/77', '', 'anonymous', 'success']);
    expect(output()).toBe('');
    child?.kill('SIGKILL');
    const said = run('second', second);
    await until('it has ended', () => (child?.exitCode === null ? undefined : true), { ms: 20_000 });
    expect(said.output()).toBe('');
    const rows = await rowsOf("event_type IN ('login', 'role.grant', 'invoices.send')", 4);
    // All of them may be said within one millisecond: their order is no matter here.
    expect(rows.map(([type, , user, , outcome]) => `${type} ${user} ${outcome}`).toSorted()).toEqual([
      'invoices.send nightly success',
      'login ana success',
      'login bob denied',
      'role.grant ana success',
    ]);
  });

  it.skipIf(missing !== undefined)(`sdk-databases.md records statements${missing === undefined ? '' : ` (${missing})`}`, async () => {
    const postgres = await startPostgres();
    const [block = ''] = blocksOf('sdk-databases.md');
    const { output } = run('databases', block, { DATABASE_URL: postgres.url('postgres') });
    await until('it has ended', () => (child?.exitCode === null ? undefined : true), { ms: 20_000 });
    await postgres.stop();
    expect(output()).toBe('');
    expect(await rowsOf("protocol = 'postgres'", 2)).toEqual([
      ['create', 'people', 'shop', 'service', 'success'],
      ['select', 'people', 'ana', 'user', 'success'],
    ]);
  });
});
