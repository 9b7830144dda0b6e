import path from 'node:path';
import { canonicalise, type Json, microsToText } from '@daybook/protocol';
import type { Base } from '../base/types.ts';
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
    const lines = refused.map((one) => line(one, at, redaction));
    const kept = this.#tail.then(() => this.#append(at.slice(0, 10), lines));
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

/** Top-level members are redacted like attributes: a refused item's fields may hold anything. */
function line({ producer, code, field, item, src, sseq }: Refused, at: string, redaction: Redaction): Buffer {
  const clean = isObject(item) ? redaction.object(item, '') : redaction.value(item, 'item');
  const head = {
    at,
    code,
    field: redaction.text(field, 'field'),
    producer,
    ...(src === undefined ? {} : { src }),
    ...(sseq === undefined ? {} : { sseq }),
  };
  const whole = Buffer.from(`${canonicalise({ ...head, item: clean })}\n`);
  return whole.length <= LINE_BYTES_MAX ? whole : Buffer.from(`${canonicalise({ ...head, item_bytes: whole.length })}\n`);
}
