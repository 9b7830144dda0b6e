import { hash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { mustHave } from '../../base/assert.ts';
import { clientAddress } from '../../base/client-address.ts';
import type { Base } from '../../base/types.ts';
import type { Ledger } from '../../ledger/types.ts';

const USER_AGENT_CHARS_MAX = 300;
/** Far longer than a person's filter; an entry holds 65,535 bytes. `query_hash` is of the whole. */
const QUESTION_CHARS_MAX = 12_000;

export interface Ending {
  readonly failed: boolean;
  /** Undefined where the format does not tell. */
  readonly rows: number | undefined;
  readonly durationMs: number;
  readonly bytes?: number;
  /** Why it failed: a code of ours. */
  readonly reason?: string;
}

/** The two ledger entries of a read: what was asked, before anything leaves; how it ended. */
export interface Journal {
  asked(): Promise<unknown>;
  /** Follows the answer, which does not wait for it: who asked for what stands already. */
  ended(ending: Ending): void;
}

export interface ChangeJournal {
  /** The only entry of a change that is made as soon as it is durable who makes it. */
  changes(): Promise<unknown>;
}

export interface JournalWords {
  /** Event types of the two entries. */
  readonly asked: string;
  readonly ended: string;
  readonly action: 'query' | 'export' | 'delete';
  /** What was asked, where it is not the query string: a body, say. */
  readonly question?: unknown;
  /** The export that this is about, by its id. */
  readonly export?: string;
}

interface JournalOptions {
  readonly base: Pick<Base, 'log'>;
  readonly ledger: Pick<Ledger, 'record'>;
  /** What policy removes from texts before they are kept. */
  readonly redact: (text: string) => string;
}

/** The question is the query string, as it was split, unless the words say otherwise. */
export function journalOf({ base, ledger, redact }: JournalOptions, request: FastifyRequest, words: JournalWords): Journal & ChangeJournal {
  const principal = mustHave(request.principal, 'the principal of a route with a permission');
  const agent = request.headers['user-agent'];
  const question = redact(JSON.stringify(words.question ?? request.query));
  const common = {
    action: words.action,
    actor_type: 'user',
    credential_id: principal.tokenId,
    ip_address: clientAddress(request.ip),
    method: request.method,
    query_hash: hash('sha256', question, 'hex'),
    request_id: request.id,
    resource: 'access_logs',
    resource_type: 'table',
    user_id: principal.name,
    ...(words.export === undefined ? {} : { attributes: { export: words.export } }),
    ...(agent === undefined || agent === '' ? {} : { user_agent: agent.slice(0, USER_AGENT_CHARS_MAX) }),
  };
  const query_text = question.slice(0, QUESTION_CHARS_MAX).replace(/[\ud800-\udbff]$/, '');
  return {
    asked: () => ledger.record('daybook.read', { ...common, event_type: words.asked, outcome: 'unknown', query_text }),
    changes: () => ledger.record('daybook.read', { ...common, event_type: words.asked, outcome: 'success', query_text }),
    ended: ({ failed, rows, durationMs, bytes, reason }) => {
      const ending = {
        ...common,
        event_type: words.ended,
        outcome: failed ? 'failure' : 'success',
        ...(rows === undefined ? {} : { row_count: rows }),
        duration_ms: Math.round(durationMs * 1000) / 1000,
        ...(bytes === undefined ? {} : { bytes_out: bytes }),
        ...(reason === undefined ? {} : { reason }),
      };
      ledger.record('daybook.read', ending).catch((error: unknown) => {
        // The answer has left, or will not leave: there is nothing to take back.
        base.log.error({ err: error, request: request.id }, 'the end of a reading could not be recorded');
      });
    },
  };
}
