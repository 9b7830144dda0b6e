import { isRecord, type JsonRecord, parseRecord } from '@daybook/protocol';

/** A field's text. journald writes what is no plain text as a list of bytes, a field that is there several times as a list of texts, one that is too long as null. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (!Array.isArray(value)) return '';
  if (value.every((item): item is number => typeof item === 'number')) return new TextDecoder().decode(Uint8Array.from(value));
  return textOf(value[0]);
}

/** systemd.journal-fields(7): what the daemon itself adds begins with `_`, and no program can write it. */
export function entryOf(text: string): JsonRecord | undefined {
  const entry = parseRecord(text);
  return isRecord(entry) && ('MESSAGE' in entry || '__REALTIME_TIMESTAMP' in entry || '__CURSOR' in entry) ? entry : undefined;
}

const MICROS = /^\d{1,17}$/;
let cachedSecond = Number.NaN;
let cachedPrefix = '';

/** Microseconds since 1970 as RFC 3339; undefined when it is no such number. */
export function timeOf(micros: string): string | undefined {
  if (!MICROS.test(micros)) return undefined;
  const number = Number(micros);
  const second = Math.floor(number / 1_000_000);
  if (second !== cachedSecond) {
    const date = new Date(second * 1000);
    if (Number.isNaN(date.getTime())) return undefined;
    cachedPrefix = date.toISOString().slice(0, 19);
    cachedSecond = second;
  }
  return `${cachedPrefix}.${String(number % 1_000_000).padStart(6, '0')}Z`;
}
