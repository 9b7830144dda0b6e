import { type ErrorCode, microsToText } from '@daybook/protocol';
import type { Principal } from '../../base/types.ts';
import type { Format } from '../search/selection.ts';

export type ExportState = 'running' | 'done' | 'failed' | 'cancelled';

/** What was asked for, as it was said. */
export interface Question {
  readonly q: string;
  readonly from: string;
  readonly to: string;
  readonly format: Format;
  /** Undefined: all of them. */
  readonly columns: readonly string[] | undefined;
}

/** Whose an export is: a person in all of their sessions, or a token. */
export interface Owner {
  readonly kind: 'user' | 'token';
  readonly id: string;
}

export interface Job {
  readonly id: string;
  readonly owner: Owner;
  /** Roles, rows and masks at the time of the making, as one text. */
  readonly rights: string;
  readonly question: Question;
  readonly createdMicros: number;
  readonly expiresMicros: number;
  readonly ending: AbortController;
  state: ExportState;
  /** Counted beforehand; undefined until then, or where that took too long. */
  total: number | undefined;
  rows: number | undefined;
  bytes: number;
  endedMicros: number | undefined;
  error: { readonly code: ErrorCode; readonly detail: string } | undefined;
  /** Settles, and never fails, when the work on it has ended. */
  work: Promise<void>;
}

export function ownerOf({ userId, tokenId }: Principal): Owner {
  return userId === null ? { kind: 'token', id: tokenId } : { kind: 'user', id: userId };
}

/** Equal texts: the same roles, which read the same rows and fields. */
export function rightsText({ roles, scope }: Pick<Principal, 'roles' | 'scope'>): string {
  return JSON.stringify([[...roles].sort(), scope]);
}

export const OUTDATED = {
  code: 'export_outdated',
  detail: 'Your roles or your scope have changed since this export was made: make it anew.',
} as const;

/** What the owner is told, who has these rights now: with others than then, that the file is closed to them. */
export function shown(job: Job, rights: string) {
  const { id, question, rows, total, bytes } = job;
  const closed = job.state === 'done' && job.rights !== rights;
  const { state, error } = closed ? ({ state: 'failed', error: OUTDATED } as const) : job;
  return {
    id,
    state,
    ...question,
    columns: question.columns ?? null,
    rows: rows ?? null,
    total: total ?? null,
    bytes,
    created: microsToText(job.createdMicros),
    expires: microsToText(job.expiresMicros),
    ended: job.endedMicros === undefined ? null : microsToText(job.endedMicros),
    error: error ?? null,
  };
}
