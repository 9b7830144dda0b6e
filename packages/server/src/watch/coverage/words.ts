/** `2 days`, `3 hours`: the largest unit that is whole enough. */
const UNITS: readonly (readonly [string, number])[] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

/** A span that somebody wrote: exact where it is a round one. */
export function spanText(seconds: number): string {
  for (const [unit, length] of UNITS) {
    if (seconds % length === 0 && seconds >= length) return plural(seconds / length, unit);
  }
  return plural(seconds, 'second');
}

/** A span that was measured: rounded down, in the unit that people would use. */
export function agoText(micros: number): string {
  const seconds = Math.max(0, Math.floor(micros / 1_000_000));
  const [unit, length] = UNITS.find(([, one]) => seconds >= 2 * one) ?? ['second', 1];
  return plural(Math.floor(seconds / length), unit);
}

function plural(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
