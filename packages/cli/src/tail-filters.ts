import { usageError } from './cli-error.ts';

/** Flags of `daybook tail` and the field that each compares. */
export const TAIL_FILTERS = [
  { flag: 'user', field: 'user_id' },
  { flag: 'outcome', field: 'outcome' },
  { flag: 'action', field: 'action' },
  { flag: 'type', field: 'event_type' },
  { flag: 'resource', field: 'resource' },
  { flag: 'ip', field: 'ip_address' },
  { flag: 'source', field: 'source' },
  { flag: 'log', field: 'log' },
] as const;

/** Parsed options → `field=value` pairs for the server. */
export function tailFilters(options: Readonly<Record<string, unknown>>): readonly (readonly [string, string])[] {
  const named = TAIL_FILTERS.flatMap(({ flag, field }) => {
    const value = options[flag];
    return typeof value === 'string' ? [[field, value] as const] : [];
  });
  const others = Array.isArray(options['where']) ? options['where'].map((pair) => parsePair(String(pair))) : [];
  return [...named, ...others];
}

function parsePair(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw usageError(`--where ${text} is no field=value.`, 'Write it like --where country_code=DE.');
  return [text.slice(0, at), text.slice(at + 1)];
}
