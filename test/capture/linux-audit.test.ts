import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatNamed, recognise, type Result } from '@daybook/formats';
import { ROOT, runCommand } from '../harness/daybook.ts';
import { hasPrograms, readAll, told } from './linux-machine.ts';

/** Written in the audit daemon's own form: events of one record and of many, mixed, raw and enriched. */
const LOG = path.join(ROOT, 'packages', 'formats', 'src', 'auditd', 'fixtures', 'audit.log');

describe.skipIf(!hasPrograms('/usr/sbin/ausearch'))(
  'audit records beside the audit system’s own reader (root, auditd; npm test installs it)',
  () => {
    let folder = '';
    let file = '';
    const text = readFileSync(LOG, 'utf8')
      .split('\n')
      .filter((line) => line.includes('type='))
      .join('\n');

    beforeAll(() => {
      folder = mkdtempSync(path.join(tmpdir(), 'daybook-audit-'));
      file = path.join(folder, 'audit.log');
      writeFileSync(file, `${text}\n`);
    });

    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it('puts the same records together, and says the same of their outcome', async () => {
      const rows = (await ausearch('--format', 'csv'))
        .split('\n')
        .slice(1)
        .map((row) => row.split(','))
        .filter((row) => row.length > 11);
      const theirs = new Map(rows.map((row) => [row[4] ?? '', row[11] ?? '']));
      const events = read(text).filter(({ event }) => event !== undefined);
      // A PATH without its SYSCALL is a piece of an event that was cut off: they show it, we count it.
      expect(new Set([...events.map(serialOf), '195'])).toEqual(new Set(theirs.keys()));
      for (const made of events) {
        const outcome = String(made.event?.['outcome']);
        expect([serialOf(made), outcome === 'success' || outcome === 'unknown' ? '' : 'failed']).toEqual([
          serialOf(made),
          theirs.get(serialOf(made)) === 'failed' ? 'failed' : '',
        ]);
      }
    });

    it('reads what ausearch prints, raw and interpreted, as it reads the log', async () => {
      const fields = ['source_event_id', 'event_type', 'action', 'outcome', 'ip_address', 'method'];
      const direct = told(read(text), fields).toSorted();
      expect(told(read(await ausearch('--raw')), fields).toSorted()).toEqual(direct);
      const serials = (lines: readonly string[]) => lines.map((line) => line.replace(/^.*?:(?=\d+ \|)/, '')).toSorted();
      // It shows the LOGIN of an event as one of its own, and the system call behind it as another.
      const printed = serials(told(read(await ausearch('-i')), fields)).filter((line) => !line.startsWith('120 | SYSCALL'));
      expect(printed).toEqual(serials(direct));
    });

    function read(input: string): readonly Result[] {
      const format = formatNamed('auditd');
      expect(recognise(input)).toBe(format);
      if (format === undefined) throw new Error('no such format');
      return readAll(format, input);
    }

    async function ausearch(...args: readonly string[]): Promise<string> {
      const { out, err, status } = await runCommand(['/usr/sbin/ausearch', '-if', file, ...args], {
        cwd: folder,
        env: { TZ: 'UTC', LC_ALL: 'C' },
      });
      expect([status, err]).toEqual([0, '']);
      return out;
    }
  },
);

function serialOf({ event }: Result): string {
  return String(event?.['source_event_id']).split(':').at(-1) ?? '';
}
