import {
  actionWord,
  canonicalise,
  FIELDS,
  isIpv4,
  type Json,
  outcomeOf,
  outcomeOfStatus,
  quote,
  SEVERITY_MAX,
  severityOfWord,
} from '@daybook/protocol';
import { decideTime } from './claimed-time.ts';
import type { Draft, Extra } from './draft.ts';
import { ABSENT, NULL, NUMBER, STRING, TEXT } from './draft.ts';
import {
  ACTION_SET,
  ACTOR_SET,
  CATEGORY_SET,
  CHANNEL_SET,
  F,
  FIELD_NAMES,
  OUTCOME_SET,
  SEVERITY_PIECES,
  type WordSet,
} from './field-codes.ts';
import { isPlainNumber, KINDS, Kind, needsLook } from './field-kinds.ts';
import { believeFailure } from './outcome-aliases.ts';
import type { Redaction } from './redact.ts';
import type { RequestContext } from './request-context.ts';
import { CARD_DIGITS_MIN, isSuspectBytes } from './triggers.ts';
import type { Agent, UserAgents } from './user-agent.ts';
import { labelsOf, materialise, plainJson, Rejection, stringsOf, textAt, textOf, UNFIT } from './values.ts';

/** What is known about the draft at hand beside its fields. Words as indices into their sets, -1 when not known. */
export interface Verdict {
  action: number;
  actor: number;
  category: number;
  outcome: number;
  /** What `attributes.daybook` will say. */
  marks: Record<string, Json> | undefined;
  /** What the producer gave as `attributes`. */
  given: Extra | undefined;
  labels: Record<string, string> | undefined;
  agent: Agent | undefined;
}

/** Brings each field that a draft has into its canonical form. Common values are decided on their bytes, all others through `materialise`. */
export class FieldDecider {
  readonly #redaction: Redaction;
  readonly #agents: UserAgents;

  constructor(redaction: Redaction, agents: UserAgents) {
    this.#redaction = redaction;
    this.#agents = agents;
  }

  /** Throws Rejection when a value cannot stand. */
  decide(draft: Draft, verdict: Verdict, context: RequestContext): void {
    this.#walk(draft, verdict, { context, bits: draft.lo, base: 0 });
    this.#walk(draft, verdict, { context, bits: draft.hi, base: 32 });
  }

  #walk(draft: Draft, verdict: Verdict, { context, bits, base }: { context: RequestContext; bits: number; base: number }): void {
    for (let rest = bits; rest !== 0; rest &= rest - 1) {
      const field = base + 31 - Math.clz32(rest & -rest);
      if (draft.kind[field] === NULL) {
        draft.drop(field);
      } else if (this.#redaction.fieldRemoved[field]) {
        draft.drop(field);
        this.#redaction.note(FIELD_NAMES[field] ?? '');
      } else if ((draft.kind[field] ?? 0) < TEXT) {
        this.#field(draft, verdict, field, context);
      }
    }
  }

  #field(draft: Draft, verdict: Verdict, field: number, context: RequestContext): void {
    switch (KINDS[field] ?? Kind.string) {
      case Kind.string:
        return this.#string(draft, field);
      case Kind.word:
        return this.#word(draft, verdict, field);
      case Kind.time:
        return this.#time(draft, verdict, field, context);
      case Kind.ip:
        return this.#ip(draft, field);
      case Kind.plain:
        return this.#plain(draft, field);
      case Kind.severity:
        return this.#severity(draft);
      case Kind.strings:
        return this.#strings(draft, field);
      case Kind.labels:
        return this.#labels(draft, verdict);
      case Kind.attributes:
        return this.#attributes(draft, verdict);
      case Kind.changes:
        return this.#changes(draft);
      case Kind.userAgent:
        return this.#userAgent(draft, verdict);
      default:
        // `importance` is decided here by rules: what a producer says of it is only an attribute.
        draft.extras.push(draft.extraOf(field));
        draft.drop(field);
    }
  }

  #string(draft: Draft, field: number): void {
    const plain = draft.kind[field] === STRING;
    if (plain) {
      const chars = (draft.to[field] ?? 0) - (draft.from[field] ?? 0) - 2;
      if (chars === 0) return draft.drop(field);
      if (!needsLook(draft.hints[field] ?? 0, draft.digits[field] ?? 0, chars)) return;
      const many = (draft.digits[field] ?? 0) >= CARD_DIGITS_MIN;
      if (!many && !isSuspectBytes(draft.bytes, draft.from[field] ?? 0, draft.to[field] ?? 0)) return;
    }
    const text = textOf(this.#value(draft, field));
    if (text === UNFIT) return this.#unfit(draft, field, 'a text');
    if (text === '') return draft.drop(field);
    const masked = this.#redaction.text(text, FIELD_NAMES[field] ?? '');
    if (!plain || masked !== text) draft.setText(field, quote(masked));
  }

  /** Most requests come from few clients: their texts were looked at before. */
  #userAgent(draft: Draft, verdict: Verdict): void {
    if (draft.kind[F.userAgent] === STRING) {
      const text = draft.bytes.toString('utf8', (draft.from[F.userAgent] ?? 0) + 1, (draft.to[F.userAgent] ?? 0) - 1);
      if (text === '') return draft.drop(F.userAgent);
      verdict.agent = this.#agents.of(text);
      if (!verdict.agent.suspect) return;
    }
    this.#string(draft, F.userAgent);
    // What stands there now is redacted: labels are made of nothing else.
    verdict.agent = draft.kind[F.userAgent] === ABSENT ? undefined : this.#agents.of(textAt(draft, F.userAgent));
  }

  #plain(draft: Draft, field: number): void {
    if (draft.kind[field] === NUMBER && FIELDS[field]?.type === 'float') {
      if (isPlainNumber(draft.bytes, draft.from[field] ?? 0, draft.to[field] ?? 0)) return;
    }
    const json = plainJson(FIELDS[field]?.type ?? 'string', this.#value(draft, field));
    if (json === UNFIT) this.#unfit(draft, field, WANTED[FIELDS[field]?.type ?? ''] ?? 'a value of its type');
    else if (json === '') draft.drop(field);
    else draft.setText(field, json);
  }

  /** What is no address (a service's name, a host's), or more than one (a port), is kept among the attributes. */
  #ip(draft: Draft, field: number): void {
    if (draft.kind[field] === STRING && isIpv4(draft.bytes, (draft.from[field] ?? 0) + 1, (draft.to[field] ?? 0) - 1)) return;
    const value = this.#value(draft, field);
    const json = plainJson('ip', value);
    if (json === '') return draft.drop(field);
    if (json === UNFIT || json !== canonicalise(value)) draft.extras.push(draft.extraOf(field));
    if (json === UNFIT) draft.drop(field);
    else draft.setText(field, json);
  }

  #time(draft: Draft, verdict: Verdict, field: number, context: RequestContext): void {
    const { note, claim } = decideTime(draft, field, context.received);
    const name = field === F.timestamp ? 'time' : 'observed';
    if (note !== undefined) mark(verdict, name, note);
    if (claim !== undefined) mark(verdict, `${name}_claimed`, this.#redaction.value(claim, FIELD_NAMES[field] ?? ''));
  }

  #severity(draft: Draft): void {
    const value = this.#value(draft, F.severity);
    const level = typeof value === 'string' ? (severityOfWord(value) ?? Number(value === '' ? Number.NaN : value)) : value;
    if (value === '' || value === null) return draft.drop(F.severity);
    const piece = typeof level === 'number' ? SEVERITY_PIECES[level] : undefined;
    if (piece === undefined) throw new Rejection('field_range', 'severity', `severity is a number from 0 to ${SEVERITY_MAX} or its name.`);
    draft.setPiece(F.severity, piece);
  }

  #strings(draft: Draft, field: number): void {
    const name = FIELD_NAMES[field] ?? '';
    const texts = stringsOf(this.#value(draft, field), name, field === F.ipChain ? ',' : undefined);
    if (texts === UNFIT) return this.#unfit(draft, field, 'a list of texts');
    if (texts.length === 0) return draft.drop(field);
    draft.setText(field, canonicalise(texts.map((text, i) => this.#redaction.text(text, `${name}[${i}]`))));
  }

  #labels(draft: Draft, verdict: Verdict): void {
    const labels = labelsOf(this.#value(draft, F.labels), 'labels');
    if (labels === UNFIT) return this.#unfit(draft, F.labels, 'an object of texts');
    draft.drop(F.labels);
    const clean = this.#redaction.object(labels, 'labels');
    verdict.labels = Object.fromEntries(Object.entries(clean).map(([key, value]) => [key, shortText(value)]));
  }

  /** What else belongs to the attributes is known only when all fields are decided. */
  #attributes(draft: Draft, verdict: Verdict): void {
    verdict.given = draft.extraOf(F.attributes);
    draft.drop(F.attributes);
  }

  #changes(draft: Draft): void {
    const value = this.#value(draft, F.changes);
    if (typeof value !== 'object' || value === null) return this.#unfit(draft, F.changes, 'an object or a list');
    draft.setText(F.changes, canonicalise(this.#redaction.value(value, 'changes')));
  }

  // ---- closed sets of words

  #word(draft: Draft, verdict: Verdict, field: number): void {
    const set = WORD_SETS.get(field);
    if (set === undefined) return;
    if (field === F.outcome && draft.conflicts > 0 && draft.rank[field] !== 0) believeFailure(draft);
    let index = -1;
    if (draft.kind[field] === STRING) index = set.table.lookup(draft.bytes, (draft.from[field] ?? 0) + 1, (draft.to[field] ?? 0) - 1);
    if (index < 0) {
      const value = this.#value(draft, field);
      if (value === '') return draft.drop(field);
      if (typeof value === 'object') return this.#unfit(draft, field, 'a word');
      if (field === F.outcome) this.#keepStatus(draft, value);
      if (isReserved(shortText(value)))
        throw new Rejection('reserved_word', FIELD_NAMES[field] ?? '', `Words that begin with ${RESERVED_PREFIX} are Daybook's own.`);
      index = set.words.indexOf(wordOf(field, value) ?? '');
    }
    if (index < 0) {
      // Evidence in unknown words is kept: the word among the attributes, the field with its neutral one.
      draft.extras.push(draft.extraOf(field));
      index = set.words.indexOf(NEUTRAL.get(field) ?? '');
    }
    const piece = set.pieces[index];
    if (piece === undefined) return draft.drop(field);
    draft.setPiece(field, piece);
    if (field === F.action) verdict.action = index;
    else if (field === F.outcome) verdict.outcome = index;
    else if (field === F.category) verdict.category = index;
    else if (field === F.actorType) verdict.actor = index;
  }

  /** A status code that gave the outcome says more than the outcome. */
  #keepStatus(draft: Draft, value: Json): void {
    const status = shortText(value);
    if (/^\d{3}$/.test(status) && draft.kind[F.statusCode] === 0) draft.setText(F.statusCode, quote(status));
  }

  #value(draft: Draft, field: number): Json {
    return materialise(draft, draft.extraOf(field));
  }

  #unfit(draft: Draft, field: number, wanted: string): void {
    const name = FIELD_NAMES[field] ?? '';
    if (draft.rank[field] === 0) throw new Rejection('field_type', name, `${name} must be ${wanted}.`);
    draft.extras.push(draft.extraOf(field));
    draft.drop(field);
  }
}

/** Kinds of control entries begin so: a producer's event may not look like one. */
const RESERVED_PREFIX = 'daybook.';

export function isReserved(word: string): boolean {
  return word.trim().toLowerCase().startsWith(RESERVED_PREFIX);
}

/** The text of a value that is known to be a scalar. */
function shortText(value: Json): string {
  const text = textOf(value);
  return text === UNFIT ? '' : text;
}

export function mark(verdict: Verdict, name: string, value: Json): void {
  verdict.marks ??= {};
  verdict.marks[name] = value;
}

function wordOf(field: number, value: Json): string | undefined {
  if (field === F.outcome && typeof value === 'number') return outcomeOfStatus(value);
  const text = shortText(value);
  if (field === F.outcome) return outcomeOf(text);
  if (field === F.action) return actionWord(text);
  return text.trim().toLowerCase();
}

const WORD_SETS: ReadonlyMap<number, WordSet<string>> = new Map<number, WordSet<string>>([
  [F.action, ACTION_SET],
  [F.actorType, ACTOR_SET],
  [F.category, CATEGORY_SET],
  [F.channel, CHANNEL_SET],
  [F.outcome, OUTCOME_SET],
]);
const NEUTRAL: ReadonlyMap<number, string> = new Map([
  [F.action, 'other'],
  [F.actorType, 'unknown'],
  [F.outcome, 'unknown'],
]);
const WANTED: Readonly<Record<string, string>> = {
  uint: 'an integer from 0 to 2^53-1',
  float: 'a number',
  bool: 'true or false',
};
