import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Field, FIELDS, parseStrict } from '@daybook/protocol';
import { expect } from 'vitest';
import { type EventFields, type Format, recognise, type Result } from '../index.ts';
import { expectNeverThrows, read } from '../test-formats.ts';

/** The one result of an object. */
export function judged(format: Format, object: unknown): Result {
  const results = read(format, `${JSON.stringify(object)}\n`);
  expect(results).toHaveLength(1);
  const [result] = results;
  if (result === undefined) throw new Error('no result');
  return result;
}

/** The event of an object, with at least these fields; a field that is undefined here must not be there. */
export function expectEvent(format: Format, object: unknown, fields: EventFields): EventFields {
  const { event = {}, ...verdict } = judged(format, object);
  expect(verdict).toMatchObject({ result: 'event' });
  expect(Object.fromEntries(Object.keys(fields).map((name) => [name, event[name]]))).toEqual(fields);
  expect(complaints(event)).toEqual([]);
  return event;
}

const ALWAYS = ['timestamp', 'event_type', 'action', 'actor_type', 'category', 'resource', 'outcome'];
const NOBODY: readonly unknown[] = ['anonymous', 'system', 'unknown'];

/** What intake would not take: names, types and words that are not canonical, what is missing, and text that its parser refuses. */
export function complaints(event: EventFields): string[] {
  const wrong = Object.entries(event).filter(
    ([name, value]) =>
      !fits(
        FIELDS.find((field) => field.name === name),
        value,
      ),
  );
  const missing = ALWAYS.filter((name) => event[name] === undefined);
  const parsed = parseStrict(JSON.stringify(event));
  return [
    ...wrong.map(([name, value]) => `${name}: ${JSON.stringify(value)}`),
    ...missing.map((name) => `no ${name}`),
    ...(parsed.ok ? [] : [`${parsed.code} at ${parsed.path}`]),
    ...(event['category'] === 'audit' ? ["category audit is the server's own"] : []),
    ...(event['user_id'] === undefined && !NOBODY.includes(event['actor_type']) ? ['no user_id'] : []),
  ];
}

function fits(field: Field | undefined, value: unknown): boolean {
  const type = field?.type;
  switch (type) {
    case undefined:
      return false;
    case 'enum':
      return typeof value === 'string' && field?.values?.includes(value) === true;
    case 'string':
    case 'time':
    case 'ip':
      return typeof value === 'string';
    case 'bool':
      return typeof value === 'boolean';
    case 'uint':
      return Number.isSafeInteger(value) && Number(value) >= 0;
    case 'float':
      return Number.isFinite(value);
    case 'strings':
      return Array.isArray(value) && value.every((item) => typeof item === 'string');
    case 'map':
    case 'json':
      return typeof value === 'object';
    default:
      return type satisfies never;
  }
}

/**
 * The format's fixture gives the golden lines (`vitest -u` writes them anew, to be proofread), is told to be of this format, is cut anywhere without a
 * difference, and nothing mixed into it throws.
 */
export async function expectGolden(format: Format, dir: string): Promise<void> {
  const input = readFileSync(path.join(dir, 'fixtures', `${format.name}.log`), 'utf8');
  expect(recognise(input)?.name).toBe(format.name);
  const results = read(format, input);
  expect(results.flatMap(({ event }) => (event === undefined ? [] : complaints(event)))).toEqual([]);
  const lines = results.map(({ line, lastLine, result, code, reason, event }) =>
    JSON.stringify({ line, lastLine, result, code, reason, event }),
  );
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(path.join(dir, 'fixtures', `${format.name}.golden.jsonl`));
  const bytes = new TextEncoder().encode(input);
  for (let cut = 1; cut < bytes.length; cut += CUT_STEP) expect(read(format, bytes, { cut })).toEqual(results);
  expectNeverThrows(format, input, RUNS);
}

/** The framer is cut at every byte in its own tests; here every so many, a prime. */
const CUT_STEP = 997;
const RUNS = 25;
