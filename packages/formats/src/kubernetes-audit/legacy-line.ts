import type { JsonRecord } from '@daybook/protocol';
import type { Context } from '../format.ts';
import { stampWithoutYear } from '../time/stamps.ts';
import { StampReader } from '../syslog/stamp-reader.ts';
import { requestOf } from './request-uri.ts';

/*
 * Before the Event there were lines of text (kubernetes 1.2 to 1.6 pkg/genericapiserver/filters/audit.go; later `--audit-log-format=legacy`,
 * k8s.io/apiserver pkg/audit/format.go; OpenShift 3 the same through glog):
 *
 *   STAMP AUDIT: id="…" ip="…" method="GET" user="…" [groups="…"] as="<self>" [asgroups="<lookup>"] namespace="<none>" uri="…"
 *   STAMP AUDIT: id="…" response="200"
 *   STAMP AUDIT: id="…" [stage="…"] ip="…" method="get" user="…" groups="…" as="…" asgroups="…" [user-agent="…"] namespace="…" uri="…" response="200"
 *
 * Values are Go's %q: what a client sends can not end one.
 */
export interface LegacyLine {
  readonly id: string;
  readonly answer: number | undefined;
  /** The request as an Event; undefined for a line that only answers. */
  readonly request: JsonRecord | undefined;
  /** The method as it stands there. */
  readonly said: string | undefined;
  /** Whether another line says how it ended. */
  readonly isHalf: boolean;
}

const SYSLOG =
  '(?:(?:<\\d{1,3}>)?(?:[A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d|\\d{4}-\\S{10,30}) [\\w.:-]{1,64} [\\w./@-]{1,64}(?:\\[\\d{1,10}\\])?: )?';
const GLOG = '(?:[IWE](\\d\\d)(\\d\\d) (\\d\\d):(\\d\\d):(\\d\\d)\\.(\\d{6}) +\\d+ [\\w.-]{1,64}:\\d{1,6}\\] )?';
const HEAD = new RegExp(`^(${SYSLOG})${GLOG}(?:(\\d{4}-\\d\\d-\\d\\dT\\S{8,30}) )?AUDIT: (?=id=")`);
const FIELD = /([a-z-]{2,12})=("(?:[^"\\]|\\.)*")(?: |$)/y;
/** What stands where there is nothing. */
const NOTHING = new Set(['<none>', '<self>', '<lookup>', '<unknown>', '<deferred>', '']);

export function isLegacyLine(text: string): boolean {
  return text.includes('AUDIT: id="') && HEAD.test(text);
}

export class LegacyReader {
  readonly #context: Context;
  readonly #stamps: StampReader;

  constructor(context: Context) {
    this.#context = context;
    this.#stamps = new StampReader(context);
  }

  /** undefined: no such line. */
  read(text: string): LegacyLine | undefined {
    const head = text.includes('AUDIT: id="') ? HEAD.exec(text) : null;
    if (head === null) return undefined;
    const fields = fieldsOf(text, head[0].length);
    const id = fields.get('id');
    if (id === undefined) return undefined;
    const response = fields.get('response');
    const answer = response === undefined || !/^\d{3}$/.test(response) ? undefined : Number(response);
    if (!fields.has('method') && !fields.has('uri')) return { id, answer, request: undefined, said: undefined, isHalf: true };
    return { id, answer, request: requestEvent(id, fields, this.#time(head)), said: fields.get('method'), isHalf: response === undefined };
  }

  #time([, syslog = '', month, day, hour, minute, second, fraction, whole]: RegExpExecArray): string | undefined {
    if (whole !== undefined) return whole;
    if (month === undefined) return this.#stamps.read(syslog, syslog.startsWith('<') ? syslog.indexOf('>') + 1 : 0)?.stamp.text;
    const reading = { month: Number(month) - 1, day: Number(day), hour: Number(hour), minute: Number(minute), second: Number(second) };
    return stampWithoutYear({ ...reading, fraction: fraction ?? '' }, this.#context)?.text;
  }
}

function fieldsOf(text: string, from: number): Map<string, string> {
  const fields = new Map<string, string>();
  FIELD.lastIndex = from;
  for (let found = FIELD.exec(text); found !== null; found = FIELD.exec(text)) {
    const [, name = '', quoted = ''] = found;
    if (!fields.has(name)) fields.set(name, unquoted(quoted));
  }
  return fields;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', a: '\u0007', b: '\b', f: '\f', v: '\v' };
const ESCAPE = /\\(?:x([\da-f]{2})|u([\da-f]{4})|U([\da-f]{8})|(.))/g;

/** strconv.Quote, undone. */
function unquoted(text: string): string {
  const inner = text.slice(1, -1);
  if (!inner.includes('\\')) return inner;
  return inner.replace(ESCAPE, (_, x?: string, u?: string, long?: string, sign?: string) => {
    const hex = x ?? u ?? long;
    if (hex === undefined) return ESCAPES[sign ?? ''] ?? sign ?? '';
    const code = Number.parseInt(hex, 16);
    return code > 0x10ffff ? '\uFFFD' : String.fromCodePoint(code);
  });
}

function requestEvent(id: string, fields: ReadonlyMap<string, string>, timestamp: string | undefined): JsonRecord {
  const said = (name: string): string | undefined => {
    const value = fields.get(name);
    return value === undefined || NOTHING.has(value) ? undefined : value;
  };
  const uri = said('uri') ?? '';
  const { verb, objectRef } = requestOf(said('method') ?? '', uri);
  const as = said('as');
  const user = said('user');
  const ip = said('ip');
  return {
    auditID: id,
    stage: said('stage') ?? 'ResponseComplete',
    verb,
    requestURI: uri,
    user: { username: user, groups: groupsOf(said('groups')) },
    // The first versions repeat the user where nobody else is meant.
    ...(as === undefined || as === user ? {} : { impersonatedUser: { username: as, groups: groupsOf(said('asgroups')) } }),
    ...(ip === undefined ? {} : { sourceIPs: [ip] }),
    userAgent: said('user-agent'),
    objectRef: objectRef === undefined ? undefined : { ...objectRef, namespace: said('namespace') ?? objectRef['namespace'] },
    requestReceivedTimestamp: timestamp,
  };
}

/** `"a","b"`. */
function groupsOf(list: string | undefined): string[] | undefined {
  return list?.match(/"(?:[^"\\]|\\.)*"/g)?.map(unquoted);
}
