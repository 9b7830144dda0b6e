import path from 'node:path';
import { parseArgs } from 'node:util';
import { DAYS_DEFAULT, SEED_DEFAULT } from './history/history.ts';

export interface DemoOptions {
  readonly data: string;
  readonly seed: string;
  readonly days: number;
  readonly scale: number;
  /** Live steps per second. */
  readonly rate: number;
  readonly end: Date | undefined;
  readonly historyOnly: boolean;
  readonly url: string | undefined;
  readonly token: string | undefined;
  readonly postgres: string | undefined;
}

const RATE_DEFAULT = 5;
const DAYS_MAX = 400;
const SCALE_MAX = 1000;
const RATE_MAX = 1000;

export const HELP = `Usage: npm run demo -- [flags…]

A small company that runs for real against Daybook: 30 days of history, then live traffic until Ctrl-C.

  --data DIR        where everything of the demo is kept (default: ./demo-data)
  --days N          days of history, 1 to ${DAYS_MAX} (default: ${DAYS_DEFAULT})
  --scale N         times the people and what they do, up to ${SCALE_MAX} (default: 1, some 5,000 events a day)
  --rate N          live steps per second, up to ${RATE_MAX} (default: ${RATE_DEFAULT})
  --seed TEXT       another company (default: ${SEED_DEFAULT})
  --end TIME        when the history ends (default: now)
  --history-only    no live traffic: end when the history is told
  --url URL         a Daybook that runs already; without it the demo starts its own
  --token TOKEN     an admin token of it (better: DAYBOOK_TOKEN)
  --postgres URL    a PostgreSQL database for the company (default: one is started when PostgreSQL 15 is installed)
  --help            this

A second run on the same data continues: what was told before is not told twice.`;

/** Thrown for a command line that is wrong, with what is wrong about it. */
export class UsageError extends Error {}

/** undefined: help was asked for. */
export function parseOptions(args: readonly string[], env: NodeJS.ProcessEnv): DemoOptions | undefined {
  const { values } = parsed(args);
  if (values.help === true) return undefined;
  const seed = values.seed ?? SEED_DEFAULT;
  if (!/^[\w.-]{1,40}$/.test(seed)) throw new UsageError('--seed is 1 to 40 letters, digits, points, _ and -');
  const end = values.end === undefined ? undefined : new Date(values.end);
  if (end !== undefined && Number.isNaN(end.getTime())) throw new UsageError('--end is a time, as 2026-11-26T12:00:00Z');
  const token = values.token ?? env['DAYBOOK_TOKEN'];
  if (values.url !== undefined && token === undefined)
    throw new UsageError('--url needs --token, or DAYBOOK_TOKEN: an admin token, to make tokens for the applications');
  return {
    data: path.resolve(values.data ?? 'demo-data'),
    seed,
    days: numberOf('days', values.days ?? String(DAYS_DEFAULT), { low: 1, high: DAYS_MAX, isWhole: true }),
    scale: numberOf('scale', values.scale ?? '1', { low: 0.1, high: SCALE_MAX }),
    rate: numberOf('rate', values.rate ?? String(RATE_DEFAULT), { low: 0.1, high: RATE_MAX }),
    end,
    historyOnly: values['history-only'] === true,
    url: values.url?.replace(/\/+$/, ''),
    token,
    postgres: values.postgres,
  };
}

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = {
    data: text,
    days: text,
    scale: text,
    rate: text,
    seed: text,
    end: text,
    'history-only': flag,
    url: text,
    token: text,
    postgres: text,
    help: flag,
  };
  try {
    return parseArgs({ args: [...args], options, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function numberOf(
  name: string,
  text: string,
  { low, high, isWhole = false }: { readonly low: number; readonly high: number; readonly isWhole?: boolean },
): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= low && value <= high && (!isWhole || Number.isInteger(value))) return value;
  throw new UsageError(`--${name} is a ${isWhole ? 'whole ' : ''}number from ${low} to ${high}`);
}
