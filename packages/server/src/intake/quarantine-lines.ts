import type { Principal } from '../base/types.ts';
import { counterOf, countOf, type Fields, onlyKnown, sourceOf, textOf, WORD, WORD_CHARS_MAX } from './foreign-lines.ts';
import { type QuarantineLine, WORDS_CHARS_MAX } from './quarantine-record.ts';
import { Rejection } from './values.ts';

const KNOWN = new Set(['source', 'format', 'code', 'reason', 'line', 'file', 'text', 'base64', 'src', 'sseq']);
/** What POST /v1/quarantine takes of a line; longer ones the server cuts, and keeps how long they were. */
const LINE_CHARS_MAX = 16 * 1024 * 1024;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** One line of POST /v1/quarantine. */
export function quarantineLine(fields: Fields, principal: Principal): QuarantineLine {
  onlyKnown(fields, KNOWN);
  return {
    source: sourceOf(fields, principal),
    format: textOf(fields, 'format', { max: WORD_CHARS_MAX, pattern: WORD }),
    code: textOf(fields, 'code', { max: WORD_CHARS_MAX, pattern: WORD }),
    reason: textOf(fields, 'reason', { max: LINE_CHARS_MAX }),
    bytes: bytesOf(fields),
    ...(fields['line'] === undefined ? {} : { line: countOf(fields['line'], 'line') }),
    ...(fields['file'] === undefined ? {} : { file: textOf(fields, 'file', { max: WORDS_CHARS_MAX }) }),
    ...counterOf(fields, principal),
  };
}

function bytesOf(fields: Fields): Buffer {
  const { text, base64 } = fields;
  if ((text === undefined) === (base64 === undefined)) throw new Rejection('bad_request', 'text', 'Give the line as text or as base64.');
  if (base64 === undefined) {
    if (typeof text !== 'string') throw new Rejection('field_type', 'text', 'text must be a text.');
    return Buffer.from(text);
  }
  if (typeof base64 !== 'string' || !BASE64.test(base64))
    throw new Rejection('field_type', 'base64', 'base64 must be standard base64 with padding.');
  return Buffer.from(base64, 'base64');
}
