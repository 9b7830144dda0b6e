import { Fault, type Json, type JsonFault, type JsonLimits, JsonParser } from './json-parser.ts';

/**
 * A strict parser for JSON from outside. JSON.parse drops duplicate keys silently, rounds numbers and lets lone surrogates through; evidence must
 * not be repaired silently, so each of these is a failure with a code, a position and the path of the field.
 */
export interface JsonFailure {
  readonly ok: false;
  readonly code: JsonFault;
  /** Offset in UTF-16 units (bytes for invalid_utf8) at which the fault was noticed. */
  readonly at: number;
  /** `changes.after[3].name`; empty for the value itself. */
  readonly path: string;
  readonly message: string;
}
export type JsonResult = { readonly ok: true; readonly value: Json } | JsonFailure;

/** An event of a person's making nests three or four levels; 16 keeps every recursion shallow. */
export const JSON_DEPTH_MAX = 16;
/** No record of an access has more members in one object; beyond it, a list was meant. */
export const JSON_KEYS_MAX = 256;
/** No event has more, and reading and redacting so many takes some 20 ms at the worst: what one event may hold up the others. */
export const JSON_VALUES_MAX = 8192;

const DEFAULT_LIMITS: JsonLimits = { depthMax: JSON_DEPTH_MAX, keysMax: JSON_KEYS_MAX, valuesMax: JSON_VALUES_MAX };

/** Parses one JSON text strictly. Never throws. */
export function parseStrict(text: string, limits: JsonLimits = DEFAULT_LIMITS): JsonResult {
  const parser = new JsonParser(text, limits);
  try {
    return { ok: true, value: parser.document() };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { ok: false, code: error.code, at: error.at, path: parser.path(), message: error.message };
  }
}

/** Parses UTF-8 bytes strictly. */
export function parseStrictBytes(bytes: Uint8Array, limits: JsonLimits = DEFAULT_LIMITS): JsonResult {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { ok: false, code: 'invalid_utf8', at: 0, path: '', message: 'the text is not valid UTF-8' };
  }
  return parseStrict(text, limits);
}
