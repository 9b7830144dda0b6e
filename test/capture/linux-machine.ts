import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Format, openReader, type Result, UTC } from '@daybook/formats';
import { runCommand } from '../harness/daybook.ts';

/** Programs that a test needs on this machine, and root to give it a file system of its own. */
export function hasPrograms(...programs: readonly string[]): boolean {
  return process.getuid?.() === 0 && [...programs, '/usr/bin/unshare'].every((program) => existsSync(program));
}

/** Runs a script of this folder in a throwaway copy of this machine (machine.sh); resolves with what it prints. */
export async function onMachine(script: string, args: readonly string[] = [], stdin?: string): Promise<string> {
  const base = mkdtempSync(path.join(tmpdir(), 'daybook-machine-'));
  try {
    const here = import.meta.dirname;
    const command = [
      'unshare',
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      'sh',
      path.join(here, 'machine.sh'),
      base,
      path.join(here, script),
      ...args,
    ];
    const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };
    const { status, out, err } = await runCommand(command, { cwd: '/', env, ...(stdin === undefined ? {} : { stdin }) });
    if (status !== 0) throw new Error(`${script} ended with ${String(status)}: ${err}`);
    return out;
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

/** Parts of an output, each behind a line `=== NAME`. */
export function sections(output: string): ReadonlyMap<string, string> {
  return new Map(
    output
      .split(/^=== /m)
      .slice(1)
      .map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)] as const),
  );
}

/** What a format makes of a whole input that was written just now. */
export function readAll(format: Format, input: string): readonly Result[] {
  const reader = openReader(format, { writtenMs: Date.now(), zone: UTC, options: {} });
  return [...reader.push(Buffer.from(input)), ...reader.end()];
}

/** The fields named, of each event, with `-` for those that it lacks. */
export function told(results: readonly Result[], fields: readonly string[]): readonly string[] {
  const word = (value: unknown) => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '-');
  return results.flatMap(({ event }) => (event === undefined ? [] : [fields.map((name) => word(event[name])).join(' | ')]));
}
