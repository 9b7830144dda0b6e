import type { Refusal } from '../dead-letters.ts';
import { isObject, type Members } from '../objects.ts';
import type { Answer } from './transport.ts';

/** What an answer means for the lines that were sent. */
export type Verdict =
  /** All arrived, but these: refused for good, or to be sent again. */
  | {
      readonly kind: 'taken';
      readonly duplicates: number;
      readonly refused: ReadonlyMap<number, Refusal>;
      readonly again: ReadonlySet<number>;
    }
  /** The body as a whole was too much, or not understood: send it in halves, and what is single and refused is refused for good. */
  | { readonly kind: 'split'; readonly refusal: Refusal }
  /** Nothing was kept; it will pass. */
  | { readonly kind: 'later'; readonly why: string }
  /** Nothing was kept, and nothing will be until a person does something. */
  | { readonly kind: 'held'; readonly why: string };

export function verdictOf(answer: Answer, lines: number): Verdict {
  const { status } = answer;
  const body = parse(answer.body);
  const code = textOf(body?.['code']);
  if (status === 200 || status === 207 || (status === 400 && Array.isArray(body?.['rejected']))) return takenOf(body, lines);
  if (status === 413 || (status === 400 && code !== ''))
    return {
      kind: 'split',
      refusal: { code: code || 'body_too_large', field: '', message: textOf(body?.['detail']) || `status ${status}` },
    };
  if (status === 401 || status === 403) return { kind: 'held', why: `the token is not taken (${status}): set one of role producer` };
  if (status === 408 || status === 429 || status >= 500) return { kind: 'later', why: `status ${status} ${code}`.trim() };
  return { kind: 'held', why: `this is not the address of Daybook (status ${status}): see url` };
}

/** Only a reply that accounts for every line says that they are kept. */
function takenOf(body: Members | undefined, lines: number): Verdict {
  const duplicates = body?.['duplicates'];
  const rejected = body?.['rejected'];
  const accepted = body?.['accepted'];
  if (typeof accepted !== 'number' || !Array.isArray(duplicates) || !Array.isArray(rejected))
    return { kind: 'held', why: 'the answer is none of Daybook: see url' };
  if (accepted + duplicates.length + rejected.length !== lines)
    return { kind: 'later', why: `of ${lines} events the answer tells of ${accepted + duplicates.length + rejected.length}` };
  const refused = new Map<number, Refusal>();
  const again = new Set<number>();
  for (const item of rejected as readonly unknown[]) {
    const { item: index, code, field, message } = isObject(item) ? item : {};
    if (typeof index !== 'number') return { kind: 'held', why: 'the answer is none of Daybook: see url' };
    if (code === 'src_not_owned')
      return { kind: 'held', why: 'the token belongs to another producer: set name to the name that the token was made with' };
    if (PASSING.has(textOf(code))) again.add(index);
    else refused.set(index, { code: textOf(code), field: textOf(field), message: textOf(message) });
  }
  return { kind: 'taken', duplicates: duplicates.length, refused, again };
}

/** Codes of single items that say nothing against the item. */
const PASSING: ReadonlySet<string> = new Set(['disk_full', 'ledger_unavailable', 'shutting_down', 'too_busy', 'internal']);

function parse(text: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
