import path from 'node:path';
import { z } from 'zod';
import { isRange } from './address-ranges.ts';
import { canariesSchema, sourcesSchema } from './source-settings.ts';
import { captureSchema } from './capture-settings.ts';
import { foldSchema } from './fold-settings.ts';
import { fieldNameSchema, LOG_NAME, whenSchema } from './when-settings.ts';

/**
 * The table of settings: from it come the environment's names, the flags, the keys of daybook.yaml and the reference page. A setting
 * `signing_key` is DAYBOOK_SIGNING_KEY, `--signing-key` and the key `signing_key`.
 */
export interface Setting {
  readonly name: SettingName;
  readonly env: string;
  /** Without the dashes. Structures have none: they stand in daybook.yaml only. */
  readonly flag: string;
  readonly kind: 'text' | 'list' | 'structure';
  readonly secret: boolean;
  /** The default in words. */
  readonly default: string;
  readonly doc: string;
}

export type SettingName = keyof ReturnType<typeof settingSchemas>;

export const REDACTION_PATTERNS = ['card', 'bearer', 'url_password', 'sql_password'] as const;
/** A shorter token could be guessed; 32 characters of base64 are 192 bits. */
export const ADMIN_TOKEN_CHARS_MIN = 32;
/** Each log costs open files and memory for its frontier; more classes than this is a mistake. */
const LOGS_MAX = 16;
/** First match wins, for every event: rules are a list that a person can read. */
const RULES_MAX = 100;
/** Names and secrets that a provider gives out are shorter. */
const NAME_CHARS_MAX = 500;

const rows: readonly (readonly [SettingName, Setting['kind'], string, string, 'secret'?])[] = [
  ['data', 'text', '`./data`', 'Directory of everything Daybook keeps: `ledger/`, `engine/`, `control/`.'],
  ['listen', 'text', '`127.0.0.1:7717`', 'Address and port to listen on. Beyond loopback needs `insecure_listen`, since tokens would travel in clear text.'],
  ['insecure_listen', 'text', 'none', 'Repeat the host of `listen` here to listen beyond loopback without TLS, behind a proxy that does TLS, say: `0.0.0.0`.'],
  ['admin_token', 'text', 'generated at the first start, printed once', 'An admin token of your own, any string of 32 characters or more. Prefer the environment or the file: flags show in the process list.', 'secret'],
  ['signing_key', 'text', '`<data>.key`', 'File of the Ed25519 key that signs checkpoints. Keep it beside the data, not inside: a copy of the data must not carry the key.'],
  ['origin', 'text', 'the host name', 'Name of this ledger in its checkpoints (`<origin>/<log>`). Frozen at the first start.'],
  ['last_signed_dir', 'text', 'inside the ledger', 'Directory of the last-signed records, on another disk or backup domain than the data.'],
  ['checkpoint_sink', 'list', 'none', 'Where a checkpoint a minute is copied: directories or http(s) URLs. The copy that the root of this host cannot reach is what makes the log evidence.'],
  ['clickhouse_url', 'text', 'the embedded engine', 'A ClickHouse server or cluster to use instead of the embedded engine.', 'secret'],
  ['database_url', 'text', 'a SQLite file', '`postgres://…`: PostgreSQL for the control state (tokens).', 'secret'],
  ['logs', 'list', '`routine`, `important`', 'Retention classes; each is a log of its own. `routine` and `important` always exist.'],
  ['mmdb', 'list', 'none', 'MMDB files for country, city and network of addresses.'],
  ['public_url', 'text', 'where it listens', 'Where people reach this server, for sign-in links, passkeys and OpenID Connect: `https://audit.example.com`.'],
  ['tls_cert', 'text', 'none', 'File of the certificate chain (PEM): the server then speaks TLS. Read anew when it changes.'],
  ['tls_key', 'text', 'none', 'File of the private key of `tls_cert` (PEM). Read anew when it changes.'],
  ['tls_client_ca', 'text', 'none', 'File of the authorities (PEM) whose client certificates are taken from producers: the common name is the name of a producer token.'],
  ['trusted_proxies', 'list', 'none', 'Addresses or ranges of proxies whose `X-Forwarded-For`, `-Proto` and `-Host` are believed. Nobody else\'s are.'],
  ['embed_origins', 'list', 'none', 'Origins of pages that may frame the viewer of `/embed`, like `https://app.example.com`. Without any it is not there.'],
  ['oidc_issuer', 'text', 'none', 'OpenID Connect: the issuer\'s URL.'],
  ['oidc_client_id', 'text', 'none', 'OpenID Connect: the name of this server at the issuer.'],
  ['oidc_client_secret', 'text', 'none', 'OpenID Connect: its secret there; without one the server is a public client.', 'secret'],
  ['oidc_groups_claim', 'text', '`groups`', 'OpenID Connect: the claim of the ID token that lists a person\'s groups.'],
  ['oidc_roles', 'structure', 'none', 'OpenID Connect: `{group: role}`. Who is in none of the groups is not let in.'],
  ['allow_addresses', 'structure', 'any', '`{role: [ranges]}`: addresses from which a role may be used, like `10.0.0.0/8` or `2001:db8::/32`.'],
  ['sources', 'structure', 'none', 'Sources that are expected to send: `name`, `owner`, `note`, `expect` (kinds of access), `silence` (the longest normal one, like `4h`). See the guide on coverage.'],
  ['canaries', 'structure', 'none', 'Harmless actions on a schedule whose events must arrive: `name`, `kind` (http, postgres, sshd), `source`, `proves`, `every`, `within`, and what the kind needs. See the guide on coverage.'],
  ['log_level', 'text', '`info`', 'debug, info, warn, error or silent.'],
  ['capture', 'structure', 'none', 'What listens beside the API: `syslog` (UDP, TCP, TLS), `otlp`, `kubernetes`, `webhooks`. See the guides on capture.'],
  ['formats', 'list', 'none', 'Modules that bring formats along, for `daybook import` in this directory. See the guide on formats of your own.'],
  ['importance', 'structure', 'see the guide', 'Rules, first match wins: `{log, when: {field: value or [values]}}`; what matches none goes to `routine`.'],
  ['fold', 'structure', 'none', 'Rules, first match wins: `{name, when: {field: value, prefix* or [values]}, window: 1m, by: [fields]}`. Repetitions that came in one request are counted in one event. See the guide on volume.'],
  ['redact', 'structure', 'all patterns', '`fields`: names or dotted paths to remove whole; `patterns`: which of card, bearer, url_password, sql_password to mask.'],
]; // biome-ignore format: a table, one row a line

export const SETTINGS: readonly Setting[] = rows.map(([name, kind, fallback, doc, secret]) => ({
  name,
  env: `DAYBOOK_${name.toUpperCase()}`,
  flag: name.replaceAll('_', '-'),
  kind,
  secret: secret === 'secret',
  default: fallback,
  doc,
}));

/** What a schema needs to know of the place in which its value was written. */
export interface SettingContext {
  /** Relative paths are relative to this: the working directory, or the directory of daybook.yaml. */
  readonly dir: string;
  /** Names that a rule's `when` may use. */
  readonly eventFields: readonly string[];
  /** Names of formats that receivers read. */
  readonly formats?: readonly string[] | undefined;
}

export function settingSchemas(context: SettingContext) {
  const file = z
    .string()
    .min(1, 'is empty; name a path')
    .transform((text) => path.resolve(context.dir, text));
  const ranges = z
    .array(z.string().refine(isRange, { error: 'is no address or range, like 10.0.0.0/8 or 2001:db8::/32' }))
    .min(1)
    .max(RULES_MAX);
  return {
    data: file,
    listen: z.string().transform(parseListen),
    insecure_listen: z.string().min(1, 'is empty; repeat the host of `listen`'),
    admin_token: z.string().refine((text) => text.length >= ADMIN_TOKEN_CHARS_MIN, {
      error: `is shorter than ${ADMIN_TOKEN_CHARS_MIN} characters; make one by \`openssl rand -base64 32\`, or leave it out and one is generated`,
    }),
    signing_key: file,
    origin: z
      .string()
      .regex(/^[^\s+/][^\s+]{0,199}$/, 'must be a name of at most 200 characters without spaces and `+`, like `audit.example.com`'),
    last_signed_dir: file,
    checkpoint_sink: z
      .array(
        z
          .string()
          .min(1)
          .transform((text, issue) => parseSink(text, context.dir, issue)),
      )
      .max(LOGS_MAX),
    clickhouse_url: urlOf(['http:', 'https:']),
    database_url: urlOf(['postgres:', 'postgresql:']),
    logs: z
      .array(z.string().regex(LOG_NAME, 'is no log name: a lower-case letter, then letters, digits, `_`, `-`, at most 32'))
      .max(LOGS_MAX),
    mmdb: z.array(file).max(LOGS_MAX),
    public_url: urlOf(['http:', 'https:'])
      .refine((text) => URL.canParse(text) && new URL(text).pathname === '/' && new URL(text).search === '', {
        error: 'must be scheme, host and port alone',
      })
      .transform((text) => (URL.canParse(text) ? new URL(text).origin : text)),
    tls_cert: file,
    tls_key: file,
    tls_client_ca: file,
    trusted_proxies: ranges,
    embed_origins: z
      .array(z.string().refine(isOrigin, { error: 'is no origin: scheme, host and port alone, like https://app.example.com' }))
      .min(1)
      .max(RULES_MAX),
    oidc_issuer: urlOf(['https:', 'http:']).refine(isSafeIssuer, { error: 'must be https: (http: only on loopback, for tests)' }),
    oidc_client_id: z.string().min(1).max(NAME_CHARS_MAX),
    oidc_client_secret: z.string().min(1).max(NAME_CHARS_MAX),
    oidc_groups_claim: z.string().min(1).max(NAME_CHARS_MAX),
    oidc_roles: z.record(z.string().min(1).max(NAME_CHARS_MAX), z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/, 'is no name of a role')),
    allow_addresses: z.record(z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/, 'is no name of a role'), ranges),
    log_level: z.enum(['debug', 'info', 'warn', 'error', 'silent'], { error: 'must be one of debug, info, warn, error, silent' }),
    sources: sourcesSchema,
    canaries: canariesSchema,
    capture: captureSchema({ ...context, formats: context.formats, listen: z.string().transform(parseListen) }),
    formats: z.array(z.string().min(1).max(NAME_CHARS_MAX)).max(LOGS_MAX),
    importance: z.array(ruleSchema(context.eventFields)).max(RULES_MAX),
    fold: foldSchema(context.eventFields),
    redact: z.strictObject({
      fields: z.array(z.string().min(1)).default([]),
      patterns: z
        .array(z.enum(REDACTION_PATTERNS, { error: `must be one of ${REDACTION_PATTERNS.join(', ')}` }))
        .default([...REDACTION_PATTERNS]),
    }),
  };
}

function ruleSchema(eventFields: readonly string[]) {
  return z.strictObject({ log: z.string().regex(LOG_NAME, 'is no log name'), when: whenSchema(fieldNameSchema(eventFields)) });
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

function parseListen(text: string, context: z.RefinementCtx): ListenAddress {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:\s]+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match?.[1] === undefined || port > 65_535) {
    context.addIssue({ code: 'custom', message: 'must be `host:port`, like `127.0.0.1:7717` or `[::1]:7717`' });
    return z.NEVER;
  }
  return { host: match[1].replaceAll(/[[\]]/g, ''), port };
}

function parseSink(text: string, dir: string, context: z.RefinementCtx): string {
  if (!/^https?:/.test(text)) return path.resolve(dir, text);
  if (URL.canParse(text)) return new URL(text).href;
  context.addIssue({ code: 'custom', message: 'begins like a URL and is none' });
  return z.NEVER;
}

/** It goes into a header of ours: nothing but an origin may stand there. */
function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text;
}

function isSafeIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

function urlOf(protocols: readonly string[]) {
  const message = `must be a URL that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`;
  return z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), { error: message });
}

/** The reference page's table, in Markdown. */
export function settingsReference(): string {
  const head = '| environment | flag | daybook.yaml | default | meaning |\n|---|---|---|---|---|\n';
  const line = (s: Setting) => {
    const places = s.kind === 'structure' ? '| | | ' : `| \`${s.env}\` | \`--${s.flag}\` | `;
    return `${places}\`${s.name}\` | ${s.default} | ${s.doc}${s.kind === 'list' ? ' A list: commas in the environment, the flag repeated.' : ''} |\n`;
  };
  return head + SETTINGS.map(line).join('');
}
