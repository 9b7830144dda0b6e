import type { Prefix, PrefixField } from './prefix-tokens.ts';

/** What a prefix says, by field. */
export type PrefixValues = Readonly<Partial<Record<PrefixField, string>>>;

/** Fields with a form of their own: there is one reading of them. */
const FORMS: Readonly<Partial<Record<PrefixField, RegExp>>> = {
  time: /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})? (?:[A-Za-z]{1,10}|[+-]\d\d(?::?\d\d){0,2})/y,
  sessionStart: /(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (?:[A-Za-z]{1,10}|[+-]\d\d(?::?\d\d){0,2}))?/y,
  epoch: /\d{1,12}(?:\.\d{1,6})?/y,
  pid: /\d{1,10}/y,
  leaderPid: /\d{0,10}/y,
  lineNumber: /\d{1,19}/y,
  sessionId: /[\da-f]{1,16}\.[\da-f]{1,8}/y,
  virtualTransaction: /(?:-?\d{1,10}\/\d{1,10})?/y,
  transaction: /\d{1,20}/y,
  sqlState: /[\dA-Z]{5}/y,
  queryId: /-?\d{1,20}/y,
  // A host name or address and its port; [local]; nothing outside of sessions.
  remote: /(?:\[(?:local|unknown)\]|[\w.:%-]{1,255}\(\d{1,5}\))?/y,
};
/** NAMEDATALEN - 1 bytes: users, databases and applications are cut to it. */
const NAME_CHARS_MAX = 63;
const HOST_CHARS_MAX = 264;
const FREE: Readonly<Partial<Record<PrefixField, number>>> = {
  user: NAME_CHARS_MAX,
  database: NAME_CHARS_MAX,
  // Up to 15 other characters are kept as they are, later `\xNN` each.
  application: 4 * NAME_CHARS_MAX,
  remoteHost: HOST_CHARS_MAX,
  localAddress: HOST_CHARS_MAX,
  backendType: 128,
  commandTag: 128,
};
/** What a host can be called: an application that imitates the words behind its own can't make one of it. */
const HOST = /^ *(?:\[(?:local|unknown)\]|[\w.:%-]*) *$/;
/** Readings that are looked for: the second tells that the first is not the only one. */
const READINGS_MAX = 2;
/** Names that hold the text between fields make readings many: beyond so many steps it is not worth knowing more than that there are several. */
const STEPS_MAX = 2000;

/** All readings (two at the most) of a text as this prefix, whole. */
export function readings({ tokens, sessionFrom }: Prefix, text: string): readonly PrefixValues[] {
  const found: PrefixValues[] = [];
  walk({ tokens, sessionFrom, text, limit: text.length, found, steps: 0, values: {} }, 0, 0);
  return found;
}

interface Walk extends Prefix {
  readonly text: string;
  readonly limit: number;
  readonly found: PrefixValues[];
  readonly values: Partial<Record<PrefixField, string>>;
  steps: number;
}

function walk(state: Walk, index: number, at: number): void {
  if (state.found.length >= READINGS_MAX || state.steps++ > STEPS_MAX) return;
  const token = state.tokens[index];
  // Lines of the server's own processes end where the session's part would begin.
  if (at === state.limit && (token === undefined || index === state.sessionFrom)) state.found.push(valuesOf(state, index));
  if (token === undefined) return;
  if (token.kind === 'text') {
    if (state.text.startsWith(token.text, at)) walk(state, index + 1, at + token.text.length);
  } else {
    const form = FORMS[token.field];
    if (form === undefined) walkFree(state, index, at, token);
    else walkFormed(state, index, at, { form, field: token.field, width: token.width });
  }
}

/** What was read before a token: other ways may have gone further, and left what they read. */
function valuesOf({ tokens, values }: Walk, index: number): PrefixValues {
  if (index === tokens.length) return { ...values };
  const read: Partial<Record<PrefixField, string>> = {};
  for (const token of tokens.slice(0, index)) if (token.kind === 'field') read[token.field] = values[token.field] ?? '';
  return read;
}

/** A value of a known form, blanks to its width before or behind it. */
function walkFormed(
  state: Walk,
  index: number,
  at: number,
  { form, field, width }: { readonly form: RegExp; readonly field: PrefixField; readonly width: number },
): void {
  let from = at;
  if (width > 0) while (from < at + width && state.text[from] === ' ') from++;
  form.lastIndex = from;
  const value = form.exec(state.text)?.[0];
  if (value === undefined) return;
  const end = Math.max(from + value.length, width < 0 ? at - width : 0);
  if (end > state.limit || (from > at && end - at !== width)) return;
  state.values[field] = value;
  walk(state, index + 1, end);
}

/** A name: it may end wherever what follows it begins. */
function walkFree(state: Walk, index: number, at: number, token: { readonly field: PrefixField; readonly width: number }): void {
  const { text, limit } = state;
  const next = state.tokens[index + 1];
  const least = at + Math.abs(token.width);
  const most = Math.min(limit, at + Math.max(FREE[token.field] ?? 0, Math.abs(token.width)));
  const give = (end: number) => {
    if (token.field === 'remoteHost' && !HOST.test(text.slice(at, end))) return;
    state.values[token.field] = token.width === 0 ? text.slice(at, end) : text.slice(at, end).trim();
    walk(state, index + 1, end);
  };
  if (next === undefined) {
    if (limit >= least && limit <= most) give(limit);
  } else if (next.kind === 'text') {
    for (let end = text.indexOf(next.text, least); end >= 0 && end <= most; end = text.indexOf(next.text, end + 1)) give(end);
  } else {
    for (let end = least; end <= most; end++) give(end);
  }
}
