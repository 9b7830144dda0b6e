import path from 'node:path';

/**
 * What the faces of a package show of its declarations, and nothing more: a face that is one function should not bring the classes behind it. Takes
 * declarations as the compiler prints them: a statement begins in the first column, all its other lines are indented or close it.
 */
export function publicDeclarations(files: ReadonlyMap<string, string>, faces: readonly string[]): Map<string, string> {
  const parsed = new Map([...files].map(([file, text]) => [file, parse(file, text)]));
  const live = new Set<Statement>();
  for (const face of faces) for (const statement of parsed.get(face) ?? []) if (statement.isExported) keep(statement);
  const shown = [...parsed].map(([file, statements]) => [file, statements.filter(({ used }) => used).map(textOf)] as const);
  return new Map(shown.filter(([, texts]) => texts.length > 0).map(([file, texts]) => [file, `${texts.join('\n')}\n`]));

  function keep(statement: Statement): void {
    statement.used = true;
    if (live.has(statement)) return;
    live.add(statement);
    if (statement.isExported) for (const name of statement.from) keepName(statement.target, name);
    for (const other of parsed.get(statement.file) ?? [])
      for (const name of other.binds) if (statement !== other && statement.words.has(name)) bind(other, name);
  }
  function bind(statement: Statement, name: string): void {
    if (!statement.isImport) return keep(statement);
    statement.used = true;
    statement.wanted.add(name);
    keepName(statement.target, name);
  }
  function keepName(file: string | undefined, name: string): void {
    if (file === undefined) return;
    const found = (parsed.get(file) ?? []).find(({ binds, isImport }) => !isImport && binds.has(name));
    if (found === undefined) throw new Error(`${file} does not export ${name}`);
    keep(found);
  }
}

interface Statement {
  readonly file: string;
  readonly text: string;
  readonly isExported: boolean;
  readonly isImport: boolean;
  /** The names that it gives to its file. */
  readonly binds: ReadonlySet<string>;
  /** The file of ours that an import or a re-export names, and the names taken from there. */
  readonly target: string | undefined;
  readonly from: ReadonlySet<string>;
  /** All words of it: more than it refers to, never less. */
  readonly words: ReadonlySet<string>;
  /** Of an import: the names that something else needs. */
  readonly wanted: Set<string>;
  used: boolean;
}

const LIST = /^(import|export)( type)? \{([^}]*)\} from '([^']+)';/;
const DECLARED = /^(?:export )?(?:declare )?(?:abstract )?(?:class|interface|type|function|const|let|enum) (\w+)/;
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
    .filter((part) => part !== '')
    .map((part) => statementOf(file, part));
}

function statementOf(file: string, text: string): Statement {
  const code = text.replace(COMMENTS, '');
  const list = LIST.exec(code);
  const declared = DECLARED.exec(code)?.[1];
  if (list === null && declared === undefined && code !== 'export {};') throw new Error(`${file}: not understood: ${code.slice(0, 80)}`);
  const names = (list?.[3] ?? '').split(',').map((name) => name.trim().replace(/^type /, ''));
  const from = new Set(names.filter((name) => name !== ''));
  if ([...from].some((name) => !/^\w+$/.test(name))) throw new Error(`${file}: renames what it takes from ${list?.[4]}`);
  const specifier = list?.[4] ?? '';
  const isImport = list?.[1] === 'import';
  return {
    file,
    text,
    isExported: code.startsWith('export'),
    isImport,
    binds: declared === undefined ? from : new Set([declared]),
    target: specifier.startsWith('.') ? declarationsAt(path.posix.join(path.posix.dirname(file), specifier)) : undefined,
    from,
    words: list === null ? new Set(code.match(/\w+/g)) : new Set(),
    wanted: new Set(),
    used: false,
  };
}

const declarationsAt = (file: string) => file.replace(/\.[jt]s$/, '.d.ts');

/** Imports without what nobody needs; indentation of one column: editors print declarations anew. */
function textOf({ text, isImport, wanted }: Statement): string {
  const narrow = text.replace(/^(?: {4})+/gm, (indent) => ' '.repeat(indent.length / 4));
  const from = isImport ? /'[^']+'/.exec(text)?.[0] : undefined;
  return from === undefined ? narrow : `import type { ${[...wanted].join(', ')} } from ${from};`;
}
