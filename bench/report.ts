import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** One measured number: what was asked for, what came out. */
export interface Measure {
  readonly workload: string;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Reach: at least, or at most, this. */
  readonly atLeast?: number;
  readonly atMost?: number;
  /** The same measured on the baseline in this run. */
  readonly baseline?: number;
  readonly note?: string;
}

export class Report {
  readonly #measures: Measure[] = [];
  readonly #began = new Date();

  add(measure: Measure): void {
    this.#measures.push(measure);
    process.stdout.write(`${line(measure)}\n`);
  }

  /** Writes `results/<date>-<commit>.json` and the same as a table in `.md`; returns whether all goals were met. */
  write(): boolean {
    const dir = path.join(import.meta.dirname, '../bench/results');
    mkdirSync(dir, { recursive: true });
    const commit = git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '-uno') === '' ? '' : '+');
    const machine = {
      cpu: os.cpus()[0]?.model ?? '?',
      cores: os.cpus().length,
      memoryGiB: Math.round(os.totalmem() / 2 ** 30),
      node: process.version,
      kernel: os.release(),
    };
    const stamp = this.#began.toISOString().slice(0, 16).replace(/[:T]/g, '');
    const base = path.join(dir, `${stamp}-${commit.replace('+', '')}`);
    writeFileSync(`${base}.json`, `${JSON.stringify({ began: this.#began, commit, machine, measures: this.#measures }, null, 2)}\n`);
    const head = `# Benchmark ${this.#began.toISOString()}\n\nCommit ${commit}; ${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB, Node ${machine.node}, Linux ${machine.kernel}. Load generator on the same cores.\n`;
    const rows = this.#measures.map(
      (m) =>
        `| ${m.workload} | ${m.name} | ${shown(m.value)} ${m.unit} | ${goal(m)} | ${met(m)} | ${m.baseline === undefined ? '' : `${shown(m.baseline)} ${m.unit}`} | ${m.note ?? ''} |`,
    );
    writeFileSync(
      `${base}.md`,
      `${head}\n| workload | measure | measured | goal | met | PostgreSQL 15 | note |\n|---|---|---|---|---|---|---|\n${rows.join('\n')}\n`,
    );
    process.stdout.write(`written: ${path.relative(process.cwd(), base)}.md\n`);
    return this.#measures.every((m) => met(m) !== 'no');
  }
}

function line(m: Measure): string {
  const verdict = met(m);
  return `${verdict === 'no' ? '✗' : verdict === 'yes' ? '✓' : ' '} ${m.workload}: ${m.name} ${shown(m.value)} ${m.unit} (${goal(m) || 'no goal'}${m.baseline === undefined ? '' : `; PostgreSQL ${shown(m.baseline)}`})${m.note ? ` ${m.note}` : ''}`;
}

function goal(m: Measure): string {
  if (m.atLeast !== undefined) return `≥ ${shown(m.atLeast)}`;
  if (m.atMost !== undefined) return `≤ ${shown(m.atMost)}`;
  return '';
}

function met(m: Measure): 'yes' | 'no' | '' {
  if (m.atLeast !== undefined) return m.value >= m.atLeast ? 'yes' : 'no';
  if (m.atMost !== undefined) return m.value <= m.atMost ? 'yes' : 'no';
  return '';
}

function shown(value: number): string {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  return Number(value.toPrecision(3)).toString();
}

function git(...args: string[]): string {
  try {
    return execFileSync('git', args, { encoding: 'utf8', cwd: import.meta.dirname }).trim();
  } catch {
    return 'no-commit';
  }
}
