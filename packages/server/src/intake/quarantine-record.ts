import { canonicalise, type Json, type JsonObject } from '@daybook/protocol';
import type { Redaction } from './redact.ts';
import { isObject } from './values.ts';

/**
 * A record of the quarantine, one line of JSON:
 *
 *     {"at","code","field","producer","src"?,"sseq"?,"item" | "item_bytes"}                                        a refused item of POST /v1/events
 *     {"at","code","format","kind":"line","line"?,"file"?,"producer","reason","source","src"?,"sseq"?,
 *      "text" | "base64","bytes"?}                                                                                 a line that no parser understood
 *
 * `src` and `sseq` name the producer's counter, so that its gap in the ledger is explained. `bytes` tells the length of a line of which the head alone
 * is kept.
 */
export interface Refused {
  readonly producer: string;
  readonly code: string;
  readonly field: string;
  readonly item: Json;
  /** The producer's counter of it, so that its gap in the ledger is explained. */
  readonly src?: string | undefined;
  readonly sseq?: number | undefined;
}

/** What an importer, an agent or a receiver could not read. */
export interface QuarantineLine {
  readonly source: string;
  /** Name of the format that was tried: `nginx-access`; `auto` when none was recognised. */
  readonly format: string;
  /** A word that programs match on: `bad_time`. */
  readonly code: string;
  /** A sentence for people. */
  readonly reason: string;
  /** As they came, without the line's end. */
  readonly bytes: Uint8Array;
  /** Counted from 1. */
  readonly line?: number | undefined;
  readonly file?: string | undefined;
  readonly src?: string | undefined;
  readonly sseq?: number | undefined;
}

/** Longest record: longer items are told without their content. */
export const LINE_BYTES_MAX = 64 * 1024;
/** Bytes kept of a line: as base64, with its head, it still fits a record. Beyond: the head, and how long it was. */
export const TEXT_BYTES_MAX = 40 * 1024;
/** Reasons and file names: a sentence, a path. Beyond: cut. */
export const WORDS_CHARS_MAX = 500;

/** A line, and how many bytes were written to make it: of an item that is too long, many more than the line has. */
export interface Written {
  readonly bytes: Buffer;
  readonly writtenBytes: number;
}

export function refusedRecord(one: Refused, at: string, redaction: Redaction): Written {
  const whole = refusedLine(one, at, redaction, { item: redacted(one, redaction) });
  const bytes = whole.length <= LINE_BYTES_MAX ? whole : refusedLine(one, at, redaction, { item_bytes: whole.length });
  return { bytes, writtenBytes: whole.length };
}

function refusedLine({ producer, code, field, src, sseq }: Refused, at: string, redaction: Redaction, content: JsonObject): Buffer {
  const head = { at, code, field: redaction.text(field, 'field'), producer };
  return encoded({ ...head, ...counterOf({ src, sseq }), ...content });
}

/** Top-level members are redacted like attributes: a refused item's fields may hold anything. */
function redacted({ item }: Refused, redaction: Redaction): Json {
  return isObject(item) ? redaction.object(item, '') : redaction.value(item, 'item');
}

export function lineRecord(producer: string, one: QuarantineLine, at: string, redaction: Redaction): Written {
  // By way of bytes, which makes half a letter at the cut a replacement character: canonical JSON has no half ones.
  const words = (text: string) => redaction.rawText(Buffer.from(text.slice(0, WORDS_CHARS_MAX)).toString());
  const head = {
    at,
    code: one.code,
    format: one.format,
    kind: 'line',
    producer,
    reason: words(one.reason),
    source: one.source,
    ...(one.line === undefined ? {} : { line: one.line }),
    ...(one.file === undefined ? {} : { file: words(one.file) }),
    ...counterOf(one),
  };
  const kept = headOf(one.bytes, TEXT_BYTES_MAX);
  const cut = kept.length < one.bytes.length ? { bytes: one.bytes.length } : {};
  const text = decoded(kept);
  const whole = text === undefined ? undefined : encoded({ ...head, ...cut, text: redaction.rawText(text) });
  if (whole !== undefined && whole.length <= LINE_BYTES_MAX) return { bytes: whole, writtenBytes: whole.length };
  // Masks are ASCII: what is no UTF-8 is looked through as if each byte were a letter, and comes back byte for byte.
  const masked = Buffer.from(redaction.rawText(Buffer.from(kept).toString('latin1')), 'latin1');
  const bytes = encoded({ ...head, ...cut, base64: headOf(masked, TEXT_BYTES_MAX).toString('base64') });
  return { bytes, writtenBytes: (whole?.length ?? 0) + bytes.length };
}

function counterOf({ src, sseq }: { readonly src?: string | undefined; readonly sseq?: number | undefined }): JsonObject {
  return { ...(src === undefined ? {} : { src }), ...(sseq === undefined ? {} : { sseq }) };
}

/** The first bytes, never half of a letter. */
function headOf(bytes: Uint8Array, max: number): Buffer {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (whole.length <= max) return whole;
  let end = max;
  while (end > max - UTF8_BYTES_MAX && ((whole[end] ?? 0) & 0xc0) === 0x80) end--;
  return whole.subarray(0, end);
}

const UTF8_BYTES_MAX = 4;

/** The text of UTF-8 bytes; undefined when they are none. */
function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function encoded(record: JsonObject): Buffer {
  return Buffer.from(`${canonicalise(record)}\n`);
}
