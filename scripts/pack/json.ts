/** What JSON.parse gives. */
export type Json = string | number | boolean | null | Json[] | JsonRecord;
export type JsonRecord = { [key: string]: Json };

/** The object that a text holds; anything else throws. */
export function parseRecord(text: string): JsonRecord {
  const value: Json = JSON.parse(text);
  if (!isRecord(value)) throw new Error('expected a JSON object');
  return value;
}

/** An object of texts, as dependencies are; empty when there is none. */
export function textsIn(value: Json | undefined): Record<string, string> {
  if (value === undefined) return {};
  if (!isRecord(value)) throw new Error('expected an object of texts');
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, textOf(text)]));
}

export function textOf(value: Json | undefined): string {
  if (typeof value !== 'string') throw new Error(`expected a text, not ${JSON.stringify(value)}`);
  return value;
}

export function isRecord(value: Json | undefined): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
