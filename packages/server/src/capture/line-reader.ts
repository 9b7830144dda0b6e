import { formatNamed, openReader, recognise, type Result, UTC } from '@daybook/formats';
import { isRecord, type Json, type JsonObject, textToMicros } from '@daybook/protocol';
import type { LineReader, LineReading } from '../intake/index.ts';

/** Reads lines of the quarantine by the formats of this server: what was not understood when it came may be now. */
export const readLine: LineReader = ({ format: name, bytes, at }) => {
  const format = name === 'auto' ? recognise(Buffer.from(bytes).toString()) : formatNamed(name);
  if (format === undefined) return undefined;
  const reader = openReader(format, { writtenMs: textToMicros(at) / 1000, zone: UTC, options: {} });
  const results = [...reader.push(Buffer.concat([bytes, LINE_END])), ...reader.end()];
  return readingOf(results, format.keepsOriginal);
};

function readingOf(results: readonly Result[], keepsOriginal: boolean): LineReading {
  const events = results.filter(({ result }) => result === 'event');
  const [one] = events;
  if (one?.event !== undefined && events.length === 1)
    return { kind: 'event', event: eventOf(one.event, keepsOriginal ? one.text : undefined) };
  const noise = results.find(({ result }) => result === 'noise');
  if (noise !== undefined && results.every(({ result }) => result === 'noise')) return { kind: 'noise', noise: noise.code ?? 'noise' };
  const unread = results.find(({ result }) => result === 'quarantine');
  return { kind: 'unread', code: unread?.code ?? 'unread', reason: unread?.reason ?? 'This is no single record of its format.' };
}

/** Formats give values of JSON; the original stands where importers put it. */
function eventOf(fields: Readonly<Record<string, unknown>>, original: string | undefined): JsonObject {
  const event = fields as JsonObject; // oxlint-disable-line typescript/no-unsafe-type-assertion -- intake checks every field
  if (original === undefined) return event;
  const own = event['attributes'];
  return { ...event, attributes: { ...(isJsonObject(own) ? own : {}), original } };
}

function isJsonObject(value: Json | undefined): value is JsonObject {
  return isRecord(value);
}

const LINE_END = Buffer.from('\n');
