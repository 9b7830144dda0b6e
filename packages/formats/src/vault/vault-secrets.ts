import { isRecord, type JsonRecord } from '@daybook/protocol';
import { put, REDACTED } from '../json/attributes.ts';

const HMAC = 'hmac-';

/**
 * An audit device replaces strings by their HMAC unless it was made with `log_raw`. Then tokens stand in clear, and in `data` the secrets themselves: of
 * such a record every text in `data` is removed. What else is not HMACed in a record of the usual kind, its operator has exempted by name.
 */
export function hideRaw(record: JsonRecord): void {
  const request = part(record, 'request');
  const response = part(record, 'response');
  const raw = [request, response, part(record, 'auth'), part(response ?? {}, 'auth')].some(showsToken);
  if (!raw) return;
  for (const holder of [request, response]) {
    const data = holder?.['data'];
    if (isRecord(data)) hideTexts(data, 0);
  }
}

function part(record: JsonRecord, name: string): JsonRecord | undefined {
  const value = record[name];
  return isRecord(value) ? value : undefined;
}

function showsToken(holder: JsonRecord | undefined): boolean {
  if (holder === undefined) return false;
  for (const name of ['client_token', 'accessor', 'client_token_accessor']) {
    const value = holder[name];
    if (typeof value === 'string' && value !== '' && !value.startsWith(HMAC)) return true;
  }
  return false;
}

/** Beyond it a value goes whole: nothing of Vault's nests so. */
const DEPTH_MAX = 16;

function hideTexts(object: Record<string, unknown>, depth: number): void {
  for (const name of Object.keys(object)) put(object, name, hidden(object[name], depth));
}

function hidden(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.startsWith(HMAC) ? value : REDACTED;
  if (!isRecord(value) && !Array.isArray(value)) return value;
  if (depth >= DEPTH_MAX) return REDACTED;
  if (Array.isArray(value)) return value.map((item: unknown) => hidden(item, depth + 1));
  hideTexts(value, depth + 1);
  return value;
}
