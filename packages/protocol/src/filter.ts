import { FIELDS, type Field } from './fields.ts';

/**
 * The filter that people type, `outcome:denied user_id:(ann ben) -source:crm "customer 4711"`: conditions that must all hold. The console shows it as
 * chips and as text, the server makes SQL of it: one grammar for both.
 *
 *     filter    = condition *( space condition )
 *     condition = [ "-" ] ( field ( ":" values | comparison number-or-time ) | word )
 *     values    = value | "(" value *( space value ) ")"          alternatives
 *     value     = bare | quoted                                    `*` in a bare value stands for any text; `field:*`: the field is not empty
 *     field     = a field of the event, `labels.KEY`, `attributes.KEY`, or `ip` (the text of ip_address)
 */
export interface Condition {
  /** Undefined: words that may stand in any of the usual fields. */
  readonly field: string | undefined;
  readonly operator: Operator;
  readonly not: boolean;
  /** Any of them; never empty. A comparison has one. */
  readonly values: readonly FilterValue[];
}

export type Operator = ':' | '>' | '>=' | '<' | '<=';

export interface FilterValue {
  readonly text: string;
  /** A bare `*` stands for any text. In quotes it is a star. */
  readonly pattern: boolean;
}

/** What is wrong with a filter, and at which character. */
export class FilterError extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.name = 'FilterError';
    this.at = at;
  }
}

/** A person types it; what is longer comes from a program, which has SQL. */
export const FILTER_CHARS_MAX = 4000;
const CONDITIONS_MAX = 50;
const VALUES_MAX = 200;

/** Columns that the server adds to the fields of an event. */
export const FRAME_FIELDS: readonly Pick<Field, 'name' | 'type' | 'doc'>[] = [
  { name: 'kind', type: 'string', doc: 'What the entry is: `event`, or one of the server.' },
  { name: 'src', type: 'string', doc: 'The producer that sent it.' },
];

const FIELD_TYPES: ReadonlyMap<string, Field['type']> = new Map([...FIELDS, ...FRAME_FIELDS].map(({ name, type }) => [name, type]));
const COMPARED: readonly Field['type'][] = ['uint', 'float', 'time'];

/** The type of a field that a filter may name; undefined for what is none. */
export function filterFieldType(name: string): Field['type'] | undefined {
  const dot = name.indexOf('.');
  if (dot < 0) return FIELD_TYPES.get(name);
  const outer = FIELD_TYPES.get(name.slice(0, dot));
  return dot < name.length - 1 && (outer === 'map' || outer === 'json') ? 'string' : undefined;
}

/** Throws FilterError. An empty text is no condition. */
export function parseFilter(text: string): Condition[] {
  if (text.length > FILTER_CHARS_MAX) throw new FilterError(`A filter has at most ${FILTER_CHARS_MAX} characters; SQL takes more.`, 0);
  const reader = new FilterReader(text);
  const conditions: Condition[] = [];
  let values = 0;
  for (;;) {
    const condition = reader.condition();
    if (condition === undefined) return conditions;
    conditions.push(condition);
    values += condition.values.length;
    if (conditions.length > CONDITIONS_MAX || values > VALUES_MAX)
      throw new FilterError(`At most ${CONDITIONS_MAX} conditions with ${VALUES_MAX} values; SQL takes more.`, reader.at);
  }
}

/** The text of conditions; parsed, it gives them again. */
export function formatFilter(conditions: readonly Condition[]): string {
  return conditions.map(formatCondition).join(' ');
}

export function formatCondition({ field, operator, not, values }: Condition): string {
  const minus = not ? '-' : '';
  if (field === undefined) return minus + formatValue(values[0] ?? { text: '', pattern: false }, true);
  if (values.length === 1) return `${minus}${field}${operator}${formatValue(values[0] ?? { text: '', pattern: false }, false)}`;
  return `${minus}${field}${operator}(${values.map((value) => formatValue(value, false)).join(' ')})`;
}

/** What can stand without quotes and be read again as the same. */
const BARE = /^[^\s"():<>*\\-][^\s"()*\\]*$/;
const BARE_PATTERN = /^[^\s"():<>\\-][^\s"()\\]*$/;
const LIKE_A_CONDITION = /[:<>]/;

function formatValue({ text, pattern }: FilterValue, alone: boolean): string {
  if (pattern && BARE_PATTERN.test(text)) return text;
  if (!pattern && BARE.test(text) && !(alone && LIKE_A_CONDITION.test(text))) return text;
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}

class FilterReader {
  at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  condition(): Condition | undefined {
    this.#space();
    if (this.at >= this.#text.length) return undefined;
    const begin = this.at;
    const not = this.#take('-');
    const head = /^([a-z][a-z0-9_]*(?:\.[^\s:<>"()]+)?)(:|>=|<=|>|<)/.exec(this.#text.slice(this.at));
    const [whole = '', field = '', operator = ''] = head ?? [];
    if (head === null) return { field: undefined, operator: ':', not, values: [this.#value()] };
    const type = filterFieldType(field);
    if (type === undefined) throw new FilterError(`There is no field “${field}”.`, begin);
    this.at += whole.length;
    if (!isOperator(operator) || operator === ':') return { field, operator: ':', not, values: this.#values() };
    if (!COMPARED.includes(type)) throw new FilterError(`“${field}” is text: it has no greater or less.`, begin);
    return { field, operator, not, values: [this.#value()] };
  }

  #values(): FilterValue[] {
    if (!this.#take('(')) return [this.#value()];
    const values: FilterValue[] = [];
    for (this.#space(); !this.#take(')'); this.#space()) {
      if (this.at >= this.#text.length) throw new FilterError('A parenthesis is not closed.', this.at);
      values.push(this.#value());
    }
    if (values.length === 0) throw new FilterError('The parentheses hold no value.', this.at);
    return values;
  }

  #value(): FilterValue {
    if (this.#take('"')) return { text: this.#quoted(), pattern: false };
    const text = /^[^\s"()]+/.exec(this.#text.slice(this.at))?.[0] ?? '';
    if (text === '') throw new FilterError('A value is missing here.', this.at);
    this.at += text.length;
    return { text, pattern: text.includes('*') };
  }

  #quoted(): string {
    const begin = this.at - 1;
    let value = '';
    for (; this.at < this.#text.length; this.at++) {
      const char = this.#text[this.at] ?? '';
      if (char === '"') {
        this.at++;
        return value;
      }
      if (char === '\\') this.at++;
      value += this.#text[this.at] ?? '';
    }
    throw new FilterError('A quotation mark is not closed.', begin);
  }

  #space(): void {
    while (/\s/.test(this.#text[this.at] ?? '')) this.at++;
  }

  #take(char: string): boolean {
    if (this.#text[this.at] !== char) return false;
    this.at++;
    return true;
  }
}

function isOperator(text: string): text is Operator {
  return [':', '>', '>=', '<', '<='].includes(text);
}
