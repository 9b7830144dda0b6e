import path from 'node:path';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { canonicalise, type Json, type JsonObject, microsToText } from '@daybook/protocol';
import type { Base } from '../base/types.ts';
import { SLICE_BYTES, SLICE_ITEMS } from './limits.ts';
import type { Redaction } from './redact.ts';
import { isObject } from './values.ts';

/**
 * Items that were understood as JSON but refused: kept, redacted, with the reason, so that they can be repaired and sent again. What could not be
 * parsed is only counted: nobody can say what of it is secret.
 *
 * One file a day, `ledger/quarantine/<UTC date>.ndjson`, one line per item.
 */
export interface Refused {
  readonly producer: string;
  readonly code: string;
  readonly field: string;
  readonly item: Json;
  /** The producer's counter of it, so that its gap in the ledger is explained. */
  readonly src?: string | undefined;
  readonly sseq?: number | undefined;
}

/** A producer that sends nothing but refused items must not fill the ledger's disk. Beyond: counted only. */
export const DAY_BYTES_MAX = 64 * 1024 * 1024;
/** Longer items are told without their content. */
export const LINE_BYTES_MAX = 64 * 1024;

export class Quarantine {
  readonly #base: Pick<Base, 'clock' | 'files'>;
  readonly #dir: string;
  #tail: Promise<void> = Promise.resolve();

  constructor(base: Pick<Base, 'clock' | 'files' | 'config'>) {
    this.#base = base;
    this.#dir = path.join(base.config.dataDir, 'ledger', 'quarantine');
  }

  /** Appends lines; resolves with how many were kept. One writer at a time: calls queue. */
  keep(refused: readonly Refused[], redaction: Redaction): Promise<number> {
    const at = microsToText(this.#base.clock.nowMicros());
    const kept = this.#tail.then(async () => this.#append(at.slice(0, 10), await linesOf(refused, at, redaction)));
    this.#tail = kept.then(
      () => undefined,
      () => undefined,
    );
    return kept;
  }

  async #append(date: string, lines: readonly Buffer[]): Promise<number> {
    await this.#base.files.makeDir(this.#dir);
    const file = await this.#base.files.open(path.join(this.#dir, `${date}.ndjson`));
    try {
      const size = await file.size();
      let bytes = size;
      let count = 0;
      for (const next of lines) {
        if (bytes + next.length > DAY_BYTES_MAX) break;
        bytes += next.length;
        count++;
      }
      if (count > 0) await file.write(lines.slice(0, count), size);
      return count;
    } finally {
      await file.close();
    }
  }
}

/** Each line in one step, for the redaction is everybody's; and a pause after as many as others may wait for. */
async function linesOf(refused: readonly Refused[], at: string, redaction: Redaction): Promise<Buffer[]> {
  const lines: Buffer[] = [];
  let sliceFrom = 0;
  let sliceBytes = 0;
  for (const one of refused) {
    const whole = line(one, at, redaction, { item: redacted(one, redaction) });
    sliceBytes += whole.length;
    lines.push(whole.length <= LINE_BYTES_MAX ? whole : line(one, at, redaction, { item_bytes: whole.length }));
    if (lines.length - sliceFrom < SLICE_ITEMS && sliceBytes < SLICE_BYTES) continue;
    sliceFrom = lines.length;
    sliceBytes = 0;
    await yieldToOthers();
  }
  return lines;
}

/** Top-level members are redacted like attributes: a refused item's fields may hold anything. */
function redacted({ item }: Refused, redaction: Redaction): Json {
  return isObject(item) ? redaction.object(item, '') : redaction.value(item, 'item');
}

function line({ producer, code, field, src, sseq }: Refused, at: string, redaction: Redaction, content: JsonObject): Buffer {
  const head = {
    at,
    code,
    field: redaction.text(field, 'field'),
    producer,
    ...(src === undefined ? {} : { src }),
    ...(sseq === undefined ? {} : { sseq }),
  };
  return Buffer.from(`${canonicalise({ ...head, ...content })}\n`);
}
