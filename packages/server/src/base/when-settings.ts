import { z } from 'zod';

/** Log names: no slash, so that `<origin>/<log>` splits; 32 characters are enough for a name. */
export const LOG_NAME = /^[a-z][a-z0-9_-]{0,31}$/;

export function fieldNameSchema(eventFields: readonly string[]) {
  return z.string().refine((name) => eventFields.includes(name), { error: 'is not a field of events; see the reference of event fields' });
}

/** What a rule looks at: `{field: value or [values]}`, all of which must be so. */
export function whenSchema(field: z.ZodType<string, string>) {
  const word = z.union([z.string(), z.number(), z.boolean()], { error: 'must be a word, a number or a list of them' }).transform(String);
  const words = z.union([word.transform((one) => [one]), z.array(word).min(1)], { error: 'must be a word or a list of words' });
  return z.record(field, words);
}
