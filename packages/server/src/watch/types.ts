import type { AccessKindName } from '@daybook/protocol';
import type { Scope } from '../base/policy.ts';

/** What intake knows of what did not become an event. */
export interface Captured {
  /** What became of lines in the newest `days` days, by source, NUL, format. */
  lineCounts(days: number): Promise<ReadonlyMap<string, LineCounts>>;
  /** Numbers that producers used and that never came. */
  gaps(max: number): Promise<readonly CounterGap[]>;
  readonly view: { groups(days: number): Promise<readonly QuarantineGroup[]> };
}

export interface LineCounts {
  readonly events: number;
  readonly noise: Readonly<Record<string, number>>;
  readonly folded: Readonly<Record<string, number>>;
  readonly quarantine: Readonly<Record<string, number>>;
}

export interface CounterGap {
  readonly producer: string;
  readonly src: string;
  readonly first: number;
  readonly last: number;
}

/** A gap that was looked at again after a while and is still there. */
export interface OpenGap extends CounterGap {
  /** When it was first seen, as canonical text. */
  readonly since: string;
}

export interface QuarantineGroup {
  readonly source: string;
  readonly format: string;
  readonly code: string;
  readonly count: number;
  readonly open: number;
  readonly last: string;
}

// ---- canaries

export type CanaryResult = 'seen' | 'not_seen' | 'wrong_source' | 'wrong_kind';

export interface CanaryRun {
  /** Canonical text. */
  readonly at: string;
  readonly result: CanaryResult;
  /** From the beginning of the action until its event could be found. */
  readonly visible_ms: number | null;
  readonly reason: string;
}

export interface CanaryState {
  readonly name: string;
  readonly kind: string;
  readonly source: string;
  readonly proves: AccessKindName;
  readonly every_s: number;
  readonly within_s: number;
  readonly running: boolean;
  /** Null: not run yet. */
  readonly last: CanaryRun | null;
}

// ---- coverage

export interface CoverageQuestion {
  readonly days: number;
  readonly scope: Scope | null;
  readonly signal?: AbortSignal;
}

/** The JSON of GET /v1/coverage. */
export interface Coverage {
  readonly at: string;
  readonly from: string;
  readonly days: number;
  /** Whether all expected accesses are captured: `yes`, `no` (see `problems`), or nothing is expected. */
  readonly answer: 'yes' | 'no' | 'nothing_expected';
  readonly index_lag_ms: number;
  readonly kinds: readonly { readonly name: string; readonly label: string; readonly doc: string; readonly filter: string }[];
  /** What is expected and missing. */
  readonly problems: readonly Problem[];
  /** What somebody should look at. */
  readonly notes: readonly Problem[];
  readonly sources: readonly SourceCoverage[];
  readonly canaries: readonly CanaryState[];
}

export type ProblemCode = 'never_seen' | 'silent' | 'canary_failed' | 'gap' | 'unregistered' | 'quarantine';

export interface Problem {
  readonly code: ProblemCode;
  readonly source: string;
  readonly kind: AccessKindName | null;
  readonly message: string;
}

export interface SourceCoverage {
  readonly name: string;
  readonly registered: boolean;
  readonly owner: string;
  readonly note: string;
  /** Longest normal silence. */
  readonly silence_s: number | null;
  readonly events: number;
  /** Canonical text; null: never. */
  readonly last: string | null;
  /** Null: not silent for longer than is normal. */
  readonly silent_since: string | null;
  readonly cells: readonly Cell[];
  readonly lines: LineCounts | null;
  /** Records in quarantine that nobody settled. */
  readonly quarantine: number;
  readonly gaps: readonly OpenGap[];
}

/** `missing`: expected, neither seen nor proven. Kinds that are neither expected nor seen have no cell. */
export type CellState = 'seen' | 'proven' | 'missing';

export interface Cell {
  readonly kind: AccessKindName;
  readonly expected: boolean;
  readonly state: CellState;
  readonly count: number;
  readonly last: string | null;
  /** The canary that proves it, or that failed to. */
  readonly canary: { readonly name: string; readonly result: CanaryResult; readonly at: string; readonly visible_ms: number | null } | null;
}
