import { claimedEvent } from '../claims/claims.ts';
import { knownEvent } from '../claims/known.ts';
import { nameOf } from '../claims/names.ts';
import { type Mapping, mapped, parseMapping } from '../claims/mapping.ts';
import type { Context, Format, Head } from '../format.ts';
import { quarantine, type Verdict } from '../result.ts';
import { type Pairs, pairsOf, type PairsFault } from './pairs.ts';
import { prefixOf } from './prefix.ts';

/**
 * `name=value name="a value" flag` (pairs.ts), maybe behind a carrier's header (prefix.ts). There is no standard; this is what the programs that write it (Heroku's router, Go kit,
 * logrus, slog, FortiOS) have in common.
 */
export const logfmt: Format = {
  name: 'logfmt',
  title: 'logfmt of any program: name=value',
  source: 'logfmt',
  framing: 'lines',
  keepsOriginal: false,
  recognise,
  open: (context) => {
    const option = context.options['mapping'];
    const mapping = option === undefined ? undefined : parseMapping(option);
    return { parse: (record, emit) => emit(record, judge(record.text, context, mapping)), end: () => undefined };
  },
  mapping: [{ record: '*', field: 'every field', from: 'as `json` does: [its table](#json)' }],
};

function recognise({ lines }: Head): number {
  const some = lines.slice(0, 50);
  const read = some.map(pairsIn).filter((pairs) => typeof pairs !== 'string' && Object.keys(pairs).length > 1);
  if (some.length === 0 || read.length * 2 < some.length) return 0;
  const known = Object.keys(read[0] ?? {}).filter((key) => nameOf(key).meanings.length > 0).length;
  return known >= 2 ? 0.3 : 0.15;
}

function judge(text: string, context: Context, mapping: Mapping | undefined): Verdict {
  const pairs = pairsIn(text);
  if (typeof pairs === 'string') return quarantine(pairs, REASONS[pairs]);
  return mapping === undefined ? knownEvent(pairs, context) : claimedEvent(mapped(mapping, pairs), context, false);
}

const REASONS: Readonly<Record<PairsFault, string>> = {
  not_logfmt: 'this line is no list of name=value',
  too_many_pairs: 'this line has more pairs than any program writes',
  logfmt_quotes: 'a value in quotes does not end, or is not one of logfmt',
};

/** The pairs, with what a carrier says of the line: its header whole, and its time where the line has none. */
function pairsIn(text: string): Pairs | PairsFault {
  const prefix = prefixOf(text);
  if (prefix === undefined) return pairsOf(text);
  const pairs = pairsOf(text, prefix.end);
  if (typeof pairs === 'string') return pairs;
  const { time } = prefix;
  if (time !== undefined && !TIME_NAMES.some((name) => Object.hasOwn(pairs, name))) pairs['timestamp'] = time;
  pairs['prefix'] ??= prefix.text;
  return pairs;
}

const TIME_NAMES = ['timestamp', 'time', 'ts', 't', '@timestamp', 'date', 'eventtime'];
