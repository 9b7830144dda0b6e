import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseJson } from '@daybook/protocol';
import type { Application } from '../applications/deeds.ts';
import { isObject } from './client.ts';

/** A span of the past that was, or is to be, told. */
export interface Chapter {
  readonly from: number;
  readonly end: number;
  readonly isDone: boolean;
}

/**
 * What the demo knows of its last run: so that the next one continues the same company instead of telling another one's past. Readable by its owner
 * only, for the applications' tokens are in it.
 */
export interface Memory {
  readonly seed: string;
  readonly scale: number;
  /** The day of the bad day, in days since 1970. */
  readonly storyDay: number;
  readonly chapters: readonly Chapter[];
  readonly tokens: Readonly<Partial<Record<Application, string>>>;
}

export function readMemory(file: string): Memory | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  const found = parseJson(text);
  if (isMemory(found)) return found;
  throw new Error(`${file} is not what the demo left there; remove the directory to begin anew`);
}

export function writeMemory(file: string, memory: Memory): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(memory, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function isMemory(value: unknown): value is Memory {
  if (!isObject(value)) return false;
  const { seed, scale, storyDay, chapters, tokens } = value;
  const isChapter = (one: unknown) => isObject(one) && typeof one['from'] === 'number' && typeof one['end'] === 'number';
  const isRight = typeof seed === 'string' && typeof scale === 'number' && typeof storyDay === 'number' && isObject(tokens);
  return isRight && Array.isArray(chapters) && chapters.every(isChapter);
}
