import path from 'node:path';

/** Of the rolled-up files. CommonJS may `require` our modules, and older compilers believe that only of declarations that are CommonJS's. */
const EXTENSION = '.d.cts';

/**
 * What the faces of a package show of its declarations, and nothing more: a face that is one function should not bring the classes behind it. All of
 * it stands in one file, `shared`, of which each face shows its part. Takes declarations as the compiler prints them: a statement begins in the first
 * column, all its other lines are indented or close it.
 */
export function rolledUp(files: ReadonlyMap<string, string>, faces: readonly string[], shared: string): Map<string, string> {
  const parsed = new Map([...files].map(([file, text]) => [file, parse(file, text)]));
  const live = new Set<Statement>();
  const outside = new Map<string, Set<string>>();
  const texts = new Map<string, string>();
  for (const face of faces) texts.set(face.replace(/\.d\.ts$/, EXTENSION), faceText(face));
  const shown = [...parsed.values()].flat().filter((statement) => live.has(statement) && statement.declared !== undefined);
  const names = [...shown.flatMap(({ declared }) => declared ?? []), ...[...outside.values()].flatMap((taken) => [...taken])];
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) throw new Error(`${twice} is declared twice: in one file it can't`);
  const imports = [...outside].map(([from, taken]) => `import type { ${[...taken].join(', ')} } from '${from}';`);
  texts.set(shared, `${[...imports, ...shown.map(({ text }) => narrow(text))].join('\n')}\n`);
  return texts;

  function faceText(face: string): string {
    const shows = new Map<string, boolean>();
    for (const statement of (parsed.get(face) ?? []).filter(({ isExported }) => isExported)) {
      keep(statement);
      const named = statement.declared === undefined ? statement.from : [[statement.declared, statement.isType] as const];
      for (const [name, isType] of named) shows.set(name, isType);
    }
    const list = [...shows].map(([name, isType]) => (isType ? `type ${name}` : name)).join(', ');
    const from = path.posix.relative(path.posix.dirname(face), shared).replace(/\.d\.cts$/, '.cjs');
    return `export { ${list} } from '${from.startsWith('.') ? from : `./${from}`}';\n`;
  }
  function keep(statement: Statement): void {
    if (live.has(statement)) return;
    live.add(statement);
    if (statement.declared === undefined) for (const name of statement.from.keys()) take(statement, name);
    for (const other of parsed.get(statement.file) ?? []) {
      if (other === statement) continue;
      if (other.declared !== undefined && statement.words.has(other.declared)) keep(other);
      if (other.isImport) for (const name of other.from.keys()) if (statement.words.has(name)) take(other, name);
    }
  }
  /** What an import or a re-export names. */
  function take({ specifier, target }: Statement, name: string): void {
    if (target === undefined) return void outside.set(specifier, (outside.get(specifier) ?? new Set()).add(name));
    const found = (parsed.get(target) ?? []).find(({ declared }) => declared === name);
    if (found === undefined) throw new Error(`${target} does not export ${name}`);
    keep(found);
  }
}

interface Statement {
  readonly file: string;
  readonly text: string;
  /** What it declares; undefined: it is a list of names from elsewhere. */
  readonly declared: string | undefined;
  /** It declares no value. */
  readonly isType: boolean;
  readonly isExported: boolean;
  readonly isImport: boolean;
  /** Of a list: where from, the file if it is one of ours, and the names, each with whether it is taken as a type only. */
  readonly specifier: string;
  readonly target: string | undefined;
  readonly from: ReadonlyMap<string, boolean>;
  /** All words of a declaration: more than it refers to, never less. */
  readonly words: ReadonlySet<string>;
}

const LIST = /^(import|export)( type)? \{([^}]*)\} from '([^']+)';/;
const DECLARED = /^(?:export )?(?:declare )?(?:abstract )?(class|interface|type|function|const|let|enum) (\w+)/;
const COMMENTS = /\/\*[\s\S]*?\*\/\s*/g;

function parse(file: string, text: string): Statement[] {
  return text
    .replace(/^\/\/.*$/gm, '')
    .split(/\n(?=\/\*\*|(?:export|import|declare|type|interface)\b)/)
    .reduce<string[]>((all, part) => {
      // A comment belongs to what it stands above.
      const above = all.at(-1);
      if (above?.trimEnd().endsWith('*/') === true && above.startsWith('/**')) all[all.length - 1] = `${above}\n${part}`;
      else all.push(part);
      return all;
    }, [])
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== 'export {};')
    .map((part) => statementOf(file, part));
}

function statementOf(file: string, text: string): Statement {
  const code = text.replace(COMMENTS, '');
  const list = LIST.exec(code);
  const [, kind, declared] = DECLARED.exec(code) ?? [];
  if (list === null && declared === undefined) throw new Error(`${file}: not understood: ${code.slice(0, 80)}`);
  const [, , allTypes, names = '', specifier = ''] = list ?? [];
  const items = names.split(',').map((name) => name.trim());
  const from = items
    .filter((item) => item !== '')
    .map((item) => [item.replace(/^type /, ''), allTypes !== undefined || item.startsWith('type ')] as const);
  if (from.some(([name]) => !/^\w+$/.test(name))) throw new Error(`${file}: renames what it takes from ${specifier}`);
  return {
    file,
    text,
    declared,
    isType: kind === 'interface' || kind === 'type',
    isExported: code.startsWith('export'),
    isImport: list?.[1] === 'import',
    specifier,
    target: specifier.startsWith('.') ? declarationsAt(path.posix.join(path.posix.dirname(file), specifier)) : undefined,
    from: new Map(from),
    words: list === null ? new Set(code.match(/\w+/g)) : new Set(),
  };
}

const declarationsAt = (file: string) => file.replace(/\.[jt]s$/, '.d.ts');

/** Indentation of one column: editors print declarations anew. */
const narrow = (text: string) => text.replace(/^(?: {4})+/gm, (indent) => ' '.repeat(indent.length / 4));
