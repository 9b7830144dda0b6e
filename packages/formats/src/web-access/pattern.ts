import type { Context } from '../format.ts';
import { type Access, newAccess, present } from './access.ts';
import { quoteFrom } from './escapes.ts';
import type { Setter } from './setters.ts';

/**
 * A layout that an operator wrote, as its literal texts and values. `word`: the server writes it and it holds no blank (an address, a status). A number: it has so many
 * characters (a time). `free`: a client may have written it, and it may hold anything but a quote that is not escaped.
 */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly shape: 'word' | 'free' | number; readonly name: string; readonly set: Setter };

type Value = Extract<Part, { kind: 'value' }>;

/**
 * A compiled layout. The line is cut at its quotes, since both servers escape quotes in what clients send; within a piece, values of the server are read from both
 * ends, and what a client wrote is the rest between: so that no user name or request can shift the others.
 */
export interface Pattern {
  readonly pieces: readonly (readonly Part[])[];
}

/** Cuts parts at the quotes in their texts: pieces outside and inside of quotes take turns, the first is outside. */
export function patternOf(parts: readonly Part[]): Pattern {
  const pieces: Part[][] = [[]];
  for (const part of parts) {
    if (part.kind === 'value') {
      pieces.at(-1)?.push(part);
      continue;
    }
    for (const [index, text] of part.text.split('"').entries()) {
      if (index > 0) pieces.push([]);
      if (text !== '') pieces.at(-1)?.push({ kind: 'text', text });
    }
  }
  return { pieces };
}

/** The access of a line of this layout; undefined when it is none. */
export function matchPattern({ pieces }: Pattern, text: string, context: Context): Access | undefined {
  const access = newAccess();
  let at = 0;
  for (const [index, parts] of pieces.entries()) {
    const isLast = index === pieces.length - 1;
    const quote = isLast ? text.length : quoteFrom(text, at);
    if (quote < 0 || !matchPiece(parts, { access, context, text: text.slice(at, quote) })) return undefined;
    at = quote + 1;
  }
  return access;
}

interface Piece {
  readonly access: Access;
  readonly context: Context;
  readonly text: string;
}

function matchPiece(parts: readonly Part[], piece: Piece): boolean {
  const free = parts.findIndex((part) => part.kind === 'value' && part.shape === 'free');
  const from = fromLeft(free < 0 ? parts : parts.slice(0, free), piece);
  if (free < 0) return from === piece.text.length;
  if (from < 0) return false;
  const last = parts.findLastIndex((part) => part.kind === 'value' && part.shape === 'free');
  const to = fromRight(parts.slice(last + 1), piece, from);
  return to >= from && between(parts.slice(free, last + 1), piece, { from, to });
}

/** Reads from the left; returns the place behind, or -1. */
function fromLeft(parts: readonly Part[], piece: Piece): number {
  const { text } = piece;
  let at = 0;
  for (const [index, part] of parts.entries()) {
    if (part.kind === 'text') {
      if (!text.startsWith(part.text, at)) return -1;
      at += part.text.length;
      continue;
    }
    const next = parts[index + 1];
    const found =
      typeof part.shape === 'number' ? at + part.shape : next?.kind === 'text' ? text.indexOf(next.text, at) : wordEnd(text, at);
    if (found < at || found > text.length || !put(part, text.slice(at, found), piece)) return -1;
    at = found;
  }
  return at;
}

function wordEnd(text: string, at: number): number {
  const blank = text.indexOf(' ', at);
  return blank < 0 ? text.length : blank;
}

/** Reads from the right; returns the place before, or -1. */
function fromRight(parts: readonly Part[], piece: Piece, least: number): number {
  const { text } = piece;
  let end = text.length;
  for (let index = parts.length - 1; index >= 0; index--) {
    const part = parts[index];
    if (part === undefined) break;
    if (part.kind === 'text') {
      if (!text.slice(least, end).endsWith(part.text)) return -1;
      end -= part.text.length;
      continue;
    }
    const before = parts[index - 1];
    const from =
      typeof part.shape === 'number'
        ? end - part.shape
        : before?.kind === 'text'
          ? text.lastIndexOf(before.text, end - before.text.length) + before.text.length
          : text.lastIndexOf(' ', end - 1) + 1;
    if (from < least || from > end || !put(part, text.slice(from, end), piece)) return -1;
    end = from;
  }
  return end;
}

/** Several free values beside each other, without quotes: each ends where the text behind it stands first. */
function between(parts: readonly Part[], piece: Piece, { from, to }: { from: number; to: number }): boolean {
  const { text } = piece;
  let at = from;
  for (const [index, part] of parts.entries()) {
    if (part.kind === 'text') {
      if (!text.startsWith(part.text, at)) return false;
      at += part.text.length;
      continue;
    }
    const next = parts[index + 1];
    const end = index === parts.length - 1 ? to : next?.kind === 'text' ? text.indexOf(next.text, at) : wordEnd(text, at);
    if (end < at || end > to || !put(part, text.slice(at, end), piece)) return false;
    at = end;
  }
  return at === to;
}

function put(part: Value, text: string, { access, context }: Piece): boolean {
  if (part.shape === 'word' && text.includes(' ')) return false;
  const value = present(text);
  if (value !== undefined) part.set(access, value, context);
  return true;
}
