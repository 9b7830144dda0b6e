import type { Scope } from '../../base/policy.ts';

/** What someone with a scope may know beside the rows that they see. */
export interface Shown {
  /** Whether they may know what the register, the quarantine and the canaries say of a source. */
  source(name: string): boolean;
  /** Whether they see all rows of those sources. */
  readonly rows: boolean;
}

/**
 * A scope that is made of whole sources shows what is known of these. One that is narrower (a tenant, a host) shows its own rows alone: how many lines of a
 * source were noise, or that it fell silent, is about other people's rows, too.
 */
export function shownTo(scope: Scope | null): Shown {
  const filters = scope === null ? [] : [...scope.any, ...(scope.own === null ? [] : [scope.own])];
  // Masks alone hide fields, no rows.
  if (scope === null || filters.length === 0) return { source: () => true, rows: true };
  const isWhole = filters.every((filter) => Object.keys(filter).every((field) => field === 'source'));
  if (!isWhole) return { source: () => false, rows: false };
  const own = scope.own?.['source'];
  const any = scope.any.map((filter) => filter['source'] ?? []);
  return {
    source: (name) => (own === undefined || own.includes(name)) && (any.length === 0 || any.some((sources) => sources.includes(name))),
    rows: true,
  };
}
