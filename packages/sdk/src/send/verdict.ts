import type { Refusal } from '../dead-letters.ts';
import { ifText, isObject, type Members, membersOf } from '../objects.ts';
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
  | { readonly kind: 'unreachable'; readonly why: string }
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
  if (status === 401 || status === 403) return held(`the token is not taken (${status}): set one of role producer`);
  if (status === 408 || status === 429 || status >= 500) return later(`status ${status} ${code}`.trim());
  return held(`this is not the address of Daybook (status ${status}): see url`);
}

/** Only a reply that accounts for every line says that they are kept. */
function takenOf(body: Members | undefined, lines: number): Verdict {
  const duplicates = body?.['duplicates'];
  const rejected = body?.['rejected'];
  const accepted = body?.['accepted'];
  if (typeof accepted !== 'number' || !Array.isArray(duplicates) || !Array.isArray(rejected)) return NO_REPLY;
  if (accepted + duplicates.length + rejected.length !== lines) return later(`the answer does not tell of all ${lines} events`);
  const refused = new Map<number, Refusal>();
  const again = new Set<number>();
  for (const item of rejected as readonly unknown[]) {
    const { item: index, code, field, message } = membersOf(item);
    if (typeof index !== 'number' || !(index >= 0 && index < lines)) return NO_REPLY;
    if (code === 'src_not_owned') return held('the token belongs to another producer: set name to the name that the token was made with');
    if (PASSING.has(textOf(code))) again.add(index);
    else refused.set(index, { code: textOf(code), field: textOf(field), message: textOf(message) });
  }
  // An item that is named twice stands in the place of another.
  return refused.size + again.size < rejected.length ? NO_REPLY : { kind: 'taken', duplicates: duplicates.length, refused, again };
}

const later = (why: string): Verdict => ({ kind: 'unreachable', why: `Daybook can't take events now: ${why}` });
const held = (why: string): Verdict => ({ kind: 'held', why: `events are held in the spool: ${why}` });
const NO_REPLY = held('the answer is none of Daybook: see url');

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

const textOf = (value: unknown): string => ifText(value) ?? '';
