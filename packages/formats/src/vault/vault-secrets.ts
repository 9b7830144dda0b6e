import { isRecord, type JsonRecord } from '@daybook/protocol';
import { put, REDACTED } from '../json/attributes.ts';

const HMAC = 'hmac-';

/** The first versions had a token in the address of a request about it. */
const TOKEN_IN_PATH = /^(auth\/token\/(?:lookup|renew|revoke|revoke-orphan)\/)[^/]+$/;

export function withoutToken(path: string): string {
  return path.startsWith('auth/token/') ? path.replace(TOKEN_IN_PATH, `$1${REDACTED}`) : path;
}

/**
 * An audit device replaces strings by their HMAC unless it was made with `log_raw`. Then tokens stand in clear, and in `data` the secrets themselves: of
 * such a record every text in `data` is removed. What else is not HMACed in a record of the usual kind, its operator has exempted by name.
 */
export function hideRaw(record: JsonRecord): void {
  const request = part(record, 'request');
  const response = part(record, 'response');
  if (!isRaw(record, request, response)) return;
  for (const holder of [request, response]) {
    const data = holder?.['data'];
    if (isRecord(data)) hideTexts(data, 0);
  }
}

function isRaw(record: JsonRecord, request: JsonRecord | undefined, response: JsonRecord | undefined): boolean {
  let told = 'nothing';
  for (const holder of [request, part(record, 'auth'), response, part(response, 'auth')]) {
    const shown = tokenOf(holder);
    if (shown === 'clear') return true;
    if (shown === 'hashed') told = shown;
  }
  // Whoever logs in or unseals brings no token: what is in `data` tells, which has no text in clear otherwise.
  return told === 'nothing' && isAllClear(request?.['data'], response?.['data']);
}

function part(record: JsonRecord | undefined, name: string): JsonRecord | undefined {
  const value = record?.[name];
  return isRecord(value) ? value : undefined;
}

const TOKENS = ['client_token', 'accessor', 'client_token_accessor'];

function tokenOf(holder: JsonRecord | undefined): 'nothing' | 'hashed' | 'clear' {
  let shown: 'nothing' | 'hashed' = 'nothing';
  if (holder === undefined) return shown;
  for (const name of TOKENS) {
    const value = holder[name];
    if (typeof value !== 'string' || value === '') continue;
    if (!value.startsWith(HMAC)) return 'clear';
    shown = 'hashed';
  }
  return shown;
}

/** Its own texts, not those further inside: enough to tell by. */
function isAllClear(...data: readonly unknown[]): boolean {
  let hasText = false;
  for (const object of data) {
    if (!isRecord(object)) continue;
    for (const name in object) {
      const value = object[name];
      if (typeof value !== 'string' || value === '') continue;
      if (value.startsWith(HMAC)) return false;
      hasText = true;
    }
  }
  return hasText;
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
