import path from 'node:path';
import { z } from 'zod';
import { isRange } from './address-ranges.ts';
import type { ListenAddress } from './settings.ts';
import type { TlsFiles } from './tls.ts';
import { type Webhook, webhookSchema } from './webhook-settings.ts';

/** What listens beside POST /v1/events, `daybook.yaml` under `capture:`. */
export interface CaptureSettings {
  readonly syslog: readonly SyslogListener[];
  readonly otlp: OtlpSettings;
  readonly kubernetes: { readonly source: string | undefined };
  readonly webhooks: Readonly<Record<string, Webhook>>;
}

export interface SyslogListener {
  readonly listen: ListenAddress;
  readonly transport: 'udp' | 'tcp' | 'tls';
  /** Of senders that `senders` does not name; undefined: they are refused. */
  readonly source: string | undefined;
  readonly format: string | undefined;
  readonly senders: readonly SyslogSender[];
  /** Program → format, before the built-in table; `none`: counted as noise. */
  readonly programs: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  readonly zone: string;
  readonly tls: TlsFiles | undefined;
  readonly messageBytesMax: number;
  readonly connectionsMax: number;
  readonly receiveBufferBytes: number;
}

/** Who is which source; the first that fits in all that it says. */
export interface SyslogSender {
  readonly from: readonly string[];
  readonly certificate: string | undefined;
  readonly source: string;
  readonly format: string | undefined;
  /** Over those of the listener. */
  readonly options: Readonly<Record<string, string>>;
}

export interface OtlpSettings {
  /** Name of a service → format of its bodies that are lines. */
  readonly formats: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  readonly zone: string;
  /** What becomes of records that say nothing but a text. */
  readonly plain: 'event' | 'noise';
}

export const NO_CAPTURE: CaptureSettings = {
  syslog: [],
  otlp: { formats: {}, options: {}, zone: 'UTC', plain: 'event' },
  kubernetes: { source: undefined },
  webhooks: {},
};

/** Listeners of one server: each a socket. */
const LISTENERS_MAX = 32;
/** A list that a person keeps by hand. */
const SENDERS_MAX = 1000;
const NAMES_MAX = 200;
const NAME_CHARS_MAX = 200;
const OPTION_CHARS_MAX = 2000;
/** RFC 5425 asks for 8 KiB; an audit record of a database is longer. */
const MESSAGE_BYTES_DEFAULT = 64 * 1024;
const MESSAGE_BYTES_RANGE = { min: 2048, max: 256 * 1024 } as const;
const CONNECTIONS_DEFAULT = 1000;
/** Some 100 ms of the fastest senders of a network card. */
const RECEIVE_BUFFER_DEFAULT = 8 * 1024 * 1024;
const RECEIVE_BUFFER_MAX = 1024 * 1024 * 1024;

export interface CaptureContext {
  readonly dir: string;
  readonly eventFields: readonly string[];
  /** Names of formats; undefined: not known here, and looked at later. */
  readonly formats: readonly string[] | undefined;
  readonly listen: z.ZodType<ListenAddress, string>;
}

export function captureSchema(context: CaptureContext) {
  const format = formatSchema(context.formats);
  const maps = {
    options: z.record(name, z.union([z.string().max(OPTION_CHARS_MAX), z.number(), z.boolean()]).transform(String)).default({}),
    zone: z.string().refine(isZone, { error: 'is no time zone, like UTC, +02:00 or Europe/Berlin' }).default('UTC'),
  };
  return z
    .strictObject({
      syslog: z
        .array(syslogSchema(context, format, maps))
        .max(LISTENERS_MAX)
        .default([]),
      otlp: z
        .strictObject({
          ...maps,
          formats: z.record(name, format).default({}),
          plain: z.enum(['event', 'noise'], { error: 'must be event or noise' }).default('event'),
        })
        .prefault({}),
      kubernetes: z.strictObject({ source: source.optional() }).prefault({}),
      webhooks: z
        .record(z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, WEBHOOK_NAME), webhookSchema(context.dir, context.eventFields, format))
        .default({}),
    })
    .transform(
      ({ syslog, otlp, kubernetes, webhooks }): CaptureSettings => ({
        syslog,
        otlp,
        kubernetes: { source: kubernetes.source },
        webhooks,
      }),
    );
}

const WEBHOOK_NAME = 'must be a name of small letters, digits, `_` and `-`, at most 64: it stands in the address';
const name = z.string().min(1).max(NAME_CHARS_MAX);
const source = z
  .string()
  .regex(/^[^\s\p{C}]{1,200}$/u, 'must be a name without blanks, at most 200 characters')
  .refine((text) => text.toLowerCase() !== 'daybook', { error: "is the server's own name; choose another" });

function formatSchema(formats: readonly string[] | undefined) {
  const known = formats ?? [];
  return z.string().refine((text) => formats === undefined || text === 'none' || known.includes(text), {
    error: `is no format; there are ${known.join(', ')}, and none`,
  });
}

type Maps = { readonly options: z.ZodType<Record<string, string>>; readonly zone: z.ZodType<string> };

function syslogSchema(context: CaptureContext, format: z.ZodType<string>, maps: Maps) {
  const file = z
    .string()
    .min(1)
    .transform((text) => path.resolve(context.dir, text));
  const ranges = z.union(
    [
      z
        .string()
        .refine(isRange, RANGE)
        .transform((one) => [one]),
      z.array(z.string().refine(isRange, RANGE)).min(1).max(SENDERS_MAX),
    ],
    RANGE,
  );
  const sender = z
    .strictObject({ from: ranges.default([]), certificate: name.optional(), source, format: format.optional(), options: maps.options })
    .refine(({ from, certificate }) => from.length > 0 || certificate !== undefined, {
      error: 'names nobody: give `from` (addresses) or `certificate`',
    })
    .transform((one): SyslogSender => ({ ...one, certificate: one.certificate, format: one.format }));
  return z
    .strictObject({
      ...maps,
      listen: context.listen,
      transport: z.enum(['udp', 'tcp', 'tls'], { error: 'must be udp, tcp or tls' }),
      source: source.optional(),
      format: format.optional(),
      senders: z.array(sender).max(SENDERS_MAX).default([]),
      programs: z
        .record(name, format)
        .refine((all) => Object.keys(all).length <= NAMES_MAX, { error: `has more than ${NAMES_MAX} names` })
        .default({}),
      cert: file.optional(),
      key: file.optional(),
      client_ca: file.optional(),
      message_bytes: z.number().int().min(MESSAGE_BYTES_RANGE.min).max(MESSAGE_BYTES_RANGE.max).default(MESSAGE_BYTES_DEFAULT),
      connections: z.number().int().min(1).max(100_000).default(CONNECTIONS_DEFAULT),
      receive_buffer: z.number().int().min(4096).max(RECEIVE_BUFFER_MAX).default(RECEIVE_BUFFER_DEFAULT),
    })
    .superRefine((one, issues) => checkSyslog(one, issues))
    .transform(
      ({ cert, key, client_ca, message_bytes, connections, receive_buffer, ...rest }): SyslogListener => ({
        ...rest,
        source: rest.source,
        format: rest.format,
        tls: cert === undefined || key === undefined ? undefined : { certFile: cert, keyFile: key, clientCaFile: client_ca },
        messageBytesMax: message_bytes,
        connectionsMax: connections,
        receiveBufferBytes: receive_buffer,
      }),
    );
}

const RANGE = { error: 'is no address or range, like 10.0.0.0/8 or 2001:db8::/32' };

interface SyslogGiven {
  readonly transport: string;
  readonly source?: string | undefined;
  readonly senders: readonly SyslogSender[];
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly client_ca?: string | undefined;
}

function checkSyslog(one: SyslogGiven, issues: z.RefinementCtx): void {
  const add = (key: string, message: string) => issues.addIssue({ code: 'custom', path: [key], message });
  if (one.source === undefined && one.senders.length === 0)
    add('source', 'is missing: name the source of what comes here, or list `senders`');
  const files = ['cert', 'key', 'client_ca'] as const;
  if (one.transport === 'tls') {
    for (const file of ['cert', 'key'] as const)
      if (one[file] === undefined) add(file, 'is missing: TLS needs `cert` and `key`, files in PEM');
  } else {
    for (const file of files) if (one[file] !== undefined) add(file, `means nothing with transport ${one.transport}`);
  }
  if (one.client_ca === undefined && one.senders.some(({ certificate }) => certificate !== undefined))
    add('client_ca', 'is missing: without authorities no client shows a certificate that could be believed');
}

function isZone(text: string): boolean {
  if (/^(?:UTC|Z|[+-]\d\d:?\d\d)$/.test(text)) return true;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: text }).format(0) !== '';
  } catch {
    return false;
  }
}

/** Keys of these structures, for the advice on what is misspelt. */
export const CAPTURE_KEYS = ['syslog', 'otlp', 'kubernetes', 'webhooks', 'listen', 'transport', 'source', 'format', 'senders', 'programs', 'options', 'zone', 'cert', 'key', 'client_ca', 'message_bytes', 'connections', 'receive_buffer', 'from', 'certificate', 'formats', 'plain', 'preset', 'signature', 'secret', 'secret_file', 'scheme', 'header', 'algorithm', 'encoding', 'prefix', 'items', 'event_id', 'map', 'values', 'value', 'default', 'body_bytes']; // biome-ignore format: a word list
