import type { TextRecord } from '../framing/framer.ts';
import { redactSql } from './redact.ts';

/** The record as it may be kept: in the original as in the event, no secret. Most have none, and stay what they are. */
export function redactedRecord(record: TextRecord): TextRecord {
  const text = redactSql(record.text);
  return text === record.text ? record : { ...record, text };
}
