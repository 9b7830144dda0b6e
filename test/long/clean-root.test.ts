import { chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseJson } from '@daybook/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImage, copyRoot, imageFlags, makeBase, npmFlags } from '../harness/clean-root.ts';
import { ROOT } from '../harness/daybook.ts';
import { execForm, lastOf, type Stage } from '../harness/dockerfile.ts';
import { mustSucceed, packTo } from '../harness/installed.ts';
import { canContain, Container, runIn } from '../harness/nspawn.ts';
import { until } from '../harness/until.ts';

const BUILD_MS = 900_000;
const READY_MS = 60_000;
const QUESTION = "SELECT user_id FROM access_logs WHERE kind = 'event' ORDER BY user_id FORMAT TSV";
const event = (user: string) => `${JSON.stringify({ user_id: user, event_type: 'read', resource: '/x', outcome: 'success' })}\n`;

describe.skipIf(!canContain())('in a clean Debian (root, debootstrap, systemd-nspawn)', () => {
  let dir: string;
  let base: string;
  beforeAll(() => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'daybook-clean-'));
    base = path.join(dir, 'base');
    makeBase(base, process.env['DAYBOOK_TEST_NODE24'] ?? process.execPath);
  }, BUILD_MS);
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it(
    'the steps of the Dockerfile give an image that serves as nobody special on a read-only root, and keeps its data',
    async () => {
      const stage = await buildImage(readFileSync(path.join(ROOT, 'packaging', 'docker', 'Dockerfile'), 'utf8'), base, dir);
      const image = path.join(dir, 'image');
      const uid = Number(lastOf(stage, 'USER').split(':')[0]);
      const flags = imageFlags(stage, newVolumes(stage, { dir, image, uid }));
      expect((await runIn(image, ['sh', '-c', 'touch /app/x || touch /etc/x'], flags)).err).toMatch(/Read-only file system/);
      const command = [...execForm(lastOf(stage, 'ENTRYPOINT')), ...execForm(lastOf(stage, 'CMD'))];
      for (const [user, expected] of [
        ['ada', 'ada\n'],
        ['bea', 'ada\nbea\n'],
      ] as const) {
        const container = await Container.start(image, command, flags);
        try {
          const inside = { uid, env: { DAYBOOK_DATA: '/var/lib/daybook/data' } };
          await healthy(container, stage, uid);
          mustSucceed(await container.exec(['daybook', 'import', '--format', 'json', '-'], { ...inside, stdin: event(user) }));
          await answers(container, inside, expected);
          expect(mustSucceed(await container.exec(['daybook', 'verify', 'http://127.0.0.1:7717'], inside))).toContain(
            'OK: nothing is wrong',
          );
          expect(await container.stop()).toBe(0);
        } finally {
          await container.kill();
        }
      }
      expect(existsSync(path.join(dir, 'volumes', 'daybook', 'data', 'control', 'local.json'))).toBe(false);
    },
    BUILD_MS,
  );

  it(
    'the service starts under systemd, keeps its key from itself, comes back by itself, and stops in order',
    async () => {
      const root = path.join(dir, 'service');
      copyRoot(base, root);
      await packTo(path.join(dir, 'out'));
      cpSync(path.join(ROOT, 'packaging'), path.join(root, 'src', 'packaging'), { recursive: true });
      const tarballs = readdirSync(path.join(dir, 'out')).filter((name) => name.endsWith('.tgz'));
      for (const name of tarballs) cpSync(path.join(dir, 'out', name), path.join(root, 'src', name));
      const install = `packaging/systemd/install.sh ${tarballs.map((name) => `./${name}`).join(' ')} && systemctl enable daybook`;
      const installed = async () => mustSucceed(await runIn(root, ['sh', '-euc', install], ['--chdir=/src', ...npmFlags()]));
      expect(await installed()).toContain('made /etc/daybook/signing.key');
      // An upgrade leaves key and token alone.
      const secrets = () => ['signing.key', 'daybook.env'].map((name) => readFileSync(path.join(root, 'etc', 'daybook', name), 'utf8'));
      const before = secrets();
      expect(await installed()).not.toContain('made ');
      expect(secrets()).toEqual(before);
      const container = await Container.start(root, [], ['--boot', '--kill-signal=SIGRTMIN+4']);
      try {
        await expectServiceToWork(container);
      } finally {
        await container.kill();
      }
    },
    BUILD_MS,
  );
});

/** As an engine makes them: each with the owner and the mode that the image's directory has. */
function newVolumes(
  stage: Stage,
  { dir, image, uid }: { readonly dir: string; readonly image: string; readonly uid: number },
): Record<string, string> {
  const inside = parseJson(lastOf(stage, 'VOLUME')) as string[];
  return Object.fromEntries(
    inside.map((volume) => {
      const outside = path.join(dir, 'volumes', path.basename(volume));
      expect(existsSync(path.join(image, volume))).toBe(true);
      mkdirSync(outside, { recursive: true, mode: 0o700 });
      chownSync(outside, uid, uid);
      return [volume, outside];
    }),
  );
}

async function healthy(container: Container, stage: Stage, uid: number): Promise<void> {
  const check = execForm(lastOf(stage, 'HEALTHCHECK'));
  await until('the health check is content', async () => ((await container.exec(check, { uid })).status === 0 ? true : undefined), {
    ms: READY_MS,
    everyMs: 200,
  });
}

async function answers(container: Container, inside: { readonly uid: number; readonly env: Record<string, string> }, expected: string) {
  const ask = async () => ((await container.exec(['daybook', 'query', QUESTION], inside)).out === expected ? true : undefined);
  await until(`the events are queryable: ${expected}`, ask, { ms: READY_MS, everyMs: 200 });
}

/** What an operator sees of it, in one boot. */
async function expectServiceToWork(container: Container): Promise<void> {
  const show = async (property: string) => (await container.exec(['systemctl', 'show', '-p', property, '--value', 'daybook'])).out.trim();
  const active = () =>
    until('the service is active', async () => ((await show('ActiveState')) === 'active' ? true : undefined), {
      ms: READY_MS,
      everyMs: 200,
    });
  const uid = async () => Number((await container.exec(['id', '-u', 'daybook'])).out);
  await active();
  const inside = { uid: await uid(), env: { DAYBOOK_DATA: '/var/lib/daybook/data' } };

  for (const file of ['/etc/daybook/signing.key', '/run/daybook/signing.key', '/etc/daybook/daybook.env'])
    expect((await container.exec(['cat', file], inside)).status).not.toBe(0);
  expect((await container.exec(['journalctl', '-u', 'daybook', '--no-pager'])).out).not.toMatch(/DAYBOOK_TOKEN=\S/);
  mustSucceed(await container.exec(['daybook', 'import', '--format', 'json', '-'], { ...inside, stdin: event('ada') }));
  await answers(container, inside, 'ada\n');

  // Killed: systemd starts it again, and nothing is lost.
  const killed = await show('MainPID');
  await container.exec(['kill', '-9', killed]);
  await until('another process serves', async () => (![killed, '0'].includes(await show('MainPID')) ? true : undefined), {
    ms: READY_MS,
    everyMs: 200,
  });
  await active();
  await answers(container, inside, 'ada\n');

  mustSucceed(await container.exec(['systemctl', 'stop', 'daybook']));
  expect(await show('Result')).toBe('success');
  expect((await container.exec(['pgrep', '-f', 'daybook'])).out).toBe('');
  expect(mustSucceed(await container.exec(['daybook', 'verify', '/var/lib/daybook/data']))).toContain('OK: nothing is wrong');

  // A setting that is refused: the start fails, at once and with the reason in the log.
  mustSucceed(await container.exec(['sh', '-c', 'echo DAYBOOK_LISTEN=192.0.2.1:1 >>/etc/daybook/daybook.env']));
  expect((await container.exec(['systemctl', 'start', 'daybook'])).status).not.toBe(0);
  expect((await container.exec(['journalctl', '-u', 'daybook', '--no-pager'])).out).toContain('192.0.2.1');
  mustSucceed(await container.exec(['systemctl', 'stop', 'daybook']));

  // Without its key it does not begin a second history under a new one.
  mustSucceed(await container.exec(['mv', '/etc/daybook/signing.key', '/root/signing.key']));
  expect((await container.exec(['systemctl', 'start', 'daybook'])).status).not.toBe(0);
}
