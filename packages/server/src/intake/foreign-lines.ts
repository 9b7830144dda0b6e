import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { DaybookError, type Json, type JsonObject, parseStrictBytes } from '@daybook/protocol';
import type { Principal } from '../base/types.ts';
import { checkSource, srcOf } from './decide.ts';
import { ITEMS_MAX, SLICE_BYTES } from './limits.ts';
import { isObject, Rejection } from './values.ts';

/** What importers, agents and receivers tell beside events comes as lines of JSON; this reads them, one small object each. */
export interface Told<T> {
  readonly items: T[];
  readonly rejected: Rejected[];
}

export interface Rejected {
  readonly item: number;
  readonly code: string;
  readonly field: string;
  readonly message: string;
}

export type Fields = JsonObject;

/** Reads each line by `read`, which throws a Rejection of its own line only. Pauses between slices. */
export async function readLines<T>(body: Buffer, read: (fields: Fields) => T): Promise<Told<T>> {
  const told: Told<T> = { items: [], rejected: [] };
  let item = -1;
  let sliceFrom = 0;
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf(LINE_FEED, at);
    const line = body.subarray(at, end < 0 ? body.length : end);
    at = end < 0 ? body.length : end + 1;
    if (isBlank(line)) continue;
    if (++item >= ITEMS_MAX) throw new DaybookError('body_too_large', `At most ${ITEMS_MAX} lines in one request; nothing of it was kept.`);
    readLine(line, { told, item, read });
    if (at - sliceFrom < SLICE_BYTES) continue;
    sliceFrom = at;
    await yieldToOthers();
  }
  return told;
}

function readLine<T>(line: Buffer, { told, item, read }: { told: Told<T>; item: number; read: (fields: Fields) => T }): void {
  try {
    const result = parseStrictBytes(line);
    if (!result.ok) throw new Rejection(result.code, result.path, `Refused: ${result.message}.`);
    if (!isObject(result.value)) throw new Rejection('not_an_object', '', 'One JSON object per line.');
    told.items.push(read(result.value));
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    told.rejected.push({ item, ...error.fault });
  }
}

function isBlank(line: Buffer): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}

// ---- members

export function textOf(fields: Fields, name: string, { max, pattern }: { readonly max: number; readonly pattern?: RegExp }): string {
  const value = fields[name];
  if (typeof value !== 'string') throw new Rejection('field_type', name, `${name} must be a text.`);
  if (value === '' || value.length > max || pattern?.test(value) === false)
    throw new Rejection(
      'field_range',
      name,
      `${name} has 1 to ${max} characters${pattern === undefined ? '' : ` of the form ${pattern.source}`}.`,
    );
  return value;
}

export function countOf(value: Json | undefined, name: string): number {
  if (value === undefined) return 0;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Rejection('field_type', name, `${name} must be an integer from 0 to 2^53-1.`);
}

/** The source that a line is of; without one, the token's own name. */
export function sourceOf(fields: Fields, principal: Principal): string {
  const source = fields['source'] === undefined ? principal.name : textOf(fields, 'source', { max: SOURCE_CHARS_MAX });
  checkSource(source, principal);
  return source;
}

/** The producer's counter of a line, if it has one. */
export function counterOf(fields: Fields, principal: Principal): { readonly src?: string; readonly sseq?: number } {
  if (fields['src'] === undefined) return {};
  const src = srcOf(fields['src'], principal.name);
  return fields['sseq'] === undefined ? { src } : { src, sseq: countOf(fields['sseq'], 'sseq') };
}

/** Members that nobody knows are a misunderstanding: what was meant would be lost. */
export function onlyKnown(fields: Fields, known: ReadonlySet<string>): void {
  const unknown = Object.keys(fields).find((name) => !known.has(name));
  if (unknown !== undefined) throw new Rejection('bad_request', unknown.slice(0, 64), `Known members: ${[...known].join(', ')}.`);
}

/** Names of formats and codes: `nginx-access`, `bad_time`. */
export const WORD = /^[a-z0-9][a-z0-9._-]*$/;
export const WORD_CHARS_MAX = 64;
/** As long as a name of a source that a token may own. */
export const SOURCE_CHARS_MAX = 200;
const LINE_FEED = 0x0a;
