import { isRecord, type JsonRecord } from '@daybook/protocol';
import { put, REDACTED } from '../json/attributes.ts';

const HMAC = 'hmac-';

/** The first versions had a token in the address of a request about it. */
const TOKEN_IN_PATH = /^(auth\/token\/(?:lookup|renew|revoke|revoke-orphan)\/)[^/]+$/;

export function withoutToken(path: string): string {
  return path.replace(TOKEN_IN_PATH, `$1${REDACTED}`);
}

/**
 * An audit device replaces strings by their HMAC unless it was made with `log_raw`. Then tokens stand in clear, and in `data` the secrets themselves: of
 * such a record every text in `data` is removed. What else is not HMACed in a record of the usual kind, its operator has exempted by name.
 */
export function hideRaw(record: JsonRecord): void {
  const request = part(record, 'request');
  const response = part(record, 'response');
  const tokens = [request, response, part(record, 'auth'), part(response ?? {}, 'auth')].flatMap(tokensOf);
  // Whoever logs in or unseals brings no token: what is in `data` tells, which has no text in clear otherwise.
  const texts = tokens.length > 0 ? tokens : [request, response].flatMap((holder) => textsOf(holder?.['data']));
  const isRaw = tokens.length > 0 ? texts.some(isClear) : texts.length > 0 && texts.every(isClear);
  if (!isRaw) return;
  for (const holder of [request, response]) {
    const data = holder?.['data'];
    if (isRecord(data)) hideTexts(data, 0);
  }
}

function part(record: JsonRecord, name: string): JsonRecord | undefined {
  const value = record[name];
  return isRecord(value) ? value : undefined;
}

function tokensOf(holder: JsonRecord | undefined): string[] {
  return ['client_token', 'accessor', 'client_token_accessor'].flatMap((name) => textsOf({ token: holder?.[name] }));
}

/** Its own texts, not those further inside: enough to tell by. */
function textsOf(data: unknown): string[] {
  return isRecord(data) ? Object.values(data).filter((value): value is string => typeof value === 'string' && value !== '') : [];
}

const isClear = (text: string): boolean => !text.startsWith(HMAC);

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
