import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'pg';
import { CliError } from '../cli-error.ts';
import { type ImportReply, sendBatch, type SendOptions } from '../import/send.ts';
import { changeLine } from './change-event.ts';
import { databaseError, openDatabase } from './database.ts';
import { type Claimed, Outbox, type Refused } from './outbox.ts';
import { CHANNEL } from './outbox-sql.ts';

/** Where nothing notifies (a pooler between, `--no-notify`): how often the outbox is looked at. */
const POLL_MS = 2000;
/** After a failure: longer each time, so that a database or server that comes back is not run over. */
const WAIT_MS_MIN = 200;
const WAIT_MS_MAX = 20_000;

/** A database that has vanished from the network: its statements are short, and the longest reads a thousand rows. */
const QUERY_MS = 60_000;

export interface DeliverParts {
  readonly url: string;
  /** Asks the server who we are, and gives what requests are sent with. */
  readonly openServer: () => Promise<SendOptions>;
  readonly source: string;
  readonly signal: AbortSignal;
  readonly log: (message: string) => void;
}

/** From a connection to its end. */
interface Session {
  readonly client: Client;
  readonly outbox: Outbox;
  readonly send: SendOptions;
  readonly source: string;
  readonly database: string;
}

/** Brings the outbox of one database to the server: until it is empty (`once`), or until the signal. */
export class Deliver {
  readonly #parts: DeliverParts;
  #failures = 0;
  sent = 0;
  refused = 0;

  constructor(parts: DeliverParts) {
    this.#parts = parts;
  }

  async once(): Promise<void> {
    await this.#connected((session) => this.#drain(session));
  }

  /** A failure of either side ends the connection; after a while all begins anew at what was claimed. */
  async follow(): Promise<void> {
    const { signal, log } = this.#parts;
    while (!signal.aborted) {
      try {
        await this.#connected((session) => this.#follow(session));
      } catch (error) {
        if (signal.aborted) return;
        const ms = Math.min(WAIT_MS_MAX, WAIT_MS_MIN * 2 ** Math.min(this.#failures++, 10)) * (randomInt(50, 101) / 100);
        const why = error instanceof Error ? error.message : String(error);
        log(`${why.replace(/\.$/, '')}; tried again in ${(ms / 1000).toFixed(1)} s`);
        await pause(ms, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #connected(act: (session: Session) => Promise<void>): Promise<void> {
    const { url, openServer, source, signal } = this.#parts;
    const send = await openServer();
    const client = await openDatabase(url, { queryMs: QUERY_MS });
    // The signal ends what waits; a statement on its way is over in a moment.
    try {
      const { rows } = await client.query<{ name: string }>('select current_database() as name');
      await act({ client, outbox: new Outbox(client, send.producer), send, source, database: rows[0]?.name ?? '' });
    } catch (error) {
      if (!signal.aborted) throw databaseError(error);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  async #follow(session: Session): Promise<void> {
    const { signal } = this.#parts;
    const { client } = session;
    const bell = new Bell(client, signal);
    await client.query(`listen ${CHANNEL}`);
    while (!signal.aborted) {
      bell.clear();
      await this.#drain(session);
      await bell.rings(POLL_MS);
    }
  }

  async #drain(session: Session): Promise<void> {
    const { signal } = this.#parts;
    const { outbox } = session;
    while (!signal.aborted) {
      const claimed = await outbox.claim();
      if (claimed === undefined) return;
      await outbox.settle(claimed, claimed.changes.length === 0 ? [] : await this.#send(claimed, session));
      this.#failures = 0;
    }
  }

  /** Resolves when the server has decided on each: what it has refused for good. */
  async #send({ instance, changes }: Claimed, { send, source, database }: Session): Promise<readonly Refused[]> {
    const origin = { src: `${send.producer}/${instance}`, source, database };
    const body = Buffer.from(changes.map((change) => changeLine(change, origin)).join('\n'));
    const reply = await sendBatch({ body }, send);
    mustAccountFor(reply, changes.length);
    this.sent += reply.accepted + reply.duplicates;
    this.refused += reply.rejected.length;
    for (const { code, field, message } of reply.rejected.slice(0, 1))
      this.#parts.log(`The server refused ${reply.rejected.length} changes, now in daybook.refused: ${code} ${field}: ${message}`);
    return reply.rejected.map(({ item, code, message }) => ({ id: changes[item]?.id ?? '', code, message }));
  }
}

/** Codes that say nothing against the event: of the server's state, or of the token. Nothing of the batch is given up for them. */
const NOT_THE_EVENTS: ReadonlySet<string> = new Set([
  'disk_full', 'ledger_unavailable', 'shutting_down', 'too_busy', 'internal', 'src_not_owned', 'source_not_owned', 'tenant_not_owned',
]); // biome-ignore format: a list

/** Only an answer that tells of every line says that they are kept. */
function mustAccountFor({ accepted, duplicates, rejected }: ImportReply, lines: number): void {
  const passing = rejected.find(({ code }) => NOT_THE_EVENTS.has(code));
  if (passing !== undefined) throw new CliError(`The server took not all: ${passing.message}`, { code: passing.code });
  const told = accepted + duplicates + rejected.length;
  if (told !== lines || rejected.some(({ item }) => !(item >= 0 && item < lines)))
    throw new CliError(`Of ${lines} changes the answer tells of ${told}.`, { code: 'bad_answer' });
}

/** Remembers that it rang, also while nobody waited. */
class Bell {
  readonly #signal: AbortSignal;
  #rang = false;
  #wake: (() => void) | undefined;

  constructor(client: Client, signal: AbortSignal) {
    this.#signal = signal;
    const ring = () => {
      this.#rang = true;
      this.#wake?.();
    };
    client.on('notification', ring);
    // A connection that broke is found out by the next statement, at once.
    client.on('error', ring);
    client.on('end', ring);
  }

  clear(): void {
    this.#rang = false;
  }

  async rings(ms: number): Promise<void> {
    if (this.#rang || this.#signal.aborted) return;
    const wake = new AbortController();
    this.#wake = () => wake.abort();
    await pause(ms, undefined, { signal: AbortSignal.any([this.#signal, wake.signal]) }).catch(() => undefined);
    this.#wake = undefined;
  }
}
