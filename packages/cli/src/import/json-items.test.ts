import { describe, expect, it } from 'vitest';
import type { BrokenInput } from './cutter.ts';
import { jsonItems, shapeOf } from './json-items.ts';

async function cut(parts: readonly Buffer[]) {
  const broken: BrokenInput[] = [];
  const items: string[] = [];
  async function* stream() {
    yield* parts;
  }
  for await (const item of jsonItems(stream(), (what) => broken.push(what))) items.push(`${item.line}:${item.bytes.toString()}`);
  return { items, broken: broken.map(({ line, message }) => `${line}: ${message}`) };
}

/** The beginning is read to 256 KiB before the shape is known; padding makes pieces fall behind that, too. */
const PADDING = `${' '.repeat(1023)}\n`.repeat(256);

async function f(text: string, items: readonly string[], broken: readonly string[] = []): Promise<void> {
  expect(await cut([Buffer.from(text)])).toEqual({ items, broken });
}

describe('shapes', () => {
  it('tells lines, arrays and objects', async () => {
    await f('{"a":1}\n{"a":2}\n', ['1:{"a":1}', '2:{"a":2}']);
    await f('{"a":1}', ['1:{"a":1}']);
    await f('[{"a":1},\n {"a":2}\n]', ['1:{"a":1}', '2:{"a":2}']);
    await f('{\n "a": 1\n}\n{\n "a": [2, {"b": "}"}]\n}\n', ['1:{\n "a": 1\n}', '4:{\n "a": [2, {"b": "}"}]\n}']);
    await f('', []);
    await f('[]', []);
    await f('\n\n{"a":1}\r\n\r\n{"a":2}', ['3:{"a":1}', '5:{"a":2}']);
    await f('\uFEFF{"a":1}\n', ['1:{"a":1}']);
    await f('\uFEFF[1, "x,]" ,[2,3]]', ['1:1', '1:"x,]"', '1:[2,3]']);
  });
  it('keeps the lines around a broken one', async () => {
    await f('{"a":\n{"a":2}\nnothing\n{"a":4}', ['1:{"a":', '2:{"a":2}', '3:nothing', '4:{"a":4}']);
  });
  it('names what has no end', async () => {
    await f('[{"a":1},{"b"', ['1:{"a":1}'], ['1: the item that begins here has no end']);
    await f('[{"a":1}\n', [], ['1: the item that begins here has no end']);
    await f('[{"a":1},\n', ['1:{"a":1}'], ['2: the array has no end']);
    await f('[1]\n[2]', ['1:1'], ['2: there is something behind the end of the array']);
    await f('{\n"a": 1', [], ['1: the item that begins here has no end']);
  });
  it('is not led astray by quotes, escapes and brackets in strings', async () => {
    await f(String.raw`[{"a":"\"]},{\\"},{"b":"\\\\"}]`, [String.raw`1:{"a":"\"]},{\\"}`, String.raw`1:{"b":"\\\\"}`]);
  });
  it('tells the shape of a first line that is broken', () => {
    expect(shapeOf(Buffer.from('{"a":\n{"b":1}'))).toBe('lines');
    expect(shapeOf(Buffer.from('{\n"b":1}'))).toBe('objects');
    expect(shapeOf(Buffer.from('{"a":\n  {"b":1}}'))).toBe('objects');
  });
});

describe('cut at every byte', () => {
  it.each([
    ['lines', '{"a":"ä\\n"}\n\n{"b":[1,2]}\r\n{"c":3}'],
    ['array', '[ {"a":"ä]\\""} ,\n{"b":[1,{"x":2}]}, "s" ]\n'],
    ['objects', '{\n"a":"ä}"\n}\n{"b":\n[1]}'],
  ])('%s', async (_shape, text) => {
    const padded = text.startsWith('[')
      ? `[${PADDING}${text.slice(1)}`
      : `${text.startsWith('{\n') ? '{\n"p":1}' : '{"p":1}'}\n${PADDING}${text}`;
    const bytes = Buffer.from(padded);
    const whole = await cut([bytes]);
    expect(whole.broken).toEqual([]);
    expect(whole.items.length).toBeGreaterThanOrEqual(3);
    const from = bytes.length - Buffer.byteLength(text) - 1;
    for (let at = from; at < bytes.length; at++) expect(await cut([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
  });
});
