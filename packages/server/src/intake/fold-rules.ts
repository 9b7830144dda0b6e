import { FIELDS, type Json, mustField, quote, textToMicros } from '@daybook/protocol';
import type { Config } from '../base/config.ts';
import { NEVER_FOLDED } from '../base/fold-settings.ts';
import type { Draft } from './draft.ts';
import { ABSENT, PIECE, TEXT } from './draft.ts';
import { F } from './field-codes.ts';
import { textAt } from './values.ts';

/** By what an event may be counted in another one: events of equal keys that are near enough in time. */
export interface FoldKey {
  readonly rule: string;
  readonly source: string;
  readonly text: string;
  /** Its time. */
  readonly micros: number;
  readonly windowMicros: number;
}

export interface FoldOptions {
  /** Number of the log that the event goes to. */
  readonly log: number;
  /** Producer instance: counters are of one. */
  readonly src: string;
  /** What intake had to say about the event. */
  readonly marks: Readonly<Record<string, Json>> | undefined;
}

interface CompiledRule {
  readonly name: string;
  readonly index: number;
  readonly conditions: readonly Condition[];
  /** Outcomes and logs that are kept one by one unless the rule names them. */
  readonly namesOutcome: boolean;
  readonly namesImportance: boolean;
  readonly windowMicros: number;
  readonly fields: readonly number[];
}

/** Texts as they stand in canonical JSON, so that values need not be unquoted to be looked at. */
interface Condition {
  readonly field: number;
  readonly values: ReadonlySet<string>;
  readonly prefixes: readonly string[];
}

/** What differs from one event to its repetition, and says neither who nor what: compared only where a rule asks for it. */
const VARYING: ReadonlySet<string> = new Set(['session_id', 'bytes_out', 'row_count']);
const COMPARED_GROUPS: ReadonlySet<string> = new Set(['who', 'what', 'outcome', 'why']);
/** Compared whatever a rule says: all of who, what, result and why, and how it came about. */
const ALWAYS: readonly number[] = [
  ...FIELDS.filter(({ group, name }) => COMPARED_GROUPS.has(group) && !VARYING.has(name)).map(({ name }) => name),
  'channel',
  'ip_chain',
  'method',
  'protocol',
  'redactions',
  'source',
  'tenant_id',
].map(mustField);
const KEPT_OUTCOMES: ReadonlySet<string> = new Set(['"denied"', '"failure"']);
const NEVER = Object.entries(NEVER_FOLDED).map(([name, words]) => ({ field: mustField(name), words: new Set([...words].map(quote)) }));

/** Says of decided events whether, and with which others, they may be counted in one. */
export class FoldRules {
  readonly #rules: readonly CompiledRule[];

  private constructor(rules: Config['fold']) {
    this.#rules = rules.map((rule, index) => ({
      name: rule.name,
      index,
      conditions: Object.entries(rule.when).map(([name, values]) => condition(mustField(name), values)),
      namesOutcome: rule.when['outcome'] !== undefined,
      namesImportance: rule.when['importance'] !== undefined,
      windowMicros: rule.windowS * 1_000_000,
      fields: [...new Set([...ALWAYS, ...rule.by.map(mustField)])],
    }));
  }

  /** undefined when there are no rules, so that nobody asks them. */
  static of(config: Pick<Config, 'fold'>): FoldRules | undefined {
    return config.fold.length === 0 ? undefined : new FoldRules(config.fold);
  }

  /** undefined: the event is kept by itself. */
  keyOf(draft: Draft, { log, src, marks }: FoldOptions): FoldKey | undefined {
    const rule = this.#rules.find(({ conditions }) => conditions.every((one) => holds(draft, one)));
    if (rule === undefined || (log > 0 && !rule.namesImportance)) return undefined;
    if (KEPT_OUTCOMES.has(canonicalAt(draft, F.outcome)) && !rule.namesOutcome) return undefined;
    // A change is not like another one, whatever they look like.
    if (draft.kind[F.changes] !== ABSENT || NEVER.some(({ field, words }) => words.has(canonicalAt(draft, field)))) return undefined;
    const micros = textToMicros(textAt(draft, F.timestamp));
    if (Number.isNaN(micros)) return undefined;
    let text = `${rule.index}\n${src}\n${marks === undefined ? '' : JSON.stringify(marks)}`;
    // Canonical JSON has no line feeds: no two events that differ in these fields give one text.
    for (const field of rule.fields) if (draft.kind[field] !== ABSENT) text += `\n${field}:${canonicalAt(draft, field)}`;
    return { rule: rule.name, source: textAt(draft, F.source), text, micros, windowMicros: rule.windowMicros };
  }
}

function condition(field: number, values: readonly string[]): Condition {
  const isText = (text: string) => !text.startsWith('"');
  const exact = values.filter((value) => !value.endsWith('*'));
  const heads = values.filter((value) => value.endsWith('*')).map((value) => value.slice(0, -1));
  return {
    field,
    // Of a text with its quotes, of a number without.
    values: new Set([...exact.map(quote), ...exact.filter(isText)]),
    prefixes: [...heads.map((head) => quote(head).slice(0, -1)), ...heads.filter((head) => head !== '' && isText(head))],
  };
}

/** A field that is absent has the empty text, which no prefix is of: `*` alone means that there is something. */
function holds(draft: Draft, { field, values, prefixes }: Condition): boolean {
  const text = canonicalAt(draft, field);
  return values.has(text) || prefixes.some((prefix) => text.startsWith(prefix));
}

/** The canonical JSON of a decided field; empty when it is absent. */
function canonicalAt(draft: Draft, field: number): string {
  const kind = draft.kind[field];
  if (kind === ABSENT) return '';
  if (kind === TEXT) return draft.text[field] ?? '';
  if (kind === PIECE) return pieceText(draft.piece[field] ?? NO_BYTES);
  return draft.bytes.toString('utf8', draft.from[field], draft.to[field]);
}

/** Pieces are few and shared by all events: words of closed sets, and what the events of a request have in common. */
function pieceText(piece: Uint8Array): string {
  let text = PIECE_TEXTS.get(piece);
  if (text === undefined) {
    text = Buffer.from(piece).toString();
    PIECE_TEXTS.set(piece, text);
  }
  return text;
}

const PIECE_TEXTS = new WeakMap<Uint8Array, string>();
const NO_BYTES = new Uint8Array(0);
