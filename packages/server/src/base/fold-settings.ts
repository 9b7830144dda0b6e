import { z } from 'zod';
import { duration } from './source-settings.ts';
import { fieldNameSchema, whenSchema } from './when-settings.ts';

/** Which events may be counted in one, `daybook.yaml` under `fold:`. */
export interface FoldRule {
  /** By which coverage and metrics tell how much it folded. */
  readonly name: string;
  /** Field → values; one that ends in `*` stands for all that begin so. All fields must match. */
  readonly when: Readonly<Record<string, readonly string[]>>;
  /** What is counted in one event happened within this time. */
  readonly windowS: number;
  /** Fields in which events that are counted in one do not differ. */
  readonly by: readonly string[];
}

/** Who, what, the result and from where: an auditor's question names one of these, so no rule may leave one out. */
export const FOLD_BY: readonly string[] = ['source', 'user_id', 'action', 'event_type', 'resource', 'outcome', 'status_code', 'ip_address', 'tenant_id']; // biome-ignore format: a word list

/** What decides over access itself is kept one by one, whatever a rule says. */
export const NEVER_FOLDED: Readonly<Record<string, ReadonlySet<string>>> = {
  category: new Set(['authentication', 'iam', 'config', 'audit']),
  action: new Set(['login', 'logout', 'grant', 'revoke', 'configure', 'deploy']),
};

/** Like the rules of importance: a list that a person can read. */
const RULES_MAX = 100;
/** A day: what is further apart is no burst. */
const WINDOW_S_MAX = 86_400;
const WINDOW_S = 60;
/** Names of what differs from event to event: a rule that compares them folds nothing. */
const OF_ONE_EVENT = new Set(['timestamp', 'observed_at', 'event_id']);

export function foldSchema(eventFields: readonly string[]) {
  const field = fieldNameSchema(eventFields);
  const by = z
    .array(field)
    .refine((names) => FOLD_BY.every((name) => names.includes(name)), {
      error: `must name ${FOLD_BY.join(', ')}, and may name more: who did what from where, and with what result, is never lost`,
    })
    .refine((names) => names.every((name) => !OF_ONE_EVENT.has(name)), {
      error: 'names what no two events have in common: timestamp, observed_at or event_id',
    });
  const when = whenSchema(field).superRefine((fields, issues) => {
    if (Object.keys(fields).length === 0)
      issues.addIssue({ code: 'custom', message: 'is empty, and would fold everything; name a field and its values' });
    for (const [name, values] of Object.entries(fields)) {
      const never = values.find((value) => NEVER_FOLDED[name]?.has(value) === true);
      if (never !== undefined) issues.addIssue({ code: 'custom', path: [name], message: `names ${never}, which is never folded` });
    }
  });
  return z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be a name of small letters, digits, `.`, `_` and `-`, at most 64'),
        when,
        window: duration(1, WINDOW_S_MAX).default(WINDOW_S),
        by: by.default([...FOLD_BY]),
      }),
    )
    .max(RULES_MAX)
    .transform((rules) => rules.map(({ window, by: names, ...rest }): FoldRule => ({ ...rest, by: [...new Set(names)], windowS: window })));
}

/** Keys of these structures, for the advice on what is misspelt. */
export const FOLD_KEYS = ['name', 'when', 'window', 'by'];
