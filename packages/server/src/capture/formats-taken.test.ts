import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseRecord, recordOf } from '@daybook/protocol';
import { expect, it } from 'vitest';
import { testReader } from '../intake/test-reader.ts';

/** What formats make of their fixtures is taken: an event that the server refuses would be lost on its way in. */
const FORMATS = path.join(import.meta.dirname, '../../../formats/src');
const goldens = readdirSync(FORMATS, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.golden.jsonl'));

it('has goldens of all formats', () => expect(goldens.length).toBeGreaterThan(20));

it.each(goldens)('%s', async (golden) => {
  const lines = readFileSync(path.join(FORMATS, golden), 'utf8').split('\n');
  const events = lines.map((line) => recordOf(parseRecord(line))['event']).filter((event) => event !== undefined);
  expect(events.length).toBeGreaterThan(0);
  const { rejected } = await testReader().read(events.map((event) => JSON.stringify(event)).join('\n'));
  expect(rejected).toEqual([]);
});
