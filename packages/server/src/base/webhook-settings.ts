import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { Redacted } from './redacted.ts';

/** One entry of `webhooks:`. Exactly one of `preset`, `format` and `map` says what its bodies mean. */
export interface Webhook {
  readonly source: string | undefined;
  readonly preset: Preset | undefined;
  readonly format: string | undefined;
  readonly map: Readonly<Record<string, MapRule>> | undefined;
  /** JSON pointer to the list of items; undefined: the body is the item, or a list of them. */
  readonly items: string | undefined;
  /** What names a delivery: one that comes again under its name is a double. */
  readonly eventId: MapRule | undefined;
  /** undefined: the sender shows a producer token. */
  readonly signature: Signature | undefined;
  readonly bodyBytesMax: number;
}

export type Preset = (typeof PRESETS)[number];
export const PRESETS = ['github', 'gitlab', 'jenkins', 'cloudevents'] as const;

/** Where a field's value comes from: the first place that has one, translated by `values` when there are some. */
export interface MapRule {
  readonly from: readonly Place[];
  readonly values: Readonly<Record<string, string>> | undefined;
  readonly fallback: string | number | boolean | undefined;
}

export type Place =
  /** Steps of a JSON pointer. */
  { readonly kind: 'body'; readonly steps: readonly string[] } | { readonly kind: 'header'; readonly name: string };

export type Signature =
  /** A shared text in a header: GitLab's way. */
  | { readonly scheme: 'token'; readonly header: string; readonly secret: Redacted<string> }
  | {
      readonly scheme: 'hmac';
      readonly header: string;
      readonly algorithm: 'sha1' | 'sha256' | 'sha512';
      readonly encoding: 'hex' | 'base64';
      readonly prefix: string;
      readonly secret: Redacted<string>;
    }
  /** HMAC-SHA-256 over `v0:<time>:<body>`, with the time in a header of its own. */
  | { readonly scheme: 'timed'; readonly header: string; readonly timeHeader: string; readonly secret: Redacted<string> };

const SCHEMES = ['github', 'gitlab', 'slack', 'hmac'] as const;
const SECRET_CHARS_MIN = 8;
const SECRET_FILE_BYTES_MAX = 4096;
const POINTER_CHARS_MAX = 500;
const PLACES_MAX = 10;
const VALUES_MAX = 200;
/** GitHub cuts off at 25 MB, and the deliveries that tell of releases have some 20 KiB. */
const BODY_BYTES_DEFAULT = 4 * 1024 * 1024;
const BODY_BYTES_MAX = 16 * 1024 * 1024;
/** Only the server says these; source and tenant are the webhook's. */
const NOT_MAPPED = ['importance', 'channel', 'source', 'redactions', 'tenant_id'];

const headerName = z.string().regex(/^[A-Za-z0-9-]{1,100}$/, 'is no name of a header');
const scalar = z.union([z.string().max(POINTER_CHARS_MAX), z.number(), z.boolean()]);

export function webhookSchema(dir: string, eventFields: readonly string[], format: z.ZodType<string>) {
  const field = z.string().refine((text) => eventFields.includes(text) && !NOT_MAPPED.includes(text), {
    error: 'is not a field that a webhook may set; see the reference of event fields',
  });
  return z
    .strictObject({
      source: z.string().min(1).max(200).optional(),
      preset: z.enum(PRESETS, { error: `must be one of ${PRESETS.join(', ')}` }).optional(),
      format: format.optional(),
      map: z.record(field, rule).optional(),
      items: pointer.optional(),
      event_id: rule.optional(),
      signature: signatureSchema.optional(),
      secret: z.string().min(SECRET_CHARS_MIN, SECRET_SHORT).optional(),
      secret_file: z
        .string()
        .transform((text, issues) => secretIn(path.resolve(dir, text), issues))
        .optional(),
      body_bytes: z.number().int().min(1024).max(BODY_BYTES_MAX).default(BODY_BYTES_DEFAULT),
    })
    .superRefine((given, issues) => checkWebhook(given, issues))
    .transform(webhookOf);
}

const SECRET_SHORT = `is shorter than ${SECRET_CHARS_MIN} characters; make one by \`openssl rand -hex 32\``;

const pointer = z
  .string()
  .max(POINTER_CHARS_MAX)
  .regex(/^(?:\/(?:[^~/]|~[01])*)*$/, 'is no JSON pointer, like /data/items');

const place = z
  .string()
  .max(POINTER_CHARS_MAX)
  .transform((text, issues): Place => {
    const header = /^header:([A-Za-z0-9-]{1,100})$/.exec(text)?.[1];
    if (header !== undefined) return { kind: 'header', name: header.toLowerCase() };
    if (pointer.safeParse(text).success) return { kind: 'body', steps: stepsOf(text) };
    issues.addIssue({
      code: 'custom',
      message: 'must be a JSON pointer (`/sender/login`), `header:Name`, or a constant as `{value: text}`',
    });
    return z.NEVER;
  });

const rule = z.union(
  [
    place.transform((one): MapRule => ({ from: [one], values: undefined, fallback: undefined })),
    z.strictObject({ value: scalar }).transform(({ value }): MapRule => ({ from: [], values: undefined, fallback: value })),
    z
      .strictObject({
        from: z.union([place.transform((one) => [one]), z.array(place).min(1).max(PLACES_MAX)]),
        values: z
          .record(z.string(), scalar.transform(String))
          .refine((all) => Object.keys(all).length <= VALUES_MAX)
          .optional(),
        default: scalar.optional(),
      })
      .transform((given): MapRule => ({ from: given.from, values: given.values, fallback: given.default })),
  ],
  { error: 'must be a place in the JSON (`/sender/login`), `header:Name`, `{value: text}`, or `{from, values, default}`' },
);

/** `/a/b~1c` → a, b/c (RFC 6901). */
export function stepsOf(text: string): readonly string[] {
  return text
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

const signatureSchema = z.strictObject({
  scheme: z.enum(SCHEMES, { error: `must be one of ${SCHEMES.join(', ')}` }),
  header: headerName.optional(),
  algorithm: z.enum(['sha1', 'sha256', 'sha512'], { error: 'must be sha1, sha256 or sha512' }).optional(),
  encoding: z.enum(['hex', 'base64'], { error: 'must be hex or base64' }).optional(),
  prefix: z.string().max(40).optional(),
});

type Given = {
  readonly source?: string | undefined;
  readonly preset?: Preset | undefined;
  readonly format?: string | undefined;
  readonly map?: Readonly<Record<string, MapRule>> | undefined;
  readonly items?: string | undefined;
  readonly event_id?: MapRule | undefined;
  readonly signature?: z.output<typeof signatureSchema> | undefined;
  readonly secret?: string | undefined;
  readonly secret_file?: Redacted<string> | undefined;
  readonly body_bytes: number;
};

function checkWebhook(given: Given, issues: z.RefinementCtx): void {
  const add = (key: string, message: string) => issues.addIssue({ code: 'custom', path: [key], message });
  const meanings = [given.preset, given.format, given.map].filter((one) => one !== undefined).length;
  if (meanings !== 1) add('map', 'or `preset` or `format`: exactly one of them says what the bodies mean');
  if (given.secret !== undefined && given.secret_file !== undefined) add('secret', 'and `secret_file`: one of them');
  const hasSecret = given.secret !== undefined || given.secret_file !== undefined;
  if (given.signature !== undefined && !hasSecret) add('signature', 'needs `secret` or `secret_file`');
  if (given.signature === undefined && hasSecret && schemeOf(given) === undefined) add('signature', 'is missing: say how the secret signs');
  if (given.signature?.scheme === 'hmac' && given.signature.header === undefined) add('signature', 'of scheme hmac needs `header`');
  if (hasSecret && given.source === undefined) add('source', 'is missing: a signature names no producer');
  if (given.source?.toLowerCase() === 'daybook') add('source', "is the server's own name; choose another");
}

function schemeOf({ preset, signature }: Given): (typeof SCHEMES)[number] | undefined {
  return signature?.scheme ?? (preset === 'github' || preset === 'gitlab' ? preset : undefined);
}

function webhookOf(given: Given): Webhook {
  return {
    source: given.source,
    preset: given.preset,
    format: given.format,
    map: given.map,
    items: given.items,
    eventId: given.event_id,
    signature: signatureOf(given),
    bodyBytesMax: given.body_bytes,
  };
}

function signatureOf(given: Given): Signature | undefined {
  const secret = given.secret_file ?? (given.secret === undefined ? undefined : new Redacted(given.secret));
  const scheme = schemeOf(given);
  if (secret === undefined || scheme === undefined) return undefined;
  const { header, algorithm = 'sha256', encoding = 'hex', prefix = '' } = given.signature ?? {};
  switch (scheme) {
    case 'github':
      return { scheme: 'hmac', header: 'x-hub-signature-256', algorithm: 'sha256', encoding: 'hex', prefix: 'sha256=', secret };
    case 'gitlab':
      return { scheme: 'token', header: 'x-gitlab-token', secret };
    case 'slack':
      return { scheme: 'timed', header: 'x-slack-signature', timeHeader: 'x-slack-request-timestamp', secret };
    case 'hmac':
      return { scheme, header: (header ?? '').toLowerCase(), algorithm, encoding, prefix, secret };
    default:
      return scheme satisfies never;
  }
}

/** A file of its own keeps the secret out of the settings, which people show each other. */
function secretIn(file: string, issues: z.RefinementCtx): Redacted<string> {
  try {
    const text = readFileSync(file);
    const secret = text.toString('utf8').trim();
    if (text.length <= SECRET_FILE_BYTES_MAX && secret.length >= SECRET_CHARS_MIN) return new Redacted(secret);
    issues.addIssue({ code: 'custom', message: `holds no secret of ${SECRET_CHARS_MIN} characters or more` });
  } catch {
    issues.addIssue({ code: 'custom', message: 'cannot be read; name a file with the secret in it' });
  }
  return z.NEVER;
}
