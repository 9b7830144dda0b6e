import { actionWord, canonicalIp, type Json, outcomeOf, outcomeOfStatus, severityOfWord, textOf } from '@daybook/protocol';
import { accessOf, actionOfDirectory } from '../azure-activity/azure-access.ts';
import { outcomeOfSignIn } from '../azure-activity/azure-sign-in.ts';
import { maskUrlSecrets } from '../secrets/url-secrets.ts';
import { maskSql } from '../mysql/mask-sql.ts';
import { requestLineOf } from '../web-access/request-line.ts';
import { isList } from './json-values.ts';
import { verbOf } from './verbs.ts';
import { windowsAction, windowsOutcome } from './windows.ts';

/** A value as a field takes it; undefined: it says nothing of it. `name`: the last step of the path at which it stands. */
export type Reader = (value: Json, name: string) => Json | undefined;

/** What programs write where there is nothing. */
const NOTHING = new Set(['', '-', '--', '(null)', 'null', 'NULL', '<nil>', '<null>', 'None', 'undefined', 'N/A', 'n/a', '(none)']);

/** The text of a scalar, or of a list's only one; undefined for nothing. */
export function plainText(value: Json): string | undefined {
  const one = isList(value) && value.length === 1 ? (value[0] ?? null) : value;
  if (typeof one === 'object') return undefined;
  const text = textOf(one);
  return NOTHING.has(text) ? undefined : text;
}

/** Of a list the first. */
function firstText(value: Json): string | undefined {
  return plainText(isList(value) ? (value[0] ?? null) : value);
}

/** An address, maybe before a port, in brackets, or the first of several. */
function address(value: Json): string | undefined {
  const text = firstText(value);
  return text === undefined ? undefined : (canonicalIp(text) ?? canonicalIp(text.split(',', 1)[0] ?? ''));
}

function count(value: Json): number | undefined {
  const number = decimal(value);
  return number !== undefined && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

function decimal(value: Json): number | undefined {
  const text = plainText(value);
  return text !== undefined && /^-?\d{1,15}(?:\.\d{1,15})?(?:e[+-]?\d{1,3})?$/i.test(text) ? Number(text) : undefined;
}

function scaled(factor: number): Reader {
  return (value) => {
    const number = decimal(value);
    return number === undefined || number < 0 ? span(value) : Math.round(number * factor * 1e6) / 1e6;
  };
}

const SPAN_MS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `1.5ms`, `18s`, `1m2.5s`, as Go and Heroku write them. */
function span(value: Json): number | undefined {
  const text = plainText(value);
  if (text === undefined || !/^(?:\d{1,12}(?:\.\d{1,12})?(?:ns|us|µs|ms|s|m|h)){1,6}$/.test(text)) return undefined;
  let ms = 0;
  for (const [, digits, unit] of text.matchAll(/([\d.]+)([a-zµ]+)/g)) ms += Number(digits) * (SPAN_MS[unit ?? ''] ?? 0);
  return Math.round(ms * 1e6) / 1e6;
}

function truth(value: Json): boolean | undefined {
  const word = plainText(value)?.toLowerCase();
  if (word === 'true' || word === 'yes' || word === '1') return true;
  return word === 'false' || word === 'no' || word === '0' ? false : undefined;
}

function texts(value: Json): string[] | undefined {
  const items = isList(value) ? value : (plainText(value)?.split(',') ?? []);
  const found = items.flatMap((item) => plainText(item)?.trim() ?? []);
  return found.length === 0 || found.length < items.length ? undefined : found;
}

/** Those of a chain that are addresses, or nothing. */
function chain(value: Json): string[] | undefined {
  const found = texts(value)?.map((text) => canonicalIp(text));
  return found?.every((one) => one !== undefined) === true ? found : undefined;
}

function outcome(value: Json): string | undefined {
  const text = plainText(value);
  if (text === undefined) return undefined;
  if (/^(?:yes|y)$/i.test(text)) return 'success';
  if (/^(?:no|n)$/i.test(text)) return 'failure';
  return outcomeOf(text);
}

function severity(value: Json): number | undefined {
  const text = plainText(value) ?? '';
  const level = severityOfWord(text) ?? count(text);
  return level !== undefined && level <= 6 ? level : undefined;
}

/** By the type of a field. */
export const BY_TYPE: Readonly<Record<string, Reader>> = {
  string: plainText,
  ip: address,
  uint: count,
  float: decimal,
  bool: truth,
  strings: texts,
};

/** Fields that are read in a way of their own. */
export const BY_FIELD: Readonly<Record<string, Reader>> = {
  outcome,
  severity,
  ip_chain: chain,
  action: (value) => {
    const text = plainText(value);
    return text === undefined ? undefined : (actionWord(text) ?? undefined);
  },
  resource: (value) => masked(firstText(value)),
  reason: (value) => masked(plainText(value)),
  query_text: (value) => {
    const text = plainText(value);
    return text === undefined ? undefined : maskSql(text);
  },
  method: (value) => plainText(value),
  country_code: (value) => (/^[A-Za-z]{2}$/.test(plainText(value) ?? '') ? plainText(value)?.toUpperCase() : undefined),
  // A flag is a yes or a no, not the result of an access.
  user_agent: firstText,
};

function masked(text: string | undefined): string | undefined {
  return text === undefined ? undefined : maskUrlSecrets(text);
}

const ECS_CATEGORY: Readonly<Record<string, string>> = {
  authentication: 'authentication', iam: 'iam', database: 'data', file: 'file', web: 'http', session: 'session', configuration: 'config', api: 'api', process: 'api', package: 'config', network: 'session',
}; // biome-ignore format: a table
const ECS_ACTION: Readonly<Record<string, string>> = { creation: 'create', deletion: 'delete', change: 'update' };
const ELASTIC_ACTION: Readonly<Record<string, string>> = {
  authentication_success: 'login', authentication_failed: 'login', realm_authentication_failed: 'login', anonymous_access_denied: 'login', connection_granted: 'connect', connection_denied: 'connect',
  access_granted: 'access', access_denied: 'access', tampered_request: 'access', run_as_granted: 'login', run_as_denied: 'login',
  put_user: 'create', put_role: 'create', put_privileges: 'create', change_password: 'update', delete_user: 'delete', delete_role: 'delete', create_apikey: 'create', invalidate_apikeys: 'revoke', change_disable_user: 'configure', change_enable_user: 'configure',
}; // biome-ignore format: a table
/** How an event's own word may end, and say its result outright. */
const WORD_END =
  /(?:^|[^a-z])(?:(success|succeeded|successful|successfully|granted)|(failure|failed|fail|error)|(denied|unauthorized|forbidden|rejected|blocked))$/;
const GRPC_DENIED = new Set(['permissiondenied', 'unauthenticated', '7', '16']);

/** Of one word only: the end of a sentence may be anybody's, a user's name. */
export function outcomeOfWordEnd(word: string, isGrantResult: boolean): string | undefined {
  if (/\s/.test(word) || word.length > 128) return undefined;
  const [, good, bad, denied] = WORD_END.exec(word.replace(/([a-z\d])([A-Z])/g, '$1 $2').toLowerCase()) ?? [];
  if (denied !== undefined) return 'denied';
  if (bad !== undefined) return 'failure';
  return good === undefined || (good === 'granted' && !isGrantResult) ? undefined : 'success';
}

/** By the names that the tables use. */
export const READERS: Readonly<Record<string, Reader>> = {
  seconds: scaled(1000),
  nanoseconds: scaled(1e-6),
  span,
  ip: address,
  /** Heroku's router: each proxy appends who came to it; the last is who came to the router. */
  last_ip: (value) => canonicalIp((firstText(value) ?? '').split(',').at(-1) ?? ''),
  unique: (value) => (/^(?=[^\d]{0,127}\d)[\w:.-]{16,128}$/.test(plainText(value) ?? '') ? plainText(value) : undefined),
  named: (value, name) => (plainText(value) === undefined ? undefined : name),
  /** A message that begins or ends with a verb, and is no sentence. */
  verb: (value) => {
    const text = plainText(value);
    return text !== undefined && text.length <= 64 && verbOf(text) !== 'other' ? text : undefined;
  },
  stamp: (value) => (/\d[-:/ ]\d/.test(plainText(value) ?? '') ? plainText(value) : undefined),
  // ---- outcomes
  http: (value) => (/^\d{3}$/.test(plainText(value) ?? '') ? outcomeOfStatus(Number(plainText(value))) : undefined),
  grpc: (value) => {
    const code = plainText(value)?.toLowerCase().replaceAll('_', '');
    if (code === undefined) return undefined;
    return code === 'ok' || code === '0' ? 'success' : GRPC_DENIED.has(code) ? 'denied' : 'failure';
  },
  allowed: (value) => (truth(value) === undefined ? outcome(value) : truth(value) === true ? 'success' : 'denied'),
  decided: (value) => (outcome(value) === 'failure' ? 'denied' : outcome(value)),
  /** Something stands there: it failed. */
  failed: (value) => {
    const text = typeof value === 'object' ? undefined : plainText(value);
    if (text === undefined || text === 'false' || text === '0') return undefined;
    return outcomeOf(text) === 'denied' ? 'denied' : outcomeOf(text) === 'success' ? undefined : 'failure';
  },
  zero: (value) => (count(value) === undefined ? undefined : count(value) === 0 ? 'success' : count(value) === 13 ? 'denied' : 'failure'),
  blocked: (value) => (/^(?:block|blocked|deny|denied|drop|dropped|reset)$/i.test(plainText(value) ?? '') ? 'denied' : undefined),
  ocsf_status: (value) => ({ '1': 'success', '2': 'failure' })[plainText(value) ?? ''],
  ocsf_severity: (value) => (count(value) === 99 ? undefined : severity(value)),
  keycloak: (value) => (/^[A-Z_]{2,64}$/.test(plainText(value) ?? '') ? (plainText(value)?.endsWith('_ERROR') === true ? 'failure' : 'success') : undefined),
  word_end: (value) => outcomeOfWordEnd(firstText(value) ?? '', true),
  audit_keywords: (value) => {
    const text = (isList(value) ? value.map(textOf).join(' ') : (plainText(value) ?? '')).toLowerCase();
    if (/failure|0x8010000000000000|-9218868437227405312/.test(text)) return 'failure';
    return /success|0x8020000000000000|-9214364837600034816/.test(text) ? 'success' : undefined;
  },
  entra_code: (value) => {
    const code = plainText(value);
    return code === undefined || code === '0' ? undefined : outcomeOfSignIn(code);
  },
  windows_outcome: (value) => windowsOutcome(plainText(value) ?? ''),
  email: (value) => (/^[^\s@]{1,64}@[^\s@]{1,255}$/.test(plainText(value) ?? '') ? plainText(value) : undefined),
  // ---- verbs and families
  directory_action: (value) => actionOfDirectory(plainText(value) ?? '').action,
  directory_category: (value) => actionOfDirectory(plainText(value) ?? '').category,
  azure_action: (value) => /^(create|delete) role assignment/i.test(plainText(value) ?? '') ? (/^c/i.test(plainText(value) ?? '') ? 'grant' : 'revoke') : undefined,
  azure_category: (value) => (/^[\w.]{1,64}\/[\w./]{1,128}$/.test(plainText(value) ?? '') ? accessOf(`${plainText(value) ?? ''}/write`).category : undefined),
  windows_action: (value) => windowsAction(plainText(value) ?? ''),
  elastic: (value) => ELASTIC_ACTION[plainText(value) ?? ''],
  ecs_category: (value) => (isList(value) ? value : [value]).map((one) => ECS_CATEGORY[textOf(one)]).find((one) => one !== undefined),
  ecs_action: (value) => (isList(value) ? value : [value]).map((one) => ECS_ACTION[textOf(one)]).find((one) => one !== undefined),
  // ---- `GET /path HTTP/1.1`
  request_method: (value) => requestLineOf(plainText(value) ?? '')?.method,
  request_target: (value) => masked(pathOf(requestLineOf(plainText(value) ?? '')?.target)),
}; // biome-ignore format: a table

/** Load balancers write the whole address. */
function pathOf(target: string | undefined): string | undefined {
  return target?.replace(/^https?:\/\/[^/?#]{1,255}/, '');
}
