import { REPORT_INTERVAL_MS } from './bounds.ts';
import { monotonicMs } from './outside.ts';

/**
 * `lost`: events are nowhere any more. `memory`: a kill would take them. `refused`: for good, they are in the dead letters. `held`: until a person puts
 * something right. `unreachable`: held, and it will pass. `internal`: a fault of the SDK or of what it was given.
 */
export type ProblemKind = 'lost' | 'memory' | 'refused' | 'held' | 'unreachable' | 'internal';

export interface Problem {
  readonly kind: ProblemKind;
  /** What happened and what to do; holds nothing of an event. */
  // And no token.
  readonly message: string;
  /** Of this kind, since the last report. */
  readonly count: number;
  readonly cause?: unknown;
}

/** Each kind is told at most every ten seconds. */
export type OnProblem = (problem: Problem) => void;

/** Tells a problem; `count` of them. */
export type Report = (kind: ProblemKind, message: string, cause?: unknown, count?: number) => void;

/** Tells problems, each kind at most once in `REPORT_INTERVAL_MS`, so that a million lost events are not a million log lines. */
export function reporter(tell: OnProblem = warn): Report {
  const told = new Map<ProblemKind, { atMs: number; count: number }>();
  return (kind, message, cause, count = 1) => {
    const now = monotonicMs();
    const last = told.get(kind);
    if (last !== undefined && now - last.atMs < REPORT_INTERVAL_MS) {
      last.count += count;
      return;
    }
    told.set(kind, { atMs: now, count: 0 });
    try {
      tell({ kind, message, count: count + (last?.count ?? 0), ...(cause === undefined ? {} : { cause }) });
    } catch {
      // An application's own reporter must not be able to break what reports to it.
    }
  };
}

function warn({ kind, message, count }: Problem): void {
  process.emitWarning(count > 1 ? `${message} (${count} times)` : message, {
    type: 'DaybookWarning',
    code: `DAYBOOK_${kind.toUpperCase()}`,
  });
}
