import { isRecord, type JsonRecord, parseRecord } from '@daybook/protocol';
import { recordType } from './record-types.ts';

/** How an object of LAUREL begins (its documentation, "Log format"): `{"ID":"SECONDS.MILLIS:SERIAL"`, with the node before or behind it. */
const BEGINS = /^\{(?:"NODE":"[^"\\]{0,256}",)?"ID":"\d{1,12}\.\d{1,9}:\d{1,20}"[,}]/;
/** Records of one event; what is beyond it is left. */
const RECORDS_MAX = 2048;

export const isLaurel = (text: string): boolean => BEGINS.test(text);

/**
 * LAUREL writes an event as one object: `{"ID":…,"NODE":…,"SYSCALL":{…},"EXECVE":{"argc":2,"ARGV":[…]},"PATH":[{…},{…}]}`. Names in small letters are the
 * record's own, decoded; in capital letters those that were looked up. These are its records as the audit daemon would have written them; undefined: no event.
 */
export function laurelLines(text: string): readonly string[] | undefined {
  const event = parseRecord(text);
  const id = event?.['ID'];
  if (event === undefined || typeof id !== 'string') return undefined;
  const named = event['NODE'];
  const node = typeof named === 'string' && named !== '' ? `node=${named.replaceAll(' ', '_')} ` : '';
  const lines: string[] = [];
  for (const [type, value] of Object.entries(event)) {
    if (recordType(type) === undefined) continue;
    for (const record of Array.isArray(value) ? value : [value])
      if (isRecord(record) && lines.length < RECORDS_MAX) lines.push(`${node}type=${type} msg=audit(${id}): ${bodyOf(type, record)}`);
  }
  return lines.length === 0 ? undefined : lines;
}

function bodyOf(type: string, record: JsonRecord): string {
  const own: string[] = [];
  const found: string[] = [];
  for (const [name, value] of Object.entries(record)) {
    if (name === 'ARGV' && Array.isArray(value)) own.push(...argumentsOf(type, value));
    else if (name === 'SADDR' && isRecord(value)) found.push(...fieldsOf(value));
    else if (name === 'arch' && typeof value === 'string') own.push(`arch=${value.replace(/^0x/, '')}`);
    else if (!isRecord(value)) (/^[A-Z]/.test(name) ? found : own).push(`${name}=${valueOf(value)}`);
  }
  return found.length === 0 ? own.join(' ') : `${own.join(' ')}\u001D${found.join(' ')}`;
}

function fieldsOf(record: JsonRecord): readonly string[] {
  return Object.entries(record).map(([name, value]) => `${name}=${valueOf(value)}`);
}

function argumentsOf(type: string, values: readonly unknown[]): readonly string[] {
  const texts = values.map((value) => (typeof value === 'string' ? value : ''));
  return type === 'PROCTITLE' ? [`proctitle=${valueOf(texts.join('\0'))}`] : texts.map((value, index) => `a${index}=${valueOf(value)}`);
}

/** In quotes; in hexadecimal what would end these or look like another field, as the kernel does it. */
function valueOf(value: unknown): string {
  if (value === null || value === undefined) return '(null)';
  if (typeof value !== 'string') return JSON.stringify(value).replaceAll(' ', '');
  if (value === '?') return value;
  // oxlint-disable-next-line no-control-regex -- control characters are what must not stand in quotes
  return /["'\u0000-\u001f\u007f]/.test(value) || (value.includes(' ') && value.includes('='))
    ? Buffer.from(value).toString('hex').toUpperCase()
    : `"${value}"`;
}
