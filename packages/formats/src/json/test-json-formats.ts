import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { FIELDS, parseStrict } from '@daybook/protocol';
import { expect } from 'vitest';
import { type Format, recognise, type Result } from '../index.ts';
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
export function expectEvent(format: Format, object: unknown, fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { result, event, code, reason } = judged(format, object);
  expect(`${result} ${code ?? ''} ${reason ?? ''}`).toBe('event  ');
  for (const [name, value] of Object.entries(fields)) expect(event?.[name], name).toEqual(value);
  expectCanonical(event ?? {});
  return event ?? {};
}

/** Names, value types and words are those that intake takes, and its parser takes the text. */
export function expectCanonical(event: Readonly<Record<string, unknown>>): void {
  expect(parseStrict(JSON.stringify(event))).toMatchObject({ ok: true });
  for (const [name, value] of Object.entries(event)) {
    const field = FIELDS.find((one) => one.name === name);
    expect(field, name).toBeDefined();
    if (field?.type === 'enum') expect(field.values, name).toContain(value);
    else if (field?.type === 'string' || field?.type === 'ip' || field?.type === 'time') expect(typeof value, name).toBe('string');
    else if (field?.type === 'uint') expect(Number.isSafeInteger(value), name).toBe(true);
    else if (field?.type === 'float') expect(Number.isFinite(value), name).toBe(true);
    else if (field?.type === 'bool') expect(typeof value, name).toBe('boolean');
    else if (field?.type === 'strings') expect((value as unknown[]).every((item) => typeof item === 'string')).toBe(true);
  }
  for (const name of ['timestamp', 'event_type', 'action', 'actor_type', 'category', 'resource', 'outcome'])
    expect(event[name], name).toBeDefined();
  if (event['user_id'] === undefined) expect(['anonymous', 'system', 'unknown']).toContain(event['actor_type']);
}

/**
 * The format's fixture gives the golden lines, is told to be of this format, is cut anywhere without a difference, and nothing mixed into it throws.
 * With DAYBOOK_GOLDEN=write the golden file is written anew, to be proofread.
 */
export function expectGolden(format: Format, dir: string): void {
  const input = readFileSync(path.join(dir, 'fixtures', `${format.name}.log`), 'utf8');
  expect(recognise(input)?.name).toBe(format.name);
  const results = read(format, input);
  for (const { event } of results) if (event !== undefined) expectCanonical(event);
  const lines = results.map(
    ({ line, lastLine, result, code, reason, event }) => `${JSON.stringify({ line, lastLine, result, code, reason, event })}\n`,
  );
  const file = path.join(dir, 'fixtures', `${format.name}.golden.jsonl`);
  if (process.env['DAYBOOK_GOLDEN'] === 'write') writeFileSync(file, lines.join(''));
  expect(lines.join('')).toBe(readFileSync(file, 'utf8'));
  const bytes = new TextEncoder().encode(input);
  for (let cut = 1; cut < bytes.length; cut += CUT_STEP) expect(read(format, bytes, { cut })).toEqual(results);
  expectNeverThrows(format, input, 25);
}

/** The framer is cut at every byte in its own tests; here every so many, a prime. */
const CUT_STEP = 997;
