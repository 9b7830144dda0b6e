import { REPORT_INTERVAL_MS } from './bounds.ts';
import { monotonicMs } from './outside.ts';

/**
 * What the application is told of trouble. `lost`: events that are nowhere any more. `memory`: events that a kill would take. `refused`: the server
 * refused events for good, they are in the dead letters. `held`: nothing is lost, nothing arrives, until a person puts something right.
 * `unreachable`: the same, and it will pass by itself. `internal`: a fault of the SDK or of what it was given.
 */
export type ProblemKind = 'lost' | 'memory' | 'refused' | 'held' | 'unreachable' | 'internal';

export interface Problem {
  readonly kind: ProblemKind;
  /** What happened and what to do, in a sentence. Holds nothing of an event and no token. */
  readonly message: string;
  /** How many of this kind since the last report. */
  readonly count: number;
  readonly cause?: unknown;
}

export type OnProblem = (problem: Problem) => void;

/** Tells problems, each kind at most once in `REPORT_INTERVAL_MS`, so that a million lost events are not a million log lines. */
export class Reporter {
  readonly #tell: OnProblem;
  readonly #last = new Map<ProblemKind, { atMs: number; count: number }>();

  constructor(onProblem: OnProblem | undefined) {
    this.#tell = onProblem ?? warn;
  }

  report(kind: ProblemKind, message: string, { count = 1, cause }: { readonly count?: number; readonly cause?: unknown } = {}): void {
    const now = monotonicMs();
    const last = this.#last.get(kind);
    if (last !== undefined && now - last.atMs < REPORT_INTERVAL_MS) {
      last.count += count;
      return;
    }
    this.#last.set(kind, { atMs: now, count: 0 });
    try {
      this.#tell({ kind, message, count: count + (last?.count ?? 0), ...(cause === undefined ? {} : { cause }) });
    } catch {
      // An application's own reporter must not be able to break what reports to it.
    }
  }
}

function warn({ kind, message, count }: Problem): void {
  process.emitWarning(count > 1 ? `${message} (${count} times)` : message, {
    type: 'DaybookWarning',
    code: `DAYBOOK_${kind.toUpperCase()}`,
  });
}
