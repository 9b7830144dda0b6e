import { DaybookError } from '@daybook/protocol';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Base } from '../base/types.ts';
import type { Ledger, Receipt } from '../ledger/types.ts';
import { Admission, type Double, type Folded, type Step } from './admission.ts';
import type { Aside } from './aside.ts';
import type { LogBatch } from './batch.ts';
import { type CaptureLoss, recordLoss } from './capture-loss.ts';
import type { FoldGroup } from './folding.ts';
import type { IntakeMetrics } from './intake-metrics.ts';
import type { Memory } from './memory.ts';
import type { BodyReader, Reading } from './reading.ts';
import { STEP_BYTES } from './limits.ts';
import { notKept, type Rejected, replyOf } from './reply.ts';
import { shrinkEvent } from './shrink.ts';
import type { Intake, IntakeReply, IntakeRequest } from './types.ts';

export interface IntakeParts {
  readonly base: Pick<Base, 'log'>;
  readonly ledger: Ledger;
  readonly reader: BodyReader;
  readonly memory: Memory;
  readonly aside: Aside;
  readonly metrics: IntakeMetrics;
}

/** One log's part of a step on its way into the ledger. */
interface Appending {
  readonly log: number;
  readonly batch: LogBatch;
  /** Items that are counted in others of it. */
  readonly folded: readonly Folded[];
  /** Of what was kept. */
  groups: readonly FoldGroup[];
  readonly receipt: Promise<Receipt>;
}

/** Pieces of files that begin alike and go on differently: there are as many as a file was imported while it grew. */
const INSTANCES_MAX = 100;

/**
 * The way of a body: read and decide all of it in slices · move long fields to blobs · then, without a pause, look for doubles and hand each log its
 * events (a very large body in several such steps) · wait until they are durable · answer. Before a step nothing of it is kept; behind it nothing is lost.
 */
export class EventIntake implements Pick<Intake, 'accept' | 'close'> {
  readonly #parts: IntakeParts;
  /** Settles (never rejects) with each append that is on its way: whoever found a double of something not yet durable waits for them. */
  readonly #open = new Set<Promise<void>>();

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  async accept(request: IntakeRequest): Promise<IntakeReply> {
    const reading = await this.#parts.reader.read(request);
    await this.#shrink(reading);
    const kept = this.#refused(request, reading);
    const doubles: Double[] = [];
    const appends = await this.#append(reading, request.principal.name, doubles);
    const { receipts, folded } = await this.#receipts(appends, reading.rejected);
    const duplicates = await this.#duplicates(doubles, reading.rejected);
    await kept;
    const reply = replyOf(receipts, { folded, duplicates, rejected: reading.rejected });
    this.#count(reading, reply);
    if (folded.length > 0) this.#countFolded(request, appends);
    if (reply.accepted === 0 || request.wait === 'durable') return reply;
    return { ...reply, checkpoints: await this.#committed(receipts, request.signal) };
  }

  recordLoss(loss: CaptureLoss): Promise<void> {
    return recordLoss(this.#parts.ledger, loss);
  }

  counters(producer: string, instance: string): ReturnType<Intake['counters']> {
    return this.#parts.memory.dedupe.sequences.beginningWith(`${producer}/${instance}`, INSTANCES_MAX);
  }

  async close(): Promise<void> {
    await Promise.all(this.#open);
    await this.#parts.aside.close();
    await this.#parts.memory.write();
  }

  // ---- what does not fit an entry

  async #shrink(reading: Reading): Promise<void> {
    const { ledger, metrics } = this.#parts;
    const putBlob = (bytes: Buffer) => {
      metrics.blobs.inc();
      return ledger.putBlob(bytes);
    };
    for (const batch of reading.batches) {
      for (const place of batch.long) {
        // Each is as long as many events together.
        await yieldToOthers();
        const shrunk = await shrinkEvent(batch.event(place), putBlob);
        if (shrunk === undefined) {
          batch.skip.add(place);
          reading.rejected.push({ item: batch.items[place] ?? 0, code: 'item_too_large', field: '', message: TOO_LONG });
        } else {
          batch.replace(place, shrunk);
        }
      }
    }
  }

  // ---- into the ledger

  /** Hands each log its events: a request of the usual size in one go, a very large one in steps with pauses between them. */
  async #append(reading: Reading, producer: string, doubles: Double[]): Promise<Appending[]> {
    const appends: Appending[] = [];
    const { turn } = this.#parts.ledger;
    const { sequences } = this.#parts.memory.dedupe;
    // Behind one that is in the middle of its steps.
    while (turn.taken !== undefined) await turn.taken;
    let endTurn: (() => void) | undefined;
    sequences.hold();
    try {
      let bytes = 0;
      for (const [log, whole] of reading.batches.entries()) {
        for (let from = 0; from < whole.size; ) {
          if (bytes >= STEP_BYTES) {
            endTurn ??= turn.take();
            await yieldToOthers();
            bytes = 0;
          }
          const step = { log, whole, from, to: from, offset: 0, bytes };
          this.#step(step, { producer, doubles, appends });
          ({ to: from, bytes } = step);
        }
        // The ledger has its own copy from here on, or has refused.
        whole.release();
      }
    } finally {
      sequences.release();
      endTurn?.();
    }
    return appends;
  }

  /** One step: between the look-up of an item and its place in the ledger nothing else may come. */
  #step(step: Step, { producer, doubles, appends }: { producer: string; doubles: Double[]; appends: Appending[] }): void {
    const { ledger, memory, metrics } = this.#parts;
    const { dedupe } = memory;
    const { log, whole, from } = step;
    const name = ledger.logs[log] ?? '';
    const open = dedupe.open(log, ledger.state(name).size);
    const admission = new Admission({ dedupe, metrics, producer, open, doubles });
    admission.take(step);
    const batch = whole.kept(from, step.to);
    if (batch.size === 0) {
      dedupe.settle(open, 0);
      return;
    }
    const receipt = ledger.append(name, batch);
    this.#track(
      receipt.then(
        ({ firstIdx }) => dedupe.settle(open, firstIdx),
        () => dedupe.fail(open),
      ),
    );
    appends.push({ log, batch, folded: admission.folded, groups: admission.groups, receipt });
  }

  #track(settled: Promise<void>): void {
    this.#open.add(settled);
    void settled.finally(() => this.#open.delete(settled));
  }

  /** Waits for all appends. What could not be kept is told item by item, unless nothing at all was kept: then the request failed. */
  async #receipts(
    appends: readonly Appending[],
    rejected: Rejected[],
  ): Promise<{ readonly receipts: Receipt[]; readonly folded: IntakeReply['duplicates'][number][] }> {
    const results = await Promise.allSettled(appends.map(({ receipt }) => receipt));
    const receipts = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const folded: IntakeReply['duplicates'][number][] = [];
    for (const [i, result] of results.entries()) {
      const append = appends[i];
      if (append === undefined) continue;
      if (result.status === 'fulfilled') {
        const { log, firstIdx } = result.value;
        for (const { item, offset } of append.folded) folded.push({ item, log, idx: firstIdx + offset });
        continue;
      }
      const error: unknown = result.reason;
      if (receipts.length === 0 || !(error instanceof DaybookError)) throw error;
      append.groups = [];
      for (const item of [...append.batch.items, ...append.folded.map((one) => one.item)]) rejected.push(notKept(item, error.code));
    }
    return { receipts, folded };
  }

  /** The places of first copies. Those that were on their way when their double came have settled or failed by now. */
  async #duplicates(doubles: readonly Double[], rejected: Rejected[]): Promise<IntakeReply['duplicates'][number][]> {
    if (doubles.length === 0) return [];
    await Promise.all(this.#open);
    const { ledger, memory } = this.#parts;
    const duplicates: IntakeReply['duplicates'][number][] = [];
    for (const { item, log, first } of doubles) {
      const state = memory.dedupe.stateOf(first);
      if (state.kept) duplicates.push({ item, log: ledger.logs[state.place?.log ?? log] ?? '', idx: state.place?.idx ?? null });
      else rejected.push(notKept(item, 'ledger_unavailable'));
    }
    return duplicates;
  }

  async #committed(receipts: readonly Receipt[], signal: AbortSignal): Promise<Record<string, string>> {
    const checkpoints: Record<string, string> = {};
    for (const { log, lastIdx } of receipts) {
      try {
        checkpoints[log] = await this.#parts.ledger.committed(log, lastIdx + 1, signal);
      } catch (error) {
        // The events are durable whatever becomes of the wait: the reply must not say otherwise.
        this.#parts.base.log.warn({ err: error, log }, 'a checkpoint was waited for in vain');
      }
    }
    return checkpoints;
  }

  // ---- what was told

  async #refused({ principal, fromQuarantine }: IntakeRequest, reading: Reading): Promise<void> {
    if (fromQuarantine !== true) await this.#parts.aside.refused(principal.name, reading.quarantine, reading.unparseable);
  }

  #count(reading: Reading, reply: IntakeReply): void {
    const { metrics } = this.#parts;
    const folded = reply.folded?.length ?? 0;
    metrics.items.inc({ result: 'accepted' }, reply.accepted - folded);
    if (folded > 0) metrics.items.inc({ result: 'folded' }, folded);
    if (reply.duplicates.length > 0) metrics.items.inc({ result: 'duplicate' }, reply.duplicates.length);
    if (reading.conflicts > 0) metrics.aliasConflicts.inc(reading.conflicts);
    if (reading.redacted > 0) metrics.redacted.inc(reading.redacted);
    if (reply.rejected.length > 0) metrics.items.inc({ result: 'rejected' }, reply.rejected.length);
    const codes = new Map<string, number>();
    for (const { code } of reply.rejected) codes.set(code, (codes.get(code) ?? 0) + 1);
    for (const [code, count] of codes) metrics.rejected.inc({ code }, count);
  }

  #countFolded({ envelope }: IntakeRequest, appends: readonly Appending[]): void {
    const { metrics, aside } = this.#parts;
    const groups = appends.flatMap((append) => append.groups);
    for (const { key, count } of groups) metrics.folded.inc({ rule: key.rule }, count - 1);
    aside.folded(groups, envelope !== undefined);
  }
}

const TOO_LONG = 'The event is longer than an entry, and no field of it can move to a blob.';
