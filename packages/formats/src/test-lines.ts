import { expect } from 'vitest';
import { type Format } from './index.ts';
import { complaints } from './json/test-json-formats.ts';
import { CONTEXT, read } from './test-formats.ts';

/** The line is an event, with these fields (one that is undefined here is not there), and intake would take it. */
export function expectLine(
  format: Format,
  line: string,
  fields: Readonly<Record<string, unknown>>,
  options: Readonly<Record<string, string>> = {},
): void {
  const results = read(format, `${line}\n`, { context: { ...CONTEXT, options } });
  const { result, event = {} } = results[0] ?? {};
  const some = Object.fromEntries(Object.keys(fields).map((name) => [name, event[name]]));
  expect({ line, count: results.length, result, fields: some, complaints: complaints(event) }).toEqual({
    line,
    count: 1,
    result: 'event',
    fields,
    complaints: [],
  });
}
