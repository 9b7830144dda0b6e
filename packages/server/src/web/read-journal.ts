import type { FastifyRequest } from 'fastify';
import { paused } from '../base/base.ts';
import { clientAddress } from '../base/client-address.ts';
import { mustHave } from '../base/assert.ts';
import type { Base, Principal } from '../base/types.ts';
import type { Ledger } from '../ledger/index.ts';

/**
 * The watchers are watched: who reads events is itself in the ledger. The intent is durable before the first byte leaves; when it can't be
 * recorded (the reserve is spent, the ledger has failed), the read is refused by the error of `ledger.record`.
 */
export interface ReadJournal {
  /** One read, one entry. Resolves when it is durable. */
  record(request: FastifyRequest, read: Read): Promise<void>;
  /**
   * Reads that come by the hundred (entry bundles of one log): the first makes an entry before the answer, the others are counted, and a
   * second entry tells their number and range when they have ceased.
   */
  fold(request: FastifyRequest, read: Read & { readonly n: number; readonly bytes: number }): Promise<void>;
  /** Ends what is folded: the last entries. */
  close(): Promise<void>;
}

export interface Read {
  /** `event.view`, `bundle.read`, `tail.start` … */
  readonly eventType: string;
  readonly action: 'read' | 'export' | 'query' | 'grant' | 'configure' | 'update' | 'execute';
  readonly resource: string;
  readonly resourceType: string;
  readonly rowCount?: number;
  readonly durationMs?: number;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** So long without another read, and the reading has ceased. */
const IDLE_MS = 30_000;
/** A reader that never ceases is told of at least hourly. */
const SPAN_MS = 3_600_000;
const SWEEP_MS = 5000;
/** Readers × logs; beyond it reads are recorded one by one. */
const FOLDS_MAX = 1000;
const USER_AGENT_CHARS_MAX = 300;

interface Fold {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly startedMs: number;
  lastMs: number;
  reads: number;
  bytes: number;
  first: number;
  last: number;
}

export function openReadJournal(base: Base, ledger: Ledger): ReadJournal {
  const folds = new Map<string, Fold>();
  const now = () => base.clock.monotonicMs();

  const end = async (key: string, fold: Fold) => {
    folds.delete(key);
    // One read is told by its first entry alone.
    if (fold.reads === 1) return;
    await ledger.record('daybook.read', {
      ...fold.fields,
      event_type: `${String(fold.fields['event_type'])}.end`,
      bytes_out: fold.bytes,
      duration_ms: Math.round(fold.lastMs - fold.startedMs),
      attributes: { reads: fold.reads, first: fold.first, last: fold.last },
    });
  };

  const endMany = async (due: (fold: Fold) => boolean) => {
    for (const [key, fold] of folds) {
      if (!due(fold)) continue;
      try {
        await end(key, fold);
      } catch (error) {
        // The first entry stands; only the count is lost, and why is in the ledger's own trouble.
        base.log.warn({ err: error, reads: fold.reads }, 'the end of a reading could not be recorded');
      }
    }
  };

  base.background('reader audit', async (signal) => {
    while (await paused(SWEEP_MS, signal)) await endMany((fold) => now() - fold.lastMs > IDLE_MS || now() - fold.startedMs > SPAN_MS);
  });

  return {
    async record(request, read) {
      await ledger.record('daybook.read', fieldsOf(request, read));
    },
    async fold(request, read) {
      const key = `${principalOf(request).tokenId} ${request.ip} ${read.resource}`;
      const fold = folds.get(key);
      // While appends are refused each read asks for its own entry: what the reserve can't hold is not read.
      if (fold !== undefined && ledger.health().ok) {
        fold.lastMs = now();
        fold.reads += 1;
        fold.bytes += read.bytes;
        fold.first = Math.min(fold.first, read.n);
        fold.last = Math.max(fold.last, read.n);
        return;
      }
      const fields = fieldsOf(request, read);
      await ledger.record('daybook.read', { ...fields, attributes: { ...read.attributes, first: read.n } });
      if (folds.size >= FOLDS_MAX || folds.has(key)) return;
      folds.set(key, { fields, startedMs: now(), lastMs: now(), reads: 1, bytes: read.bytes, first: read.n, last: read.n });
    },
    close: () => endMany(() => true),
  };
}

function principalOf(request: FastifyRequest): Principal {
  return mustHave(request.principal, 'the principal of a route that demands a permission');
}

function fieldsOf(request: FastifyRequest, read: Read): Record<string, unknown> {
  const principal = principalOf(request);
  const agent = request.headers['user-agent'];
  return {
    action: read.action,
    actor_type: 'user',
    credential_id: principal.tokenId,
    event_type: read.eventType,
    ip_address: clientAddress(request.ip),
    outcome: 'success',
    request_id: request.id,
    resource: read.resource,
    resource_type: read.resourceType,
    user_id: principal.name,
    ...(agent === undefined || agent === '' ? {} : { user_agent: agent.slice(0, USER_AGENT_CHARS_MAX) }),
    ...(read.rowCount === undefined ? {} : { row_count: read.rowCount }),
    ...(read.durationMs === undefined ? {} : { duration_ms: Math.round(read.durationMs) }),
    ...(read.attributes === undefined ? {} : { attributes: read.attributes }),
  };
}
