import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, runCommand } from '../harness/daybook.ts';

const DIR = path.join(ROOT, 'packaging', 'systemd');
const UNIT = path.join(DIR, 'daybook.service');
/** Of each unit systemd's own mark, 0 = nothing is permitted, 10 = everything: what is left is the network, /proc, its own data, and logs to read. */
const EXPOSURE_MAX = { daybook: 1.5, 'daybook-agent': 1.8, 'daybook-deliver': 1.6 };
const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8' };
const analyze = (...args: string[]) => runCommand(['systemd-analyze', ...args], { cwd: DIR, env });
const hasSystemd = (await analyze('--version').catch(() => undefined))?.status === 0;

describe.skipIf(!hasSystemd).each(Object.entries(EXPOSURE_MAX))(
  'the unit %s (systemd-analyze; npm test installs it)',
  (name, exposureMax) => {
    const unit = path.join(DIR, `${name}.service`);
    it('has no mistake', async () => {
      expect(await analyze('verify', '--man=no', unit)).toEqual({ status: 0, out: '', err: '' });
    });
    it('permits little', async () => {
      const { status, out } = await analyze('security', '--offline=true', `--threshold=${exposureMax * 10}`, '--no-pager', unit);
      expect({ status, last: out.trim().split('\n').at(-1) }).toMatchObject({ status: 0, last: expect.stringContaining('OK') });
    });
    it('says no secret', () => {
      expect(readFileSync(unit, 'utf8')).not.toMatch(/^(?:Environment|ExecStart)=.*TOKEN/m);
    });
  },
);

it('gives the server the time and the order that it needs to stop', () => {
  const unit = readFileSync(UNIT, 'utf8');
  expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(10);
  expect(unit).toMatch(/^KillMode=mixed$/m);
  // The key's readable copy does not outlive the start, and the key itself is none of the service user's files.
  expect(unit).toMatch(/^ExecStartPost=\/usr\/bin\/rm -f \/run\/daybook\/signing\.key$/m);
});

it('the install script is one for every sh', async () => {
  expect(await runCommand(['sh', '-n', path.join(DIR, 'install.sh')], { cwd: DIR, env })).toMatchObject({ status: 0, err: '' });
});
