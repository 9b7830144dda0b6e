import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseJson } from '@daybook/protocol';

export interface Instruction {
  readonly word: string;
  readonly rest: string;
}

export interface Stage {
  /** The image that it begins with, arguments filled in. */
  readonly from: string;
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** The stages of a Dockerfile; of the format only what ours uses. */
export function parseDockerfile(text: string): Stage[] {
  const stages: { from: string; name: string | undefined; instructions: Instruction[] }[] = [];
  const args = new Map<string, string>();
  for (const { word, rest } of instructionsOf(text)) {
    const stage = stages.at(-1);
    if (word === 'ARG') {
      const [name = '', value = ''] = rest.split('=', 2);
      args.set(name, value);
    } else if (word === 'FROM') {
      const [image = '', , name] = rest.split(/\s+/);
      stages.push({ from: image.replace(/^\$\{(\w+)\}$/, (_whole, arg: string) => args.get(arg) ?? ''), name, instructions: [] });
    } else stage?.instructions.push({ word, rest });
  }
  return stages;
}

function instructionsOf(text: string): Instruction[] {
  const lines = text
    .replace(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n');
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => ({ word: line.split(' ', 1)[0] ?? '', rest: line.replace(/^\S+\s+/, '') }));
}

/** The last instruction of a kind, as `exec` form where it has one. */
export function lastOf({ instructions }: Stage, word: string): string {
  const found = instructions.findLast((instruction) => instruction.word === word);
  if (found === undefined) throw new Error(`the Dockerfile has no ${word}`);
  return found.rest;
}

export const execForm = (text: string): string[] => parseJson(text.slice(text.indexOf('['))) as string[];

export function environmentOf({ instructions }: Stage): Record<string, string> {
  const pairs = instructions.filter(({ word }) => word === 'ENV').flatMap(({ rest }) => rest.split(/\s+/));
  return Object.fromEntries(pairs.map((pair) => [pair.split('=', 1)[0] ?? '', pair.slice(pair.indexOf('=') + 1)]));
}

/** What `COPY . .` brings: the files of a directory that its .dockerignore leaves, the last pattern that matches deciding. */
export function contextFiles(root: string): string[] {
  const rules = readFileSync(path.join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ keeps: line.startsWith('!'), pattern: patternOf(line.replace(/^!/, '')) }));
  const kept = (name: string) => rules.findLast(({ pattern }) => pattern.test(name))?.keeps ?? true;
  const walk = (dir: string): string[] =>
    readdirSync(path.join(root, dir), { withFileTypes: true }).flatMap((entry) => {
      const name = path.posix.join(dir, entry.name);
      if (!kept(name)) return [];
      return entry.isDirectory() ? walk(name) : [name];
    });
  return walk('');
}

/** A pattern matches a path, and everything below it. */
function patternOf(glob: string): RegExp {
  const source = glob
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('**/', '\u0000')
    .replaceAll('*', '[^/]*')
    .replaceAll('\u0000', '(?:.*/)?');
  return new RegExp(`^${source}(?:/.*)?$`);
}
