import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { CliError } from '../cli-error.ts';
import { type Change, CHANGE_COLUMNS } from './change-event.ts';
import { inTransaction } from './database.ts';

/** Rows of a request, and bytes of their images: a request is read, held and sent at once. A row has at most 256 KiB of them. */
const BATCH_ROWS_MAX = 1000;
const BATCH_BYTES_MAX = 4 * 1024 * 1024;

/** What was claimed, and not yet answered for. */
export interface Claimed {
  /** The producer instance without the producer's name. */
  readonly instance: string;
  readonly ids: readonly string[];
  readonly changes: readonly Change[];
}

interface State {
  readonly instance: string | null;
  readonly origin: string | null;
  readonly producer: string | null;
  readonly claimed: readonly string[];
  readonly now: string;
}

/**
 * The outbox as its delivery sees it: claim · send · settle.
 *
 * `claim` numbers rows that are committed and visible, and writes the numbers down before anything is sent. So a row that becomes visible late (its
 * transaction was longer than those of higher ids) is simply numbered later: no place is passed, and nothing has to wait for the slowest
 * transaction. Changes of one row stay in order: the second can only be made, and gets its id, when the first is committed.
 *
 * Killed before the claim is committed: nothing happened. Behind it, before or after the request: the same rows are found as claimed and sent under the
 * same numbers, and the server drops those that it has. Behind `settle`: they are gone. Two deliveries at a time do no harm: they send the same.
 */
export class Outbox {
  readonly #client: Client;
  /** The token's name. */
  readonly #producer: string;

  constructor(client: Client, producer: string) {
    this.#client = client;
    this.#producer = producer;
  }

  /** The batch that is to be sent next; undefined when the outbox is empty. */
  async claim(): Promise<Claimed | undefined> {
    // Most looks find nothing, and should cost the database next to nothing: no lock, no transaction number.
    const { rowCount } = await this.#client.query('select from daybook.outbox order by id limit 1');
    if (rowCount === 0) return undefined;
    const state = await inTransaction(this.#client, () => this.#claimed());
    if (state.ids.length === 0) return undefined;
    const { rows } = await this.#client.query<Change>(
      `select d.outbox || '/' || o.id as event_id, (d.first_sseq + c.n - 1)::text as sseq, ${CHANGE_COLUMNS}
        from daybook.delivery d, unnest(d.claimed) with ordinality c(id, n) join daybook.outbox o on o.id = c.id
        where d.claimed = $1::bigint[] order by c.n`,
      [state.ids],
    );
    return { ...state, changes: rows };
  }

  /** The server has decided on all of the batch: it leaves the outbox, what was refused with its reason. */
  async settle({ ids }: Claimed, refused: readonly Refused[]): Promise<void> {
    await inTransaction(this.#client, async () => {
      for (const { id, code, message } of refused)
        await this.#client.query(
          `insert into daybook.refused (id, code, message, change)
            select id, $2, $3, to_jsonb(o) from daybook.outbox o where id = $1 on conflict do nothing`,
          [id, code, message],
        );
      await this.#client.query('delete from daybook.outbox where id = any($1::bigint[])', [ids]);
      await this.#client.query("update daybook.delivery set claimed = '{}' where claimed = $1::bigint[]", [ids]);
    });
  }

  async #claimed(): Promise<{ readonly instance: string; readonly ids: readonly string[] }> {
    // What is numbered must be on disk before it is sent, whatever the database is set to.
    await this.#client.query("select set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') = 'off'");
    const { rows } = await this.#client.query<State>(
      `select instance, origin, producer, claimed::text[] as claimed, ${ORIGIN} as now from daybook.delivery for update`,
    );
    const state = rows[0];
    if (state === undefined) throw new CliError('The table daybook.delivery is empty: its one row was removed.', { code: 'postgres' });
    if (state.claimed.length > 0) return this.#again(state);
    // Counted on where it was left; anew under another name where this may be a copy, or an older state, of the database that counted. Another
    // producer's numbers would look like a gap.
    const known = state.instance !== null && state.origin === state.now && state.producer === this.#producer;
    const instance = known ? (state.instance ?? '') : `pg-${randomBytes(8).toString('hex')}`;
    if (!known)
      await this.#client.query('update daybook.delivery set instance = $1, origin = $2, producer = $3, next_sseq = 1', [
        instance,
        state.now,
        this.#producer,
      ]);
    return { instance, ids: await this.#number() };
  }

  #again({ instance, producer, claimed }: State): { readonly instance: string; readonly ids: readonly string[] } {
    if (producer === this.#producer) return { instance: instance ?? '', ids: claimed };
    // Under another producer's name the server would not know what it has.
    throw new CliError(`A batch is on its way as ${producer}, and this token is of ${this.#producer}.`, {
      code: 'other_producer',
      advice: `Run once with a token of ${producer}; then the other is taken.`,
    });
  }

  async #number(): Promise<readonly string[]> {
    const { rows } = await this.#client.query<{ ids: readonly string[] }>(
      `with head as (select id, coalesce(octet_length(row_before::text), 0) + coalesce(octet_length(row_after::text), 0) as bytes
          from daybook.outbox order by id limit ${BATCH_ROWS_MAX}),
        fitting as (select id from (select id, sum(bytes) over (order by id) as total from head) s where total <= ${BATCH_BYTES_MAX}),
        ids as (select coalesce(array_agg(id order by id), '{}') as ids from fitting)
      update daybook.delivery set claimed = ids.ids, first_sseq = next_sseq, next_sseq = next_sseq + cardinality(ids.ids)
        from ids where cardinality(ids.ids) > 0 returning ids.ids::text[] as ids`,
    );
    return rows[0]?.ids ?? [];
  }
}

export interface Refused {
  readonly id: string;
  readonly code: string;
  readonly message: string;
}

/**
 * Names the very state that counts. A database that was restored from a snapshot, a backup or a dump, promoted or cloned would count on from an older
 * number, or beside its original: the same numbers for other rows, which the server would drop as doubles. Each of these has another
 * server start, database or table. A plain restart has, too: that costs a new instance, and no more.
 */
const ORIGIN = `concat_ws('/', pg_postmaster_start_time()::text, (select oid from pg_database where datname = current_database()), 'daybook.outbox'::regclass::oid)`;
