import type { IncomingMessage } from 'node:http';
import { LIST_ITEMS_MAX, PATH_CHARS_MAX, TEXT_CHARS_MAX } from '../bounds.ts';

/** The path as the client wrote it, without the query. Frameworks change `url` as they mount; what they keep of the first is taken. */
export function pathOf(req: IncomingMessage & { readonly originalUrl?: unknown }): string {
  const url = urlOf(req);
  const query = url.indexOf('?');
  return cut(query < 0 ? url : url.slice(0, query), PATH_CHARS_MAX) ?? '';
}

function urlOf(req: IncomingMessage & { readonly originalUrl?: unknown }): string {
  return typeof req.originalUrl === 'string' ? req.originalUrl : (req.url ?? '');
}

export interface Named {
  /** The pattern with the values of allowed parameters in place of their names. */
  readonly path: string;
  readonly params: Readonly<Record<string, string>> | undefined;
  /** The value of the last parameter, when it is allowed. */
  readonly id: string | undefined;
}

/**
 * Puts values of allowed parameters into a pattern, by comparing it with the path segment by segment: frameworks forget parameters as soon as an error
 * leaves their router. Patterns with more than plain segments stay as they are.
 */
export function patternWith(route: string, path: string, allowedNames: readonly string[] | undefined): Named {
  const plain = { path: route, params: undefined, id: undefined };
  if (allowedNames === undefined || allowedNames.length === 0 || !route.includes(':')) return plain;
  const pattern = segmentsOf(route);
  let params: Record<string, string> | undefined;
  let id: string | undefined;
  let filled = '';
  let at = 0;
  for (const given of path.split('/')) {
    if (given === '') continue;
    const segment = pattern[at++];
    if (segment === undefined) return plain;
    const { text, name } = segment;
    const isShown = name !== undefined && allowedNames.includes(name);
    filled += isShown ? `/${given}` : `/${text}`;
    if (name !== undefined) id = isShown ? decoded(given) : undefined;
    if (isShown) (params ??= {})[name] = id ?? '';
  }
  return at === pattern.length ? { path: filled, params, id } : plain;
}

interface Segment {
  readonly text: string;
  /** Of a segment that is a parameter. */
  readonly name: string | undefined;
}

/**
 * Patterns are read once. An application has some hundred; where it mounts by a regular expression, clients choose their texts: so many and so long are
 * kept, some MB at the worst.
 */
const patterns = new Map<string, readonly Segment[]>();
const PATTERNS_MAX = 500;
const PATTERN_CHARS_MAX = 256;

function segmentsOf(route: string): readonly Segment[] {
  const known = patterns.get(route);
  if (known !== undefined) return known;
  const texts = route.split('/').filter((text) => text !== '');
  const segments = texts.map((text) => ({ text, name: PARAMETER.exec(text)?.[1] }));
  if (route.length > PATTERN_CHARS_MAX) return segments;
  if (patterns.size >= PATTERNS_MAX) patterns.clear();
  patterns.set(route, segments);
  return segments;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text).slice(0, TEXT_CHARS_MAX);
  } catch {
    return text.slice(0, TEXT_CHARS_MAX);
  }
}

/** A segment that is a parameter and nothing else: `:id`, `:id(\\d+)`, `:id{[0-9]+}`, `:id?`. */
const PARAMETER = /^:(\w+)(?:\([^/]*\)|\{[^/]*\})?\??$/;

/** Values of allowed query parameters. */
export function allowed(req: IncomingMessage, names: readonly string[] | undefined): Readonly<Record<string, string>> | undefined {
  if (names === undefined || names.length === 0) return undefined;
  const url = urlOf(req);
  const at = url.indexOf('?');
  if (at < 0) return undefined;
  const query = new URLSearchParams(url.slice(at + 1));
  const found: Record<string, string> = {};
  for (const name of names.slice(0, LIST_ITEMS_MAX)) {
    const value = query.get(name);
    if (value !== null) found[name] = value.slice(0, TEXT_CHARS_MAX);
  }
  return Object.keys(found).length === 0 ? undefined : found;
}

/** A text, cut: whole characters, so that what remains is Unicode. */
export function cut(text: string | undefined, max: number): string | undefined {
  if (text === undefined || text === '') return undefined;
  return text.length > max ? `${text.slice(0, max).replace(/[\ud800-\udbff]$/, '')}…` : text;
}
