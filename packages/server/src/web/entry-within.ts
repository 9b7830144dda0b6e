import { DaybookError, parseJson } from '@daybook/protocol';
import type { FastifyRequest } from 'fastify';
import { mustHave } from '../base/assert.ts';
import { isRecord } from '../base/json.ts';
import type { Scope } from '../base/policy.ts';
import { inScope, masked } from '../base/scope.ts';

/** Members around the event that a masked view keeps: neither the nonce nor the original line, which holds all. */
const FRAME_SHOWN = ['kind', 'rt', 'src', 'sseq', 'v'];

export function scopeOf(request: FastifyRequest): Scope | null {
  return mustHave(request.principal, 'the principal of a route that demands a permission').scope;
}

/** The text of an entry as someone with this scope may see it; an entry outside is not there. */
export function entryWithin(scope: Scope | null, entry: Buffer): string {
  const text = entry.toString('utf8');
  if (scope === null) return text;
  const parsed: unknown = parseJson(text);
  const event = isRecord(parsed) ? parsed['event'] : undefined;
  if (!isRecord(parsed) || !isRecord(event) || !inScope(scope, parsed['kind'], event))
    throw new DaybookError('not_found', 'There is no such entry in your scope.', { field: 'idx' });
  if (scope.masks.length === 0) return text;
  const frame = FRAME_SHOWN.filter((name) => parsed[name] !== undefined).map((name) => [name, parsed[name]] as const);
  return JSON.stringify({ event: masked(scope, event), ...Object.fromEntries(frame) });
}
