import { ACCESS_KIND_NAMES, type AccessKindName } from '@daybook/protocol';
import { z } from 'zod';
import { Redacted } from './redacted.ts';

/** The register of sources that are expected to send, `daybook.yaml` under `sources:`. */
export interface ExpectedSource {
  readonly name: string;
  /** Whom to ask: a person, a team, an address. */
  readonly owner: string;
  readonly note: string;
  /** Kinds of access that it must show. */
  readonly expect: readonly AccessKindName[];
  /** Longest normal silence in seconds; undefined: it may be silent for ever. */
  readonly silenceS: number | undefined;
}

interface CanaryCommon {
  readonly name: string;
  /** Whose event is awaited. */
  readonly source: string;
  /** The kind of access that its event must be of. */
  readonly proves: AccessKindName;
  readonly everyS: number;
  readonly withinS: number;
}

/** With it begins every marker: what has it in itself was done by a canary. */
export const CANARY_WORD = 'daybook-canary';

/** `{marker}` in a text is replaced by what is sought in the event. */
export interface HttpCanary extends CanaryCommon {
  readonly kind: 'http';
  readonly url: Redacted<string>;
  readonly method: string;
  readonly headers: Redacted<Readonly<Record<string, string>>>;
  readonly body: Redacted<string> | undefined;
}
export interface PostgresCanary extends CanaryCommon {
  readonly kind: 'postgres';
  readonly url: Redacted<string>;
  readonly query: Redacted<string>;
}
export interface SshdCanary extends CanaryCommon {
  readonly kind: 'sshd';
  readonly host: string;
  readonly port: number;
}
/** A harmless action on a schedule whose event must arrive, `daybook.yaml` under `canaries:`. */
export type Canary = HttpCanary | PostgresCanary | SshdCanary;

/** A register that a person keeps by hand. */
const SOURCES_MAX = 1000;
/** Each is a program's errand every few minutes, on a machine that has other work. */
const CANARIES_MAX = 100;
const SOURCE_CHARS_MAX = 200;
const WORDS_CHARS_MAX = 500;
const TEXT_CHARS_MAX = 10_000;
const HEADERS_MAX = 30;

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const DAY_S = 86_400;

/** `90s`, `10m`, `4h`, `7d`, in seconds. */
export function duration(minS: number, maxS: number) {
  return z.string().transform((text, context) => {
    const [, digits = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
    const seconds = Number(digits) * (UNITS[unit] ?? 0);
    if (digits !== '' && seconds >= minS && seconds <= maxS) return seconds;
    context.addIssue({
      code: 'custom',
      message: `must be a time from ${minS}s to ${maxS / DAY_S >= 1 ? `${maxS / DAY_S}d` : `${maxS}s`}, like 90s, 10m, 4h or 7d`,
    });
    return z.NEVER;
  });
}

const source = z.string().min(1).max(SOURCE_CHARS_MAX);
const kind = z.enum(ACCESS_KIND_NAMES, { error: `must be one of ${ACCESS_KIND_NAMES.join(', ')}` });
const words = z.string().max(WORDS_CHARS_MAX).default('');
const text = z.string().min(1).max(TEXT_CHARS_MAX);
const name = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'must be a name of small letters, digits, `_` and `-`, at most 64');

function urlOf(protocols: readonly string[]) {
  return text
    .refine((url) => URL.canParse(url) && protocols.includes(new URL(url).protocol), {
      error: `must be a URL that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`,
    })
    .transform((url) => new Redacted(url));
}

export const sourcesSchema = z
  .array(
    z
      .strictObject({
        name: source,
        owner: words,
        note: words,
        expect: z.array(kind).default([]),
        silence: duration(10, 366 * DAY_S).optional(),
      })
      .transform(({ silence, expect, ...rest }): ExpectedSource => ({ ...rest, expect: [...new Set(expect)], silenceS: silence })),
  )
  .max(SOURCES_MAX)
  .superRefine((sources, context) => distinct(sources, context));

const common = {
  name,
  source,
  every: duration(10, 7 * DAY_S).default(600),
  within: duration(1, 3600).default(60),
};
const http = z
  .strictObject({
    ...common,
    kind: z.literal('http'),
    proves: kind.default('read'),
    url: urlOf(['http:', 'https:']),
    method: z
      .string()
      .regex(/^[A-Z]{3,10}$/, 'must be a method, like GET')
      .default('GET'),
    headers: z.record(z.string().regex(/^[A-Za-z0-9-]{1,100}$/, 'is no name of a header'), text).default({}),
    body: text.optional(),
  })
  .refine(({ headers }) => Object.keys(headers).length <= HEADERS_MAX, { error: `has more than ${HEADERS_MAX} headers`, path: ['headers'] })
  .transform(
    ({ every, within, headers, body, ...rest }): HttpCanary => ({
      ...rest,
      everyS: every,
      withinS: within,
      headers: new Redacted(headers),
      body: body === undefined ? undefined : new Redacted(body),
    }),
  );
const postgres = z
  .strictObject({
    ...common,
    kind: z.literal('postgres'),
    proves: kind.default('read'),
    url: urlOf(['postgres:', 'postgresql:']),
    query: text.default("SELECT '{marker}' AS daybook_canary"),
  })
  .transform(
    ({ every, within, query, ...rest }): PostgresCanary => ({ ...rest, everyS: every, withinS: within, query: new Redacted(query) }),
  );
const sshd = z
  .strictObject({
    ...common,
    kind: z.literal('sshd'),
    proves: kind.default('failed_login'),
    // Never what a program could take for an option of its own.
    host: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$/, 'must be a host name or an address'),
    port: z.number().int().min(1).max(65_535).default(22),
  })
  .transform(({ every, within, ...rest }): SshdCanary => ({ ...rest, everyS: every, withinS: within }));

const KINDS = ['http', 'postgres', 'sshd'];

export const canariesSchema = z
  .array(z.discriminatedUnion('kind', [http, postgres, sshd], { error: `must have a \`kind\`: one of ${KINDS.join(', ')}` }))
  .max(CANARIES_MAX)
  .superRefine((canaries, context) => {
    distinct(canaries, context);
    for (const [i, { everyS, withinS }] of canaries.entries())
      if (withinS >= everyS)
        context.addIssue({ code: 'custom', path: [i, 'within'], message: 'must be shorter than `every`; unless set it is a minute' });
  });

function distinct(named: readonly { readonly name: string }[], context: z.RefinementCtx): void {
  const seen = new Set<string>();
  for (const [i, one] of named.entries()) {
    if (seen.has(one.name)) context.addIssue({ code: 'custom', path: [i, 'name'], message: 'stands twice' });
    seen.add(one.name);
  }
}

/** Keys of these structures, for the advice on what is misspelt. */
export const SOURCE_KEYS = ['name', 'owner', 'note', 'expect', 'silence', 'kind', 'source', 'proves', 'every', 'within', 'url', 'method', 'headers', 'body', 'query', 'host', 'port']; // biome-ignore format: a word list
