import type { AccessKindName } from '@daybook/protocol';

/** What `GET /v1/coverage` says. */
export interface Coverage {
  readonly at: string;
  readonly days: number;
  readonly answer: 'yes' | 'no' | 'nothing_expected';
  readonly index_lag_ms: number;
  readonly kinds: readonly { readonly name: AccessKindName; readonly label: string; readonly doc: string; readonly filter: string }[];
  readonly problems: readonly Problem[];
  readonly notes: readonly Problem[];
  readonly sources: readonly Source[];
  readonly canaries: readonly Canary[];
}

export interface Problem {
  readonly code: 'never_seen' | 'silent' | 'canary_failed' | 'gap' | 'unregistered' | 'quarantine';
  readonly source: string;
  readonly kind: AccessKindName | null;
  readonly message: string;
}

export interface Source {
  readonly name: string;
  readonly registered: boolean;
  readonly owner: string;
  readonly note: string;
  readonly silence_s: number | null;
  readonly events: number;
  readonly last: string | null;
  readonly silent_since: string | null;
  readonly cells: readonly Cell[];
  readonly lines: Lines | null;
  readonly quarantine: number;
  readonly gaps: readonly { readonly src: string; readonly first: number; readonly last: number; readonly since: string }[];
}

export interface Cell {
  readonly kind: AccessKindName;
  readonly expected: boolean;
  readonly state: 'seen' | 'proven' | 'missing';
  readonly count: number;
  readonly last: string | null;
  readonly canary: { readonly name: string; readonly result: string; readonly at: string; readonly visible_ms: number | null } | null;
}

type Kinds = Readonly<Record<string, number>>;

export interface Lines {
  readonly events: number;
  readonly noise: Kinds;
  readonly folded: Kinds;
  readonly quarantine: Kinds;
}

export interface Canary {
  readonly name: string;
  readonly kind: string;
  readonly source: string;
  readonly proves: AccessKindName;
  readonly every_s: number;
  readonly within_s: number;
  readonly running: boolean;
  readonly last: { readonly at: string; readonly result: string; readonly visible_ms: number | null; readonly reason: string } | null;
}
