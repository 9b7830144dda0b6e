import { isRecord, parseRecord } from '@daybook/protocol';
import type { TextRecord } from '../framing/framer.ts';
import { csvSpan } from './csv-fields.ts';
import { mayBindSecrets, REDACTED, redactSql } from './redact.ts';

/** The record as it may be kept: in the original as in the event, no secret. Most have none, and stay what they are. */
export function redactedRecord(record: TextRecord): TextRecord {
  return withText(record, redacted(record.text));
}

/** Of csvlog: its text is not kept beside the event, so that the values of parameters in it are not looked for. */
export function redactedColumns(record: TextRecord): TextRecord {
  return withText(record, redactSql(record.text));
}

/** Of an object the texts in it: escaped as they stand, their quotes could not be told apart. */
export function redactedObject(record: TextRecord): TextRecord {
  const row = parseRecord(record.text);
  return row === undefined ? redactedRecord(record) : withText(record, JSON.stringify(redactedValue(row)));
}

function redactedValue(value: unknown): unknown {
  if (typeof value === 'string') return redacted(value);
  if (Array.isArray(value)) return value.map(redactedValue);
  return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, redactedValue(member)])) : value;
}

function redacted(text: string): string {
  const kept = redactSql(text);
  const hasValues = kept.includes(AUDIT) ? !NO_PARAMETERS.test(kept.slice(-48)) : HAS_VALUES.test(kept);
  return hasValues && mayBindSecrets(text) ? withoutValues(kept) : kept;
}

function withText(record: TextRecord, text: string): TextRecord {
  return text === record.text ? record : { ...record, text };
}

/** `$1 = '…'` of `parameters:`, `Key (a)=(…)`, `Failing row contains (…)`. */
const PARAMETER = /(\$\d{1,5} = )'(?:[^']|'')*'/g;
const ROW = /(\)=\(|row contains \()[^\n]*(?=\))/g;
const HAS_VALUES = /\$1 = |=\(|contains \(/;
/** How a record of pgaudit ends that names no parameters. */
const NO_PARAMETERS = /,<(?:none|not logged|previously logged)>(?:,\d{1,19})?\s{0,8}$/;
const AUDIT = 'AUDIT: ';
const PARAMETER_FIELD = 8;

/** Of a statement that names a secret the values that stand apart from it: any of them may be it. */
function withoutValues(text: string): string {
  const kept = text.includes('$1 = ') ? text.replace(PARAMETER, `$1${REDACTED}`) : text;
  const plain = kept.includes('=(') || kept.includes('contains (') ? kept.replace(ROW, `$1${REDACTED}`) : kept;
  const audit = plain.indexOf(AUDIT);
  const span = audit < 0 ? undefined : csvSpan(plain, audit + AUDIT.length, PARAMETER_FIELD);
  if (span === undefined || plain[span.from] === '<') return plain;
  return plain.slice(0, span.from) + REDACTED + plain.slice(span.to);
}
