import type { IncomingHttpHeaders } from 'node:http';
import { type Json, type JsonObject } from '@daybook/protocol';

/** One body that a webhook delivered. */
export interface Delivery {
  readonly headers: IncomingHttpHeaders;
  readonly body: Json;
}

/** What an item of a delivery is: an event's fields, known noise by its code, or nothing that is understood. */
export type Verdict =
  | { readonly kind: 'event'; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly kind: 'noise'; readonly code: string }
  | { readonly kind: 'quarantine'; readonly code: string; readonly reason: string };

export const eventOf = (fields: Readonly<Record<string, unknown>>): Verdict => ({ kind: 'event', fields: present(fields) });
export const noiseOf = (code: string): Verdict => ({ kind: 'noise', code });
export const asideOf = (code: string, reason: string): Verdict => ({ kind: 'quarantine', code, reason });

/** Without what is absent: undefined, null, empty texts. */
export function present(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== ''));
}

export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What stands at the end of a path; undefined when there is none. */
export function at(value: Json | undefined, ...steps: readonly string[]): Json | undefined {
  let found = value;
  for (const step of steps) {
    if (Array.isArray(found)) found = /^\d{1,6}$/.test(step) ? found[Number(step)] : undefined;
    else if (isObject(found)) found = Object.hasOwn(found, step) ? found[step] : undefined;
    else return undefined;
  }
  return found;
}

/** The text of a scalar at a path. */
export function textAt(value: Json | undefined, ...steps: readonly string[]): string | undefined {
  const found = at(value, ...steps);
  if (typeof found === 'string') return found === '' ? undefined : found;
  return typeof found === 'number' || typeof found === 'boolean' ? String(found) : undefined;
}

/** The first of several texts that is there. */
export function firstText(...texts: readonly (string | undefined)[]): string | undefined {
  return texts.find((text) => text !== undefined && text !== '');
}
