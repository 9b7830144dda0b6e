export type { Audited, AuditedMembers } from './audited.ts';
export { type Client, daybook, type Stats } from './client.ts';
export { actingAs, annotate, currentActor } from './context.ts';
export type { Action, Actor, DaybookEvent, Outcome } from './event.ts';
export type { DaybookOptions } from './options.ts';
export type { OnProblem, Problem, ProblemKind } from './report.ts';
