import { ALLOWED_AGGREGATES, ALLOWED_SCALARS, REFUSED } from './function-names.ts';
import { denied, type SqlRefusal } from './refusal.ts';
import { clip } from './walker.ts';

/** Suffixes that make another aggregate function of one; longest first where one ends in another. */
const COMBINATORS = [
  'simplestate', 'ordefault', 'ornull', 'distinct', 'resample', 'foreach', 'argmax', 'argmin', 'tuple', 'merge', 'mergestate', 'state', 'array', 'null', 'map', 'if',
]; // biome-ignore format: a word list

/** Written as functions by the engine's formatter though they are syntax. `__exists` and the like are not. */
const SYNTAX = ['exists', 'grouping', 'untuple'];

const words = (text: string): string[] => text.trim().split(/\s+/).map((word) => word.toLowerCase()); // biome-ignore format: one line

const SCALARS: ReadonlySet<string> = new Set([...words(ALLOWED_SCALARS), ...SYNTAX]);
const AGGREGATES: ReadonlySet<string> = new Set(words(ALLOWED_AGGREGATES));
const REASONS: ReadonlyMap<string, string> = new Map(
  Object.entries(REFUSED).flatMap(([reason, names]) => words(names).map((name) => [name, reason] as const)),
);

export const REFUSED_FUNCTIONS: ReadonlySet<string> = new Set(REASONS.keys());

/** Function names are compared in small letters: the engine takes some in any case, and refuses the others by itself. */
export function classifyFunction(name: string): 'allowed' | 'refused' | 'unknown' {
  const folded = name.toLowerCase();
  if (REASONS.has(folded)) return 'refused';
  if (SCALARS.has(folded) || isAggregate(folded)) return 'allowed';
  return 'unknown';
}

function isAggregate(folded: string): boolean {
  if (REASONS.has(folded)) return false;
  if (AGGREGATES.has(folded)) return true;
  // At most a handful of suffixes fit any name, and each removes letters: this ends.
  return COMBINATORS.some((suffix) => folded.endsWith(suffix) && isAggregate(folded.slice(0, -suffix.length)));
}

export function functionRefusal(name: string): SqlRefusal {
  const reason = REASONS.get(name.toLowerCase());
  if (reason !== undefined) return denied(`The function ${clip(name)} is not available here: it reaches ${reason}.`);
  return denied(`The function ${clip(name)} is not available here; SELECT name FROM system.functions lists those that are.`);
}

/**
 * Functions that are answered by Daybook instead of the engine: they would tell of the engine's accounts, database or host. The value is a string literal's
 * text, `user` = the name of the token.
 */
export const ANSWERED: ReadonlyMap<string, 'user' | 'database' | 'host'> = new Map([
  ...words('currentUser current_user user session_user authenticatedUser authUser').map((name) => [name, 'user'] as const),
  ...words('currentDatabase current_database DATABASE SCHEMA').map((name) => [name, 'database'] as const),
  ...words('hostName hostname FQDN fullHostName').map((name) => [name, 'host'] as const),
]);
