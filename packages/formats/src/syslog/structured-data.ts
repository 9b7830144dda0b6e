/** RFC 5424 section 6.3: values by element id and name. */
export type StructuredData = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface FoundData {
  readonly data: StructuredData | undefined;
  /** Where the text goes on behind it. */
  readonly end: number;
}

/** More elements or values than any sender has: beyond it is rubbish that would cost memory. */
const VALUES_MAX = 256;
const NAME_END = /[ =\]"]/g;

/**
 * The structured data that begins at `at`: `-`, or elements without blanks between them: `[id name="value" …]`. In a value `"`, `\` and `]` are written
 * with a backslash before them; a backslash before anything else is itself. undefined when it is no structured data.
 */
export function readStructuredData(text: string, at: number): FoundData | undefined {
  if (text[at] === '-') return { data: undefined, end: at + 1 };
  const data = new Map<string, Record<string, string>>();
  const state: State = { text, at, left: VALUES_MAX };
  while (text[state.at] === '[') {
    state.at++;
    const id = readName(state);
    const values = id === '' ? undefined : readValues(state);
    if (values === undefined) return undefined;
    data.set(id, { ...data.get(id), ...values });
  }
  return state.at === at ? undefined : { data: Object.fromEntries(data), end: state.at };
}

interface State {
  readonly text: string;
  at: number;
  left: number;
}

function readValues(state: State): Record<string, string> | undefined {
  const values: Record<string, string> = {};
  for (; state.left > 0; state.left--) {
    while (state.text[state.at] === ' ') state.at++;
    if (state.text[state.at] === ']') {
      state.at++;
      return values;
    }
    const name = readName(state);
    if (name === '' || name === '__proto__' || !state.text.startsWith('="', state.at)) return undefined;
    state.at += 2;
    const value = readValue(state);
    if (value === undefined) return undefined;
    values[name] = value;
  }
  return undefined;
}

function readName(state: State): string {
  NAME_END.lastIndex = state.at;
  const end = NAME_END.exec(state.text)?.index ?? state.text.length;
  const name = state.text.slice(state.at, end);
  state.at = end;
  return name;
}

function readValue(state: State): string | undefined {
  const { text } = state;
  for (let at = state.at; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') {
      const value = text.slice(state.at, at).replace(/\\(["\\\]])/g, '$1');
      state.at = at + 1;
      return value;
    }
  }
  return undefined;
}
