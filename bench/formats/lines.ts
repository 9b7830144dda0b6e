import { cloudLines } from './cloud-lines.ts';
import { otherLines } from './other-lines.ts';
import { serviceLines } from './service-lines.ts';
import { textLines } from './text-lines.ts';

/** Makes line number `i` of a file. */
export type Line = (random: () => number, i: number) => string;

/** The generator of a format's lines; undefined when it has none. */
export function linesOf(name: string): Line | undefined {
  return cloudLines.get(name) ?? serviceLines.get(name) ?? textLines.get(name) ?? otherLines.get(name);
}

export function pick<T>(random: () => number, list: readonly T[]): T {
  const one = list[Math.floor(random() * list.length)];
  if (one === undefined) throw new Error('an empty list');
  return one;
}

export const USERS = ['ana', 'zoe', 'li.wei', 'jurgen', 'sam', 'chloe', 'olu', 'mira'];

export function ip(random: () => number): string {
  return `203.0.113.${Math.floor(random() * 254) + 1}`;
}

/** RFC 3339 in UTC with milliseconds: some hundred lines a second, as in a busy file. */
export function stamp(i: number): string {
  return new Date(1_772_359_200_000 + i * 3).toISOString();
}

export function uuid(i: number): string {
  return `5c1f0e6a-77aa-4000-8000-${String(i).padStart(12, '0')}`;
}
