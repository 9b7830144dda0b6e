import type { Result } from '@daybook/formats';
import { type Io, write, writeLine } from '../io.ts';
import { safe } from '../terminal.ts';
import { canonicalEvent } from './canonical.ts';
import type { Stop } from './reading.ts';

/** What a dry run tells of one input. */
export interface DryRunInput {
  readonly source: string;
  /** Told with each record when there are several inputs. */
  readonly file: string | undefined;
}

/** As much text as is written at once: a write per record would take longer than reading it. */
const WRITE_CHARS = 64 * 1024;

/** The result as it stands in the end: what the server would refuse is quarantine. */
export function judged(result: Result, source: string): Result {
  if (result.result !== 'event' || result.event === undefined) return result;
  const canonical = canonicalEvent(result.event, { source, channel: 'importer' });
  if (canonical.ok) return { ...result, event: canonical.event };
  return { ...result, result: 'quarantine', code: canonical.code, reason: canonical.reason, event: undefined };
}

/** `--dry-run --json`: one line of JSON per record, and nothing else. */
export class JsonDryRun {
  readonly #io: Io;
  #text = '';

  constructor(io: Io) {
    this.#io = io;
  }

  async result({ line, lastLine, format, result, code, reason, event }: Result, { file }: DryRunInput): Promise<void> {
    const last = lastLine === line ? {} : { last_line: lastLine };
    await this.#line({ ...(file === undefined ? {} : { file }), line, ...last, format, result, code, reason, event });
  }

  async stop({ line, code, reason, partial }: Stop, format: string, { file }: DryRunInput): Promise<void> {
    if (!partial) return;
    await this.#line({
      ...(file === undefined ? {} : { file }),
      line,
      format,
      result: 'quarantine',
      code,
      reason: `${reason}; nothing behind it was read`,
    });
  }

  async end(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    if (text !== '') await write(this.#io.stdout, text);
  }

  async #line(value: Record<string, unknown>): Promise<void> {
    this.#text += `${JSON.stringify(value)}\n`;
    if (this.#text.length >= WRITE_CHARS) await this.end();
  }
}

const SHOWN_MAX = 3;

/** `--dry-run` for people: the first records of each kind, as they would be kept. */
export class ShownDryRun {
  readonly #io: Io;
  #shown = { event: 0, noise: 0, quarantine: 0 };

  constructor(io: Io) {
    this.#io = io;
  }

  async result(file: string, { line, result, code, reason, event }: Result): Promise<void> {
    if (result === 'noise' || this.#shown[result]++ >= SHOWN_MAX) return;
    await writeLine(this.#io.stdout, safe(`${file}:${line} ${result}${code === undefined ? '' : ` ${code}: ${reason ?? ''}`}`));
    for (const [name, value] of Object.entries(event ?? {})) {
      const text = JSON.stringify(value);
      await writeLine(this.#io.stdout, safe(`  ${name} = ${text.length > VALUE_CHARS ? `${text.slice(0, VALUE_CHARS)}…` : text}`));
    }
  }

  next(): void {
    this.#shown = { event: 0, noise: 0, quarantine: 0 };
  }
}

const VALUE_CHARS = 120;
