import { actionOf, canonicalise, categoryOf, type Json, type JsonObject, KEYS, severityOf } from '@daybook/protocol';
import type { Draft, Extra } from './draft.ts';
import { ABSENT, STRING } from './draft.ts';
import { ACTION_SET, ACTOR_SET, CATEGORY_SET, F, OUTCOME_SET, SEVERITY_PIECES } from './field-codes.ts';
import { FieldDecider, isReserved, mark, type Verdict } from './field-decider.ts';
import type { Geo } from './geo.ts';
import type { ImportanceRules } from './importance.ts';
import { SRC_CHARS_MAX } from './limits.ts';
import { PlainJson } from './plain-json.ts';
import type { Redaction } from './redact.ts';
import { jsonBytes, type RequestContext } from './request-context.ts';
import type { UserAgents } from './user-agent.ts';
import { isObject, materialise, Rejection, textAt } from './values.ts';

/** The one member of `attributes` that is ours: what intake has to say about an event. */
export const OWN_ATTRIBUTE = 'daybook';
/** The source of control entries. */
const RESERVED_SOURCE = 'daybook';

export interface DeciderParts {
  readonly redaction: Redaction;
  readonly geo: Geo;
  readonly agents: UserAgents;
  readonly importance: ImportanceRules;
  readonly logs: readonly string[];
}

/**
 * Turns a draft into an event: every field canonical, what is missing filled in, secrets removed, what the producer may not say refused. Afterwards
 * the draft holds the event, ready to be written.
 */
export class Decider {
  /** Of the draft decided last. */
  src = '';
  sseq: number | undefined;
  readonly #parts: DeciderParts;
  readonly #fields: FieldDecider;
  readonly #plainJson: PlainJson;
  readonly #logPieces: readonly Uint8Array[];
  /** Remembered answers of the importance rules, by action × category × outcome; -1 = not asked yet. */
  readonly #logMemo = new Int16Array(ACTION_SET.words.length * CATEGORY_SET.words.length * OUTCOME_SET.words.length).fill(-1);
  readonly #verdict: Verdict = newVerdict();

  constructor(parts: DeciderParts) {
    this.#parts = parts;
    this.#plainJson = new PlainJson(parts.redaction, OWN_ATTRIBUTE);
    this.#fields = new FieldDecider(parts.redaction, parts.agents);
    this.#logPieces = parts.logs.map(jsonBytes);
  }

  /** What there was to say about the draft decided last. */
  get marks(): Verdict['marks'] {
    return this.#verdict.marks;
  }

  /** User agents taken apart since the start: of all that is decided here, the dearest by far. */
  get agentsParsed(): number {
    return this.#parts.agents.parsed;
  }

  /** Decides item number `item` of the request. Returns the index of its log, or -1 with `draft.fault`. */
  decide(draft: Draft, context: RequestContext, item: number): number {
    const verdict = this.#verdict;
    forget(verdict);
    this.#parts.redaction.applied.length = 0;
    try {
      this.#producer(draft, context, item);
      this.#fields.decide(draft, verdict, context);
      if ((draft.lo | draft.hi) === 0 || !saysSomething(draft)) {
        throw new Rejection('event_empty', '', 'None of user_id, event_type, action, resource and ip_address is given.');
      }
      this.#owned(draft, context);
      this.#meaning(draft, context);
      this.#enrich(draft);
      this.#attributes(draft);
      return this.#importance(draft);
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      draft.fault = error.fault;
      return -1;
    }
  }

  // ---- who says it

  #producer(draft: Draft, { principal, envelope }: RequestContext, item: number): void {
    if (envelope !== undefined) {
      this.src = envelope.src;
      this.sseq = envelope.sseqFirst === undefined ? undefined : envelope.sseqFirst + item;
      return;
    }
    this.src = principal.name;
    this.sseq = undefined;
    if (draft.src !== undefined) this.src = srcOf(materialise(draft, draft.src), principal.name);
    if (draft.sseq !== undefined) this.sseq = sseqOf(materialise(draft, draft.sseq));
  }

  /** Source and tenant belong to tokens; nobody may speak as Daybook. */
  #owned(draft: Draft, context: RequestContext): void {
    const { principal } = context;
    if (draft.kind[F.source] === ABSENT) draft.setPiece(F.source, context.source);
    else checkSource(textAt(draft, F.source), principal);
    if (draft.kind[F.tenantId] === ABSENT) {
      if (context.tenant !== undefined) draft.setPiece(F.tenantId, context.tenant);
    } else if (principal.tenants !== null && !principal.tenants.includes(textAt(draft, F.tenantId))) {
      throw new Rejection('tenant_not_owned', 'tenant_id', 'The token does not own this tenant_id.');
    }
    if (draft.kind[F.eventType] !== ABSENT && startsReserved(draft, F.eventType)) {
      throw new Rejection('reserved_word', 'event_type', "Words that begin with daybook. are the server's own.");
    }
  }

  // ---- what it means

  #meaning(draft: Draft, context: RequestContext): void {
    const verdict = this.#verdict;
    if (verdict.action < 0) {
      const action = draft.kind[F.eventType] === ABSENT ? 'access' : actionOf(textAt(draft, F.eventType));
      verdict.action = ACTION_SET.words.indexOf(action);
      draft.setPiece(F.action, ACTION_SET.pieces[verdict.action] ?? NO_BYTES);
    }
    if (draft.kind[F.eventType] === ABSENT) draft.setPiece(F.eventType, ACTION_SET.pieces[verdict.action] ?? NO_BYTES);
    this.#actor(draft);
    if (verdict.category === AUDIT) throw new Rejection('category_reserved', 'category', "Category audit is for Daybook's own records.");
    if (verdict.category < 0) {
      verdict.category = CATEGORY_OF_ACTION[verdict.action] ?? 0;
      draft.setPiece(F.category, CATEGORY_SET.pieces[verdict.category] ?? NO_BYTES);
    }
    if (verdict.outcome < 0) {
      verdict.outcome = UNKNOWN_OUTCOME;
      draft.setPiece(F.outcome, OUTCOME_SET.pieces[UNKNOWN_OUTCOME] ?? NO_BYTES);
    }
    if (draft.kind[F.severity] === ABSENT) draft.setPiece(F.severity, SEVERITY_OF_OUTCOME[verdict.outcome] ?? NO_BYTES);
    if (draft.kind[F.channel] === ABSENT) draft.setPiece(F.channel, context.channel);
    if (draft.kind[F.observedAt] === ABSENT) draft.setPiece(F.observedAt, context.received.bytes);
    if (draft.kind[F.timestamp] === ABSENT) {
      draft.setPiece(F.timestamp, context.received.bytes);
      mark(verdict, 'time', 'receive_time');
    }
  }

  #actor(draft: Draft): void {
    const named = draft.kind[F.userId] !== ABSENT;
    if (this.#verdict.actor < 0) draft.setPiece(F.actorType, ACTOR_SET.pieces[named ? USER : UNKNOWN_ACTOR] ?? NO_BYTES);
    else if (!named && MUST_BE_NAMED.has(ACTOR_SET.words[this.#verdict.actor] ?? '')) {
      throw new Rejection('user_id_missing', 'user_id', 'user_id may be empty only with actor_type anonymous, system or unknown.');
    }
  }

  // ---- what the server knows

  #enrich(draft: Draft): void {
    const { geo } = this.#parts;
    if (geo.configured && draft.kind[F.ipAddress] !== ABSENT) {
      const place = geo.of(textAt(draft, F.ipAddress));
      if (place.countryCode !== undefined && draft.kind[F.countryCode] === ABSENT)
        draft.setText(F.countryCode, canonicalise(place.countryCode));
      if (place.city !== undefined && draft.kind[F.city] === ABSENT) draft.setText(F.city, canonicalise(place.city));
      if (place.asn !== undefined && draft.kind[F.asn] === ABSENT) draft.setText(F.asn, String(place.asn));
      if (place.asOrg !== undefined && draft.kind[F.asOrg] === ABSENT) draft.setText(F.asOrg, canonicalise(place.asOrg));
    }
    const own = this.#verdict.labels;
    const { agent } = this.#verdict;
    if (own === undefined) {
      if (agent?.labelsJson !== undefined) draft.setPiece(F.labels, agent.labelsJson);
    } else {
      const labels = { ...agent?.labels, ...own };
      if (Object.keys(labels).length > 0) draft.setText(F.labels, canonicalise(labels));
    }
  }

  // ---- attributes

  #attributes(draft: Draft): void {
    const { marks, given } = this.#verdict;
    if (draft.extras.length > 0 || marks !== undefined || given !== undefined) {
      const plain = marks === undefined ? this.#plainAttributes(draft, given) : undefined;
      if (plain === undefined) this.#mergedAttributes(draft);
      else if (plain.length > EMPTY_OBJECT_BYTES) draft.setPiece(F.attributes, plain);
    }
    const { applied } = this.#parts.redaction;
    if (applied.length > 0) draft.setText(F.redactions, canonicalise(applied));
  }

  /** Either members beside the fields or the producer's own `attributes`: both together go the long way. */
  #plainAttributes({ bytes, extras }: Draft, given: Extra | undefined): Uint8Array | undefined {
    if (given === undefined) return this.#plainJson.object(bytes, extras);
    return extras.length === 0 ? this.#plainJson.value(bytes, given) : undefined;
  }

  #mergedAttributes(draft: Draft): void {
    const all = this.#allAttributes(draft);
    if (Object.keys(all).length > 0) draft.setText(F.attributes, canonicalise(all));
  }

  /** What is no object is kept as a member of one, so that there is always room for what else belongs into the attributes. */
  #givenAttributes(draft: Draft): JsonObject {
    const { given } = this.#verdict;
    if (given === undefined) return {};
    const value = materialise(draft, given);
    return this.#parts.redaction.object(isObject(value) ? value : { attributes: value }, 'attributes');
  }

  #allAttributes(draft: Draft): Record<string, Json> {
    const members = new Map(Object.entries(this.#givenAttributes(draft)));
    const also: [string, Json][] = [];
    for (const extra of draft.extras) {
      const value = this.#extra(draft, extra);
      if (value === undefined) continue;
      // A top-level key and a member of `attributes` of one name: both are kept.
      if (members.has(value.key)) also.push([value.key, value.value]);
      else members.set(value.key, value.value);
    }
    if (members.has(OWN_ATTRIBUTE))
      throw new Rejection('reserved_attribute', `attributes.${OWN_ATTRIBUTE}`, 'The attribute daybook is ours.');
    if (also.length > 0) mark(this.#verdict, 'also', Object.fromEntries(also));
    if (this.#verdict.marks !== undefined) members.set(OWN_ATTRIBUTE, this.#verdict.marks);
    return Object.fromEntries(members);
  }

  /** A member for the attributes after redaction; undefined when policy removes it. */
  #extra(draft: Draft, extra: Extra): { readonly key: string; readonly value: Json } | undefined {
    const { redaction } = this.#parts;
    const meaning = KEYS.get(extra.key);
    const value = materialise(draft, extra);
    const removed = meaning?.kind === 'field' && redaction.fieldRemoved[meaning.field] === true;
    if (removed && value !== null) redaction.note(`attributes.${extra.key}`);
    if (removed) return undefined;
    const member = redaction.member(extra.key, value, 'attributes');
    return member === undefined ? undefined : { key: member[0], value: member[1] };
  }

  // ---- which log

  #importance(draft: Draft): number {
    const { importance } = this.#parts;
    const { action, category, outcome } = this.#verdict;
    const place = (action * CATEGORY_SET.words.length + category) * OUTCOME_SET.words.length + outcome;
    let log = importance.memorable ? (this.#logMemo[place] ?? -1) : -1;
    if (log < 0) {
      log = importance.logOf((field) => (draft.kind[field] === ABSENT ? '' : textAt(draft, field)));
      this.#logMemo[place] = log;
    }
    draft.setPiece(F.importance, this.#logPieces[log] ?? NO_BYTES);
    return log;
  }
}

/** Throws a Rejection unless the token may speak for the source. */
export function checkSource(source: string, { sources }: RequestContext['principal']): void {
  if (source.toLowerCase() === RESERVED_SOURCE || (sources !== null && !sources.includes(source))) {
    throw new Rejection('source_not_owned', 'source', 'The token does not own this source.');
  }
}

function startsReserved(draft: Draft, field: number): boolean {
  // Words that may begin with blanks or `daybook.`: the rest need not become a string.
  const first = draft.kind[field] === STRING ? (draft.bytes[(draft.from[field] ?? 0) + 1] ?? 0) | 0x20 : LETTER_D;
  return (first === LETTER_D || first <= 0x20) && isReserved(textAt(draft, field));
}

/** Who instance `src` of a producer is: the token's name, alone or followed by a delimiter and more. */
export function srcOf(value: Json, name: string): string {
  if (typeof value !== 'string') throw new Rejection('field_type', 'src', 'src must be a text.');
  if (value.length > SRC_CHARS_MAX) throw new Rejection('field_range', 'src', `src is longer than ${SRC_CHARS_MAX} characters.`);
  if (value === name || (value.startsWith(name) && SRC_REST.test(value.slice(name.length)))) return value;
  throw new Rejection('src_not_owned', 'src', "src must be the token's name, or begin with it and one of / : . # @");
}

function sseqOf(value: Json): number | undefined {
  if (value === null) return undefined;
  const n = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof n === 'number' && Number.isSafeInteger(n) && n >= 0) return n;
  throw new Rejection('field_type', 'sseq', 'sseq must be an integer from 0 to 2^53-1.');
}

function saysSomething(draft: Draft): boolean {
  return SUBSTANCE.some((field) => draft.kind[field] !== ABSENT);
}

function newVerdict(): Verdict {
  return { action: -1, actor: -1, category: -1, outcome: -1, marks: undefined, given: undefined, labels: undefined, agent: undefined };
}

/** One verdict is reused: assigned member by member, for Object.assign costs as much as deciding three fields. */
function forget(verdict: Verdict): void {
  verdict.action = -1;
  verdict.actor = -1;
  verdict.category = -1;
  verdict.outcome = -1;
  verdict.marks = undefined;
  verdict.given = undefined;
  verdict.labels = undefined;
  verdict.agent = undefined;
}

/** Printable, so that it can be shown and grepped. */
const SRC_REST = /^[/:.#@][\x21-\x7e]{1,}$/;
const NO_BYTES = new Uint8Array(0);
const LETTER_D = 0x64;
const EMPTY_OBJECT_BYTES = '{}'.length;
const SUBSTANCE = [F.userId, F.eventType, F.action, F.resource, F.ipAddress];
const AUDIT = CATEGORY_SET.words.indexOf('audit');
const USER = ACTOR_SET.words.indexOf('user');
const UNKNOWN_ACTOR = ACTOR_SET.words.indexOf('unknown');
const UNKNOWN_OUTCOME = OUTCOME_SET.words.indexOf('unknown');
const MUST_BE_NAMED: ReadonlySet<string> = new Set(['user', 'service', 'agent']);
const CATEGORY_OF_ACTION = Int8Array.from(ACTION_SET.words, (action) => CATEGORY_SET.words.indexOf(categoryOf(action)));
const SEVERITY_OF_OUTCOME = OUTCOME_SET.words.map((outcome) => SEVERITY_PIECES[severityOf(outcome)] ?? NO_BYTES);
