import { expect, it } from 'vitest';
import { BATCH_ITEMS_MAX, type Batch, batches, STRETCH_ITEMS_MAX } from './batches.ts';
import { onOneLine } from './one-line.ts';

async function* items(texts: Iterable<string>) {
  let line = 1;
  for (const text of texts) yield { bytes: Buffer.from(text), line: line++ };
}

async function all(texts: Iterable<string>): Promise<Batch[]> {
  const out: Batch[] = [];
  for await (const batch of batches(items(texts))) out.push(batch);
  return out;
}

/** Where the server puts each item: instance and counter. Two items with one place are doubles. */
function places(made: readonly Batch[]): string[] {
  return made.flatMap((batch) => batch.lines.map((_, i) => `${batch.instance}:${batch.firstSeq + i}`));
}

function* equalItems(count: number) {
  for (let i = 0; i < count; i++) yield '{"user_id":"a"}';
}

it('gives the same file the same places', async () => {
  const texts = Array.from({ length: 5000 }, (_, i) => `{"i":${i}}`);
  const once = await all(texts);
  expect(places(await all(texts))).toEqual(places(once));
  expect(once.map((batch) => batch.lines.length)).toEqual([BATCH_ITEMS_MAX, BATCH_ITEMS_MAX, 5000 - 2 * BATCH_ITEMS_MAX]);
  expect(Buffer.concat(once.map((batch) => batch.body)).toString()).toBe(texts.map((text) => `${text}\n`).join(''));
});

it('gives every item of a file a place of its own, also where all are equal', async () => {
  const count = 2 * STRETCH_ITEMS_MAX + 5;
  expect(new Set(places(await all(equalItems(count)))).size).toBe(count);
});

it('gives files that differ in one byte, or begin alike, other places', async () => {
  const a = new Set(places(await all(['{"i":1}', '{"i":2}'])));
  for (const other of [['{"i":1}', '{"i":3}'], ['{"i":1}'], ['{"i":1}', '{"i":2}', '{"i":3}']])
    for (const place of places(await all(other))) expect(a.has(place)).toBe(false);
});

it('keeps the places of whole stretches when a file has grown', async () => {
  const before = places(await all(equalItems(STRETCH_ITEMS_MAX + 10)));
  const after = new Set(places(await all(equalItems(STRETCH_ITEMS_MAX + 20))));
  expect(before.filter((place) => after.has(place))).toHaveLength(STRETCH_ITEMS_MAX);
});

it('puts valid items on one line and repairs nothing', () => {
  const f = (text: string) => onOneLine({ bytes: Buffer.from(text), line: 1 })?.bytes.toString();
  expect(f('{\n"a": "ä",\r\n"b": 12345678901234567890}')).toBe('{ "a": "ä",  "b": 12345678901234567890}');
  expect(f('{"a": "x\ny"}')).toBeUndefined();
  expect(f('{"broken":')).toBe('{"broken":');
});
