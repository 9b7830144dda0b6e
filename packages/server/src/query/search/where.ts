import { type Condition, DaybookError, FilterError, parseFilter, parseTime, textToMicros, type FilterValue } from '@daybook/protocol';
import { type ColumnKind, COLUMNS } from '../schema/columns.ts';
import { isAddress, timeLiteral } from '../schema/literals.ts';

/** A WHERE clause; values only ever as parameters. */
export interface Where {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

const KINDS: ReadonlyMap<string, ColumnKind> = new Map(COLUMNS.map(({ name, kind }) => [name, kind]));
const WORDS: ReadonlyMap<string, readonly string[] | undefined> = new Map(COLUMNS.map(({ name, words }) => [name, words]));
/** Where words without a field are sought: what people remember of an access. */
const WORD_COLUMNS = ['user_id', 'user_name', 'user_email', 'event_type', 'resource', 'resource_id', 'ip', 'source', 'host', 'session_id', 'request_id', 'reason', 'query_text', 'attributes', 'changes']; // biome-ignore format: a word list

export interface WhereOptions {
  /** A field whose own conditions are left out. */
  readonly except?: string | undefined;
  /** Fields that the sender never sees: a condition on one would tell what stands there. */
  readonly hidden?: ReadonlySet<string>;
}

const NOTHING: ReadonlySet<string> = new Set();

/** The conditions of a filter as people type it, as SQL over `access_logs`. Throws `bad_request` that says where the filter is wrong. */
export function whereOf(filter: string, { except, hidden = NOTHING }: WhereOptions = {}): Where {
  const compiler = new Compiler(hidden);
  const all = conditionsOf(filter)
    .filter(({ field, not }) => not || except === undefined || field !== except)
    .map((condition) => compiler.condition(condition));
  return { sql: all.length === 0 ? '1' : all.join(' AND '), parameters: compiler.parameters };
}

/** Throws `bad_request` that says where the filter is wrong. */
export function conditionsOf(filter: string): Condition[] {
  try {
    return parseFilter(filter);
  } catch (error) {
    if (error instanceof FilterError) throw bad(`${error.message} (character ${error.at + 1})`);
    throw error;
  }
}

class Compiler {
  readonly parameters: Record<string, unknown> = {};
  readonly #hidden: ReadonlySet<string>;
  #count = 0;

  constructor(hidden: ReadonlySet<string>) {
    this.#hidden = hidden;
  }

  condition({ field, operator, not, values }: Condition): string {
    const named = field?.split('.', 1)[0] ?? '';
    if (this.#hidden.has(named)) throw new DaybookError('forbidden', `Your scope hides ${named}.`, { field: named });
    const any = values.map((value) =>
      field === undefined ? this.#word(value) : operator === ':' ? this.#equal(field, value) : this.#compared(field, operator, value.text),
    );
    return `${not ? 'NOT ' : ''}(${any.join(' OR ')})`;
  }

  #parameter(text: string): string {
    const name = `w${this.#count++}`;
    this.parameters[name] = text;
    return `{${name}:String}`;
  }

  #word({ text, pattern }: FilterValue): string {
    const like = this.#parameter(`%${pattern ? likeOf(text) : escaped(text)}%`);
    const columns = WORD_COLUMNS.filter((column) => !this.#hidden.has(column === 'ip' ? 'ip_address' : column));
    return columns.map((column) => `${column} ILIKE ${like}`).join(' OR ');
  }

  #equal(field: string, value: FilterValue): string {
    const dot = field.indexOf('.');
    if (dot >= 0) return this.#inside(field.slice(0, dot), field.slice(dot + 1), value);
    const kind = KINDS.get(field);
    if (value.pattern && value.text === '*') return present(field, kind);
    switch (kind) {
      case 'enum':
        if (value.pattern) return `toString(${field}) LIKE ${this.#parameter(likeOf(value.text))}`;
        if (WORDS.get(field)?.includes(value.text) !== true) throw bad(`${field} is one of ${WORDS.get(field)?.join(', ')}.`, field);
        return `${field} = ${this.#parameter(value.text)}`;
      case 'ip':
        return this.#address(value);
      case 'strings':
        return value.pattern
          ? `arrayExists(one -> one LIKE ${this.#parameter(likeOf(value.text))}, ${field})`
          : `has(${field}, ${this.#parameter(value.text)})`;
      case 'time':
      case 'uint8':
      case 'uint64':
      case 'nullable-uint64':
      case 'nullable-float64':
        return this.#compared(field, '=', value.text);
      case 'nullable-bool':
        if (value.text !== 'true' && value.text !== 'false') throw bad(`${field} is true or false.`, field);
        return `${field} = ${value.text}`;
      case 'map':
        return `arrayExists(one -> one LIKE ${this.#parameter(`%${likeOf(value.text)}%`)}, mapValues(${field}))`;
      case 'json':
        return `${field} ILIKE ${this.#parameter(`%${value.pattern ? likeOf(value.text) : escaped(value.text)}%`)}`;
      case 'string':
      case 'event-id':
      case undefined:
        return value.pattern ? `${field} LIKE ${this.#parameter(likeOf(value.text))}` : `${field} = ${this.#parameter(value.text)}`;
      default:
        return kind satisfies never;
    }
  }

  /** `labels.KEY`, and `attributes.KEY` with the keys of inner objects after further dots. */
  #inside(outer: string, key: string, value: FilterValue): string {
    const text =
      KINDS.get(outer) === 'map'
        ? `${outer}[${this.#parameter(key)}]`
        : `trim(BOTH '"' FROM JSONExtractRaw(${outer}, ${key.split('.').map((part) => this.#parameter(part)).join(', ')}))`; // biome-ignore format: one expression
    if (value.pattern && value.text === '*') return `${text} != ''`;
    return value.pattern ? `${text} LIKE ${this.#parameter(likeOf(value.text))}` : `${text} = ${this.#parameter(value.text)}`;
  }

  #address({ text, pattern }: FilterValue): string {
    if (pattern) return `ip LIKE ${this.#parameter(likeOf(text))}`;
    const [address = '', bits] = text.split('/');
    if (!isAddress(address) || (bits !== undefined && !/^\d{1,3}$/.test(bits)))
      throw bad('ip_address is an address, or a network as 10.0.0.0/8.', 'ip_address');
    if (bits === undefined) return `ip_address = toIPv6(${this.#parameter(address)})`;
    const most = address.includes(':') ? 128 : 32;
    if (Number(bits) > most) throw bad(`A network has at most ${most} bits.`, 'ip_address');
    const range = address.includes(':') ? text : `::ffff:${address}/${Number(bits) + 96}`;
    return `isIPAddressInRange(IPv6NumToString(ip_address), ${this.#parameter(range)})`;
  }

  #compared(field: string, operator: string, text: string): string {
    if (KINDS.get(field) === 'time') {
      const time = parseTime(text);
      if (time === undefined) throw bad(`${field} is a time: 2026-01-31T00:00:00Z.`, field);
      return `${field} ${operator} ${timeLiteral(textToMicros(time.text))}`;
    }
    if (!/^-?\d{1,15}(\.\d{1,6})?$/.test(text)) throw bad(`${field} is a number.`, field);
    return `${field} ${operator} ${Number(text)}`;
  }
}

function present(field: string, kind: ColumnKind | undefined): string {
  switch (kind) {
    case 'ip':
      return "ip_address != toIPv6('::')";
    case 'strings':
    case 'map':
      return `notEmpty(${field})`;
    case 'nullable-bool':
    case 'nullable-uint64':
    case 'nullable-float64':
      return `${field} IS NOT NULL`;
    case 'uint64':
      return `${field} != 0`;
    case 'enum':
    case 'time':
    case 'uint8':
      return '1';
    case 'string':
    case 'json':
    case 'event-id':
    case undefined:
      return `${field} != ''`;
    default:
      return kind satisfies never;
  }
}

/** `*` stands for any text; what LIKE takes for its own signs does not. */
function likeOf(pattern: string): string {
  return pattern.split('*').map(escaped).join('%');
}

function escaped(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&');
}

function bad(detail: string, field = 'q'): DaybookError {
  return new DaybookError('bad_request', detail, { field });
}
