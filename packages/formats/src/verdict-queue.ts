import type { Emit } from './format.ts';
import type { TextRecord } from './framing/framer.ts';
import type { Verdict } from './result.ts';

/** Records that wait at most, and their characters: an answer follows its request within some dozen records; memory stays bounded. */
const WAITING_MAX = 512;
const WAITING_CHARS_MAX = 4 * 1024 * 1024;

/** A record whose verdict may come later. */
export interface Waiting {
  readonly record: TextRecord;
  verdict?: Verdict;
  /** What is said of it when nothing else was, before it is given out. */
  readonly late?: () => Verdict;
}

/** Keeps the input's order where a record's verdict is told by a later one: what comes behind it waits as well. */
export class VerdictQueue {
  readonly #queue: Waiting[] = [];
  #chars = 0;

  add(waiting: Waiting): void {
    this.#queue.push(waiting);
    this.#chars += waiting.record.text.length;
  }

  isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  /** Gives out what is judged, and the oldest when too much waits. */
  give(emit: Emit): void {
    while (this.#queue[0]?.verdict !== undefined || this.#queue.length > WAITING_MAX || this.#chars > WAITING_CHARS_MAX)
      this.#giveFirst(emit);
  }

  giveAll(emit: Emit): void {
    while (this.#queue.length > 0) this.#giveFirst(emit);
  }

  #giveFirst(emit: Emit): void {
    const first = this.#queue.shift();
    if (first === undefined) return;
    this.#chars -= first.record.text.length;
    const verdict = first.verdict ?? first.late?.();
    if (verdict !== undefined) emit(first.record, verdict);
  }
}
