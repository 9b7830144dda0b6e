import { addressOf } from '../addresses.ts';
import type { Context, Emit, Format, Head, MappingRow, Parser } from '../format.ts';
import { joined, type TextRecord } from '../framing/framer.ts';
import { event, noise, quarantine, type Verdict } from '../result.ts';
import { maskUrlSecrets } from '../secrets/url-secrets.ts';
import { type Stamp, stampOf } from '../time/stamps.ts';
import { actionOfMethod } from '../web-access/access.ts';
import { isStartLine, unwrapped } from '../web-access/carried.ts';
import { requestLineOf } from '../web-access/request-line.ts';
import { type Judgement, judgeMessage, noiseOf } from './messages.ts';
import { CUT_CHARS, STDERR, type Tail, tailOf } from './tail.ts';

/** ngx_log_error_core: `2024/01/02 03:04:05 [error] 12#34: *56 message`; the number of the connection when it is about one. */
const HEAD = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d):(\d\d):(\d\d) \[([a-z]{3,8})\] (\d{1,10})#(\d{1,20}): (?:\*(\d{1,20}) )?/;
/** Lines of one record: a stack trace has tens. Beyond, the record ends. */
const LINES_MAX = 2000;

export const nginxError: Format = {
  name: 'nginx-error',
  title: 'nginx error log: denied, limited and failed requests, failed logins, failed TLS handshakes',
  source: 'nginx',
  framing: 'lines',
  otherStream: { stream: 'stdout', format: 'nginx-access' },
  keepsOriginal: true,
  recognise: share,
  open: (context) => new NginxErrorParser(context),
  mapping: mapping(),
};

function share({ lines }: Head): number {
  const some = lines.slice(0, 200);
  const heads = some.filter((line) => HEAD.test(unwrapped(line).line)).length;
  // Programs behind the server may write more lines than it does.
  return heads === 0 || !HEAD.test(unwrapped(some[0] ?? '').line)
    ? heads / Math.max(1, some.length) / 2
    : 0.5 + (0.45 * heads) / some.length;
}

/** A record begins with nginx's stamp, and is a line; the words of programs behind the server may go on over several. */
class NginxErrorParser implements Parser {
  readonly #context: Context;
  #first: TextRecord | undefined;
  #last: TextRecord | undefined;
  #parts: string[] = [];
  #chars = 0;

  constructor(context: Context) {
    this.#context = context;
  }

  parse(record: TextRecord, emit: Emit): void {
    const { line } = unwrapped(record.text);
    const begins = HEAD.test(line);
    if (this.#first !== undefined && !begins) return this.#goOn(record, line, emit);
    if (this.#first !== undefined && this.#isInside()) return this.#goOn(record, line, emit);
    this.end(emit);
    if (!begins && record.stream !== undefined && isStartLine(line)) return emit(record, noise('process'));
    if (!begins)
      return emit(masked(record), quarantine('not_nginx_error', 'this line does not begin as one of nginx, and is no part of one'));
    this.#first = record;
    this.#add(record, record.text);
    if (!SPEAKS.test(line) || this.#isEnd(line)) this.end(emit);
  }

  end(emit: Emit): void {
    const first = this.#first;
    const last = this.#last;
    if (first === undefined || last === undefined) return;
    const record = masked(this.#parts.length === 1 ? first : joined(first, last, this.#parts.join('\n')));
    this.#first = undefined;
    this.#parts = [];
    this.#chars = 0;
    const { line, machine } = unwrapped(record.text);
    emit(record, judge(line, machine, this.#context));
  }

  #goOn(record: TextRecord, line: string, emit: Emit): void {
    this.#add(record, line);
    if (this.#isEnd(line) || this.#parts.length >= LINES_MAX) this.end(emit);
  }

  /**
   * Whether the words of a program behind the server have not ended: nginx writes its own tail behind them, in the same write. So a line in between that looks like a
   * record of nginx is that program's. Only a record as long as nginx's buffer can lack its tail.
   */
  #isInside(): boolean {
    return this.#chars < CUT_CHARS && this.#isStderr();
  }

  #isStderr(): boolean {
    return this.#parts[0]?.includes(STDERR) ?? false;
  }

  #isEnd(line: string): boolean {
    return (this.#isStderr() ? STDERR_END : END).test(line);
  }

  #add(record: TextRecord, line: string): void {
    this.#last = record;
    this.#parts.push(line);
    this.#chars += line.length + 1;
  }
}

/** Messages that hold what other programs say. */
const SPEAKS = /\] \d+#\d+: (?:\*\d+ )?(?:FastCGI sent in stderr: "|\[lua\]|lua |js: |perl|ModSecurity)/;
const STDERR_END = /" while [a-z ]{4,60}, client: [^ ,"]{1,108}, server: /;
/** The tail that nginx writes last. */
const END = /, client: [^ ,"]{1,108}, server: [^ ,"]{0,512}(?:, |$)/;

function masked(record: TextRecord): TextRecord {
  const text = maskUrlSecrets(record.text);
  return text === record.text ? record : { ...record, text };
}

function judge(text: string, machine: string | undefined, context: Context): Verdict {
  const match = HEAD.exec(text);
  if (match === null) return quarantine('not_nginx_error', 'this line does not begin as one of nginx');
  const [head, year, month, day, hour, minute, second, level = '', pid, tid, connection] = match;
  const stamp =
    Number(month) > 12
      ? undefined
      : stampOf(
          {
            year: Number(year),
            month: Number(month) - 1,
            day: Number(day),
            hour: Number(hour),
            minute: Number(minute),
            second: Number(second),
          },
          context,
        );
  if (stamp === undefined) return quarantine('bad_time', 'there is no such time');
  const tail = tailOf(text.slice(head.length));
  if (tail.client === undefined && tail.candidates === undefined) {
    const connected = CONNECTED.exec(tail.message);
    if (connected === null) return noise(noiseOf(tail.message));
    const [, client, port, server = ''] = connected;
    const own = { message: tail.message, client, candidates: undefined, fields: { server } };
    return eventOf(CONNECTION, own, { stamp, machine, attributes: { level, pid, tid, connection, client_port: port } });
  }
  const found = judgeMessage(tail.message, level, tail.fields['request'] !== undefined || tail.candidates !== undefined);
  if (found.kind === 'noise') return noise(found.code);
  const attributes: Record<string, unknown> = { level, pid, tid };
  if (connection !== undefined) attributes['connection'] = connection;
  if (stamp.guessed !== undefined) attributes['time_guessed'] = stamp.guessed;
  return eventOf(found, tail, { stamp, machine, attributes });
}

/** ngx_stream_handler.c, ngx_mail_handler.c: `*N client ADDRESS:PORT connected to ADDRESS:PORT`, on level info, all nginx's own. */
const CONNECTED = /^client \[?([\da-fA-F.:]{2,45})\]?:(\d{1,5}) connected to (\S{1,256})$/;
const CONNECTION = { kind: 'event', type: 'client connected', outcome: 'success', action: 'connect' } as const;

interface Around {
  readonly stamp: Stamp;
  readonly machine: string | undefined;
  /** The attributes that the line's head gives. */
  readonly attributes: Record<string, unknown>;
}

function eventOf(found: Extract<Judgement, { kind: 'event' }>, tail: Tail, { stamp, machine, attributes }: Around): Verdict {
  const { message, client, candidates, fields } = tail;
  const { request, server, host, login } = fields;
  const line = request === undefined ? undefined : requestLineOf(request);
  const address = addressOf(client);
  const user = found.user ?? login;
  const isConnection = found.action === 'connect' || (request === undefined && candidates === undefined);
  addTail(attributes, tail);
  if (line?.version !== undefined) attributes['http_version'] = line.version.slice('HTTP/'.length);
  if (address === undefined && client !== undefined) attributes['client_host'] = client;
  return event({
    timestamp: stamp.text,
    user_id: user,
    actor_type: user === undefined || user === '' ? 'anonymous' : 'user',
    event_type: found.type,
    action: found.action ?? (isConnection ? 'connect' : actionOfMethod(line?.method)),
    category: found.action === 'login' ? 'authentication' : isConnection ? 'session' : 'http',
    resource: (line?.target ?? request ?? server) || '-',
    resource_type: line === undefined ? undefined : 'url',
    resource_parent: host ?? server,
    ip_address: address,
    host: machine,
    protocol: isConnection && request === undefined ? 'tcp' : 'http',
    method: line?.method,
    outcome: found.outcome,
    status_code: found.status,
    reason: message.length > REASON_CHARS_MAX ? message.slice(0, REASON_CHARS_MAX) : message,
    attributes,
  });
}

function addTail(attributes: Record<string, unknown>, { fields, candidates }: Tail): void {
  for (const name of ['server', 'upstream', 'subrequest', 'referrer'] as const) {
    const value = fields[name];
    if (value !== undefined && value !== '') attributes[name] = value;
  }
  if (candidates !== undefined) attributes['client_candidates'] = candidates;
}

/** The whole text is kept beside the event. */
const REASON_CHARS_MAX = 1000;

function mapping(): readonly MappingRow[] {
  return [
    { record: '*', field: 'timestamp', from: 'the stamp; its zone is that of the input' },
    {
      record: '*',
      field: 'ip_address',
      from: 'client: of the tail that nginx itself wrote; none when it can not be told from a forged one (attributes.client_candidates)',
    },
    { record: '*', field: 'resource', from: 'request:, else server:' },
    { record: '*', field: 'resource_parent', from: 'host:, else server:' },
    { record: '*', field: 'method', from: 'request:' },
    { record: '*', field: 'reason', from: 'the message' },
    {
      record: 'access forbidden by rule, limiting requests, limiting connections, directory index, ModSecurity, NAXSI',
      field: 'outcome',
      from: 'denied',
    },
    { record: 'user not found, password mismatch', field: 'action', from: 'login, with user_id from the message; outcome failure' },
    {
      record: 'open() and others failed',
      field: 'outcome',
      from: 'denied for 13 (Permission denied), else failure; status_code is the number',
    },
    { record: 'SSL handshake, client certificate', field: 'action', from: 'connect' },
    { record: 'FastCGI stderr', field: 'outcome', from: 'failure for a fatal error or an unknown script, else unknown' },
    { record: 'others of level error and above about a request', field: 'outcome', from: 'failure' },
    { record: '*', field: 'attributes', from: 'level, pid, tid, connection, server, upstream, referrer' },
  ];
}
