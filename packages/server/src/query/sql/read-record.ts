import { hash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { clientAddress } from '../../base/client-address.ts';
import type { Principal } from '../../base/types.ts';
import type { SqlDeps } from './deps.ts';

/** An entry holds 65,535 bytes; of a longer query the head is kept, with the length and the hash of the whole. */
const TEXT_CHARS_MAX = 12_000;
const HEADER_CHARS_MAX = 400;
const REASON_CHARS_MAX = 1000;

export interface ReadOutcome {
  readonly outcome: 'success' | 'failure' | 'denied';
  readonly durationMs: number;
  readonly rows?: number | undefined;
  readonly bytes?: number | undefined;
  readonly statusCode?: number | undefined;
  readonly reason?: string | undefined;
}

/** The two ledger entries of a read: what was asked, before anything is answered; how it ended, after. A refused one has the second only. */
export interface ReadRecord {
  /** Whether a page repeats by itself what is on record: then it is counted, and neither entry is made. */
  repeats(tables: readonly string[]): boolean;
  asked(tables: readonly string[]): Promise<unknown>;
  ended(tables: readonly string[], outcome: ReadOutcome): Promise<unknown>;
}

export function readRecord(
  deps: SqlDeps,
  request: FastifyRequest,
  principal: Principal,
  query: { readonly text: string; readonly id: string; readonly parameters?: string },
): ReadRecord {
  const common = {
    user_id: principal.name,
    actor_type: 'user',
    credential_id: principal.tokenId,
    action: 'query',
    protocol: 'clickhouse-http',
    method: request.method,
    request_id: query.id,
    query_hash: hash('sha256', query.text, 'hex'),
    ip_address: clientAddress(request.ip),
    ...optional('user_agent', request.headers['user-agent']?.slice(0, HEADER_CHARS_MAX)),
  };
  const text = keptText(deps.redact(query.text));
  return {
    repeats: (tables) => deps.repeats(request, { question: `sql ${query.text} ${query.parameters}`, resource: resourceOf(tables) }),
    asked: (tables) =>
      deps.record('daybook.read', {
        ...common,
        event_type: 'sql.query',
        resource: resourceOf(tables),
        query_text: text,
        outcome: 'unknown',
      }),
    ended: (tables, outcome) =>
      deps.record('daybook.read', {
        ...common,
        event_type: outcome.outcome === 'denied' ? 'sql.refused' : 'sql.result',
        resource: resourceOf(tables),
        ...(outcome.outcome === 'denied' ? optional('query_text', text) : {}),
        outcome: outcome.outcome,
        duration_ms: outcome.durationMs,
        ...optional('row_count', outcome.rows),
        ...optional('bytes_out', outcome.bytes),
        ...optional('status_code', outcome.statusCode === undefined ? undefined : String(outcome.statusCode)),
        ...optional('reason', outcome.reason === undefined ? undefined : head(deps.redact(outcome.reason), REASON_CHARS_MAX)),
      }),
  };
}

function resourceOf(tables: readonly string[]): string {
  if (tables.includes('access_logs')) return 'access_logs';
  return tables.length === 0 ? '/sql' : tables.join(', ').slice(0, REASON_CHARS_MAX);
}

function keptText(text: string): string {
  if (text.length <= TEXT_CHARS_MAX) return text;
  return `${head(text, TEXT_CHARS_MAX)}… [${text.length} characters; query_hash is of the whole]`;
}

/** The first characters, no surrogate pair cut in two. */
function head(text: string, chars: number): string {
  return text.slice(0, chars).replace(/[\ud800-\udbff]$/, '');
}

function optional<T>(name: string, value: T | undefined): Record<string, T> {
  return value === undefined || value === '' ? {} : { [name]: value };
}
