import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseStrict } from '@daybook/protocol';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN, Daybook, ROOT, runCommand } from '../harness/daybook.ts';
import { type LossyRelay, openLossyRelay } from '../harness/lossy-relay.ts';

/** The programs of docs/guides/send-from-….md, as a reader copies them, over a way that loses the first answer and refuses the second try. */
const PYTHON = process.env['DAYBOOK_TEST_PYTHON'] ?? path.join(ROOT, 'node_modules/.cache/daybook/venv/bin/python');
/** Kept from run to run: compiling the standard library takes most of the time. */
const GO_CACHE = path.join(ROOT, 'node_modules/.cache/daybook/go-build');
const IN_CI = process.env['CI'] !== undefined;

interface Reply {
  readonly accepted: number;
  readonly rejected: unknown[];
  readonly duplicates: { readonly item: number; readonly log: string; readonly idx: number }[];
}

let daybook: Daybook;
let relay: LossyRelay;
let dir: string;

beforeAll(async () => {
  daybook = await Daybook.start();
});
afterAll(async () => {
  await daybook.stop();
  daybook.remove();
});
beforeEach(async () => {
  relay = await openLossyRelay(daybook.url);
  dir = mkdtempSync(path.join(os.tmpdir(), 'daybook-send-'));
});
afterEach(async () => {
  await relay.close();
  rmSync(dir, { recursive: true, force: true });
});

/** Writes the programs of a page under the names that their first lines tell. */
function programsOf(page: string): void {
  const text = readFileSync(path.join(ROOT, 'docs', 'guides', page), 'utf8');
  for (const [, program = '', name = ''] of text.matchAll(/^```\w+\n((?:#|\/\/) (\S+)\n[\s\S]*?)^```$/gm))
    writeFileSync(path.join(dir, name), program);
}

/** Runs a program to its end and reads the reply that it prints last. */
async function run(command: readonly string[], env: Record<string, string> = {}): Promise<Reply> {
  const { status, out, err } = await runCommand(command, {
    cwd: dir,
    env: { PATH: process.env['PATH'] ?? '', HOME: dir, DAYBOOK_URL: relay.url, DAYBOOK_TOKEN: ADMIN, ...env },
  });
  expect({ status, out, err }).toMatchObject({ status: 0 });
  const said = parseStrict(out.trim().split('\n').at(-1) ?? '');
  if (!said.ok) throw new Error(`no reply was printed: ${out}`);
  return said.value as unknown as Reply;
}

/**
 * Who is in the ledger, and how often, for each event that the reply names. The first try was kept and the third was told so: only doubles can be in
 * the reply.
 */
async function kept(
  reply: Reply,
): Promise<{ readonly tries: number; readonly accepted: number; readonly rejected: unknown[]; readonly users: string[] }> {
  await daybook.indexed();
  const users: string[] = [];
  for (const { log, idx } of reply.duplicates) {
    const id = `(SELECT event_id FROM access_logs WHERE log = '${log}' AND idx = ${idx})`;
    users.push(await daybook.sql(`SELECT user_id, count() FROM access_logs WHERE event_id = ${id} GROUP BY user_id`));
  }
  return { tries: relay.count(), accepted: reply.accepted, rejected: reply.rejected, users };
}

const ONCE_EACH = { tries: 3, accepted: 0, rejected: [], users: ['ana\t1', 'ana\t1'] };

/** What is lacking, for the name of a skipped test; '' when nothing is, and in CI, where a lack must fail. */
function lack([program = '', ...args]: readonly string[]): string {
  if (IN_CI || spawnSync(program, args).status === 0) return '';
  return ` (skipped: ${[path.basename(program), ...args].join(' ')} does not run; \`npm test\` installs it)`;
}

describe('a program copied from the guide sends each event once', () => {
  const noPython = lack([PYTHON, '--version']);
  it.skipIf(noPython !== '')(`from Python${noPython}`, async () => {
    programsOf('send-from-python.md');
    expect(await kept(await run([PYTHON, 'send.py']))).toEqual(ONCE_EACH);
  });

  const noProtobuf = lack([PYTHON, '-c', 'import grpc_tools, google.protobuf']);
  it.skipIf(noProtobuf !== '')(`from Python, as Protocol Buffers${noProtobuf}`, async () => {
    programsOf('send-from-python.md');
    copyFileSync(path.join(ROOT, 'docs/reference/daybook.proto'), path.join(dir, 'daybook.proto'));
    const made = spawnSync(PYTHON, ['-m', 'grpc_tools.protoc', '-I.', '--python_out=.', 'daybook.proto'], { cwd: dir, encoding: 'utf8' });
    expect(made).toMatchObject({ status: 0, stderr: '' });
    const reply = await run([PYTHON, 'send_protobuf.py']);
    expect(await kept(reply)).toEqual({ ...ONCE_EACH, users: ['ben\t1'] });
    const { log, idx } = reply.duplicates[0] ?? { log: '', idx: -1 };
    const { entry } = (await (await daybook.fetch(`/v1/events/${log}/${idx}`)).json()) as { entry: { event: object } };
    expect(entry.event).toMatchObject({
      row_count: 1200,
      roles: ['analyst'],
      labels: { team: 'sales' },
      attributes: { format: 'csv', columns: ['id', 'total'] },
    });
  });

  const noGo = lack(['go', 'version']);
  it.skipIf(noGo !== '')(`from Go${noGo}`, async () => {
    programsOf('send-from-go.md');
    const env = { GOCACHE: GO_CACHE, GOPROXY: 'off', GOTOOLCHAIN: 'local', GO111MODULE: 'off' };
    expect(await kept(await run(['go', 'run', 'send.go'], env))).toEqual(ONCE_EACH);
  });

  const noJava = lack(['javac', '-version']);
  it.skipIf(noJava !== '')(`from Java${noJava}`, async () => {
    programsOf('send-from-java.md');
    expect(await kept(await run(['java', 'Send.java']))).toEqual(ONCE_EACH);
  });
});
