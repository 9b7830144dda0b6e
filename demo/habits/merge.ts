import type { Step, Steps } from './step.ts';

interface Lane {
  step: Step;
  readonly rest: Steps;
  /** Breaks ties, so that the order is always the same. */
  readonly serial: number;
}

/** The days of many people as one, in order of time: a heap of what each does next. */
export class Merge {
  readonly #heap: Lane[] = [];
  #serial = 0;

  add(steps: Steps): void {
    const first = steps.next();
    if (first.done === true) return;
    this.#heap.push({ step: first.value, rest: steps, serial: this.#serial++ });
    this.#up(this.#heap.length - 1);
  }

  /** All that happens before `until`. */
  *before(until: number): Steps {
    for (;;) {
      const top = this.#heap[0];
      if (top === undefined || top.step.at >= until) return;
      yield top.step;
      const next = top.rest.next();
      if (next.done !== true) top.step = next.value;
      else {
        const last = this.#heap.pop();
        if (last === undefined || last === top) continue;
        this.#heap[0] = last;
      }
      this.#down();
    }
  }

  #up(from: number): void {
    const heap = this.#heap;
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      [heap[at], heap[parent]] = [mustBe(heap[parent]), mustBe(heap[at])];
      at = parent;
    }
  }

  #down(): void {
    const heap = this.#heap;
    for (let at = 0; ; ) {
      let first = at;
      for (const child of [2 * at + 1, 2 * at + 2]) if (child < heap.length && this.#isBefore(child, first)) first = child;
      if (first === at) return;
      [heap[at], heap[first]] = [mustBe(heap[first]), mustBe(heap[at])];
      at = first;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [one, other] = [mustBe(this.#heap[a]), mustBe(this.#heap[b])];
    return one.step.at === other.step.at ? one.serial < other.serial : one.step.at < other.step.at;
  }
}

function mustBe(lane: Lane | undefined): Lane {
  if (lane === undefined) throw new Error('the heap has a hole');
  return lane;
}
