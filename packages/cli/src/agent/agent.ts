import { setTimeout as pause } from 'node:timers/promises';
import { listOf, parseRecord, recordOf, textOf } from '@daybook/protocol';
import { CliError } from '../cli-error.ts';
import { putAside, tellCounts } from '../import/aside.ts';
import { persist, sendBatch, type SendOptions, textOfAnswer } from '../import/send.ts';
import { Batch, Counts } from './batch.ts';
import type { AgentConfig } from './config.ts';
import { Follow } from './follow.ts';
import type { HttpsClient } from './https-client.ts';
import type { Positions } from './positions.ts';
import type { Tail, Taken } from './tail.ts';

/** How often is looked whether a file has grown, and which files there are. */
const POLL_MS = 400;
const SCAN_MS = 1000;
/** How often positions are written: what was sent since is sent again after a kill, and known by its ids. */
const SAVE_MS = 1000;
/** A record that waits for its next part for so long is given out as it is. */
const FLUSH_MS = 5000;
/** Counts of what is no event. */
const COUNTS_MS = 60_000;
/** A server that refuses for good may be set right by its operator: it is asked again. */
const REFUSED_WAIT_MS = 20_000;
/**
 * Events that may be sent while positions can't be written: the server knows the newest five million ids of all producers. Beyond it nothing is read
 * until the disk has room.
 */
const UNSAVED_MAX = 500_000;
/** A request that is on its way when the agent is stopped may take so long; systemd kills later. */
const STOP_MS = 5000;
/** A line in the log that says the same as the last is not written more often. */
const SAID_MS = 60_000;

export interface AgentParts {
  readonly config: AgentConfig;
  readonly client: HttpsClient;
  readonly positions: Positions;
  readonly log: (message: string) => void;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}

/** Follows the files and sends what comes: read while the last request is on its way, kept in position when the server has it. */
export class Agent {
  readonly #parts: AgentParts;
  readonly #follow: Follow;
  readonly #counts = new Counts();
  #options: SendOptions;
  /** Ends what runs. Requests that are on their way have STOP_MS more, so that what is sent is known to be. */
  readonly #stop = new AbortController();
  readonly #hard = new AbortController();
  #sending: Promise<void> | undefined;
  #unsaved = 0;
  #said = new Map<string, number>();
  sent = 0;
  rejected = 0;

  constructor(parts: AgentParts) {
    this.#parts = parts;
    this.#follow = new Follow(parts);
    this.#options = {
      client: parts.client,
      producer: '',
      channel: 'agent',
      gzip: !/^https?:\/\/(?:localhost|127\.[\d.]+|\[::1\])(?::|$)/.test(parts.config.url),
      signal: this.#hard.signal,
      attemptsMax: Infinity,
      waiting: (seconds, reason) => this.#say('waiting', `waiting ${Math.ceil(seconds)} s: ${reason}`),
    };
  }

  /** Until the signal; with `once`, until everything that is there is on the server. */
  async run(once: boolean): Promise<void> {
    const { signal } = this.#parts;
    const stop = () => this.#stop.abort();
    signal.addEventListener('abort', stop, { once: true });
    try {
      await this.#whoami();
      await this.#follow.scan();
      const beside = Promise.all([once ? undefined : this.#scans(), this.#saves()]);
      await Promise.race([this.#work(once), beside]);
      stop();
      await beside;
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      stop();
      signal.removeEventListener('abort', stop);
      await this.#close();
    }
  }

  async #work(once: boolean): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const batch = await this.#collect();
      if (batch !== undefined) await this.#send(batch);
      else if (!once) await this.#wait(POLL_MS);
      else if (this.#unsaved <= UNSAVED_MAX) return this.#finish();
      else await this.#wait(SAVE_MS);
    }
  }

  // ---- what is read

  async #collect(): Promise<Batch | undefined> {
    const { nowMs } = this.#parts;
    const batch = new Batch(this.#counts);
    if (this.#unsaved > UNSAVED_MAX) return undefined;
    for (let more = true; more; ) {
      more = false;
      for (const tail of this.#follow.open()) {
        const taken = (await tail.take(nowMs())) ?? this.#resting(tail);
        if (taken === undefined) continue;
        more = true;
        batch.put(taken);
        if (batch.isFull) return batch;
      }
    }
    return batch.taken.length === 0 ? undefined : batch;
  }

  /** A file with nothing new: what it still holds back, when it has waited long enough or will not go on. */
  #resting(tail: Tail): Taken | undefined {
    if (tail.ended) {
      const last = tail.record.done ? tail.flush() : tail.end();
      // A packed file is read once.
      if (!tail.record.done) this.#ended.add(tail);
      this.#follow.drop(tail);
      return last;
    }
    return this.#parts.nowMs() - tail.quietSinceMs < FLUSH_MS ? undefined : tail.flush();
  }
  /** Packed files whose last records are on their way. */
  readonly #ended = new Set<Tail>();

  // ---- what is sent

  /** Waits for the batch before; then this one is on its way. */
  async #send(batch: Batch): Promise<void> {
    await this.#sending;
    this.#sending = this.#deliver(batch);
    // Its failure is met where it is awaited.
    this.#sending.catch(() => undefined);
  }

  async #deliver({ lines, quarantine, taken }: Batch): Promise<void> {
    await this.#saved(() => this.#parts.positions.saveIdentities());
    if (quarantine.length > 0) await this.#insist(() => putAside(quarantine, this.#options));
    if (lines.length > 0) {
      const body = Buffer.from(lines.join('\n'));
      const reply = await this.#insist(() => sendBatch({ body, instance: 'agent' }, this.#options));
      this.sent += reply.accepted + reply.duplicates;
      this.rejected += reply.rejected.length;
      for (const { code, field, message } of reply.rejected.slice(0, 1))
        this.#say(`rejected ${code}`, `the server refused ${reply.rejected.length} events: ${code} ${field}: ${message}`);
    }
    for (const { tail, mark } of taken) {
      tail.keep(mark);
      if (this.#ended.delete(tail)) tail.record.done = true;
    }
    this.#unsaved += lines.length;
    this.#parts.positions.changed();
  }

  /** What the server refuses for good is said, and asked again: the files keep it meanwhile. */
  async #insist<T>(act: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await act();
      } catch (error) {
        if (this.#stop.signal.aborted || !(error instanceof CliError)) throw error;
        this.#say(`refused ${error.code}`, `${error.message}; asked again every ${REFUSED_WAIT_MS / 1000} s`);
        await pause(REFUSED_WAIT_MS, undefined, { signal: this.#stop.signal });
      }
    }
  }

  /** Who the token is; and that it may speak for each source, which would else be refused event by event. */
  async #whoami(): Promise<void> {
    const { client, config } = this.#parts;
    const { signal } = this.#stop;
    const ask = async () => parseRecord(await textOfAnswer(await client.open('GET', '/v1/whoami', { signal })));
    const who = await this.#insist(() => persist(ask, { ...this.#options, signal }));
    const { name, sources } = recordOf(who);
    this.#options = { ...this.#options, producer: textOf(name) };
    const missing = Array.isArray(sources) ? config.sources.find((one) => !listOf(sources).includes(one.name)) : undefined;
    if (missing !== undefined)
      throw new CliError(`The token ${textOf(name)} may not speak for the source ${missing.name}.`, {
        code: 'source_not_owned',
        advice: `Make a token by: daybook token create --role producer --name ${textOf(name)} --source ${missing.name}`,
      });
  }

  // ---- beside it

  async #scans(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#wait(SCAN_MS);
      if (signal.aborted) return;
      await this.#follow.scan();
      this.#follow.park();
    }
  }

  async #saves(): Promise<void> {
    let countedMs = this.#parts.nowMs();
    while (!this.#stop.signal.aborted) {
      await this.#wait(SAVE_MS);
      await this.#save();
      if (this.#parts.nowMs() - countedMs < COUNTS_MS) continue;
      countedMs = this.#parts.nowMs();
      await this.#tellCounts().catch((error: unknown) => this.#say('counts', `counts were not told: ${String(error)}`));
    }
  }

  async #save(): Promise<void> {
    const unsaved = this.#unsaved;
    if (await this.#saved(() => this.#parts.positions.save())) this.#unsaved -= unsaved;
  }

  /** A full disk does not stop the sending: what is sent then is known to the server, as long as this program is not killed. */
  async #saved(save: () => Promise<void>): Promise<boolean> {
    try {
      await save();
      return true;
    } catch (error) {
      this.#say('positions', `positions can't be written: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  }

  async #tellCounts(): Promise<void> {
    const lines = this.#counts.taken();
    if (lines.length > 0) await tellCounts(lines, { ...this.#options, attemptsMax: 3 });
  }

  /** `once`: the last batch, then what formats hold back, which nothing will complete. */
  async #finish(): Promise<void> {
    const batch = new Batch(this.#counts);
    for (const tail of this.#follow.tails.values()) {
      const taken = tail.flush();
      if (taken !== undefined) batch.put(taken);
    }
    await this.#send(batch);
    await this.#sending;
    await this.#tellCounts();
  }

  async #close(): Promise<void> {
    const late = setTimeout(() => this.#hard.abort(), STOP_MS);
    await this.#sending?.catch(() => undefined);
    clearTimeout(late);
    this.#hard.abort();
    await this.#save();
    for (const tail of this.#follow.tails.values()) tail.close();
    this.#parts.client.close();
  }

  async #wait(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }

  #say(kind: string, message: string): void {
    const now = this.#parts.nowMs();
    if (now - (this.#said.get(kind) ?? -Infinity) < SAID_MS) return;
    this.#said.set(kind, now);
    this.#parts.log(message);
  }
}
