import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const SOURCE = path.join(import.meta.dirname, 'sumdb');
/** Where Debian's golang-golang-x-mod-dev puts it; `sumdb/go.mod` names the same place. */
const X_MOD = '/usr/share/gocode/src/golang.org/x/mod';

export interface SumdbRun {
  readonly ok: boolean;
  /** What was checked, as JSON; or `step: reason`. */
  readonly said: string;
}

/** The Go program of `sumdb/`, built into a temporary directory. */
export interface Sumdb {
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<SumdbRun>;
  remove(): void;
}

/** Why the program cannot be built here; undefined when it can, and in CI, where a lack must fail and not skip. */
export function sumdbMissing(): string | undefined {
  if (process.env['CI'] !== undefined) return undefined;
  if (spawnSync('go', ['version']).status !== 0) return "no Go: install Debian's golang-go";
  if (!existsSync(X_MOD)) return `no ${X_MOD}: install Debian's golang-golang-x-mod-dev`;
  return undefined;
}

export function buildSumdb(): Sumdb {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'daybook-sumdb-'));
  const program = path.join(dir, 'sumdb');
  // No network and no other toolchain: what Debian has must do.
  const env = { ...process.env, GOPROXY: 'off', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=mod', GO111MODULE: 'on' };
  execFileSync('go', ['build', '-o', program, '.'], { cwd: SOURCE, env, stdio: 'pipe' });
  const run = promisify(execFile);
  return {
    async run(args, more = {}) {
      try {
        return { ok: true, said: (await run(program, [...args], { env: { ...process.env, ...more } })).stdout.trim() };
      } catch (error) {
        if (error instanceof Error && 'stderr' in error && String(error.stderr) !== '')
          return { ok: false, said: String(error.stderr).trim() };
        throw error;
      }
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}
