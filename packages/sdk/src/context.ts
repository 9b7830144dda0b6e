import { AsyncLocalStorage } from 'node:async_hooks';
import type { Actor, DaybookEvent } from './event.ts';
import { settled } from './objects.ts';

/** What is known where the code at hand runs: who acts, from where, and what the handler says about its request. */
export interface Scope {
  /** Asked when it is needed: most frameworks know the user only after the request began. */
  actor(): Actor | undefined;
  /** Where from and in which request: members that every event of this scope gets. */
  origin(): DaybookEvent;
  /** What `annotate` said. */
  notes: DaybookEvent | undefined;
}

const scopes = new AsyncLocalStorage<Scope | undefined>();

/** Runs `fn`, and all that it starts, in a scope; undefined: in none. */
export function inScope<T>(scope: Scope | undefined, fn: () => T): T {
  return scopes.run(scope, fn);
}

export function currentScope(): Scope | undefined {
  return scopes.getStore();
}

/** Runs `fn` as somebody: what it records, and its statements, are theirs. */
// For jobs, queue consumers, sockets: wherever no middleware knows the user. A query builder that `fn` returns is run here, and a promise returned in its
// place.
export function actingAs<T>(actor: Actor | string, fn: () => T): T {
  const who: Actor = typeof actor === 'string' ? { user_id: actor } : actor;
  const outer = scopes.getStore();
  return scopes.run({ actor: () => who, origin: () => outer?.origin() ?? {}, notes: undefined }, () => settled(fn()));
}

/** Who acts here. */
export function currentActor(): Actor | undefined {
  return scopes.getStore()?.actor();
}

/** More members for the event of the request at hand: `annotate({ action: 'export', row_count })`. */
// Over those of the middleware. Does nothing outside of a request.
export function annotate(members: DaybookEvent): void {
  const scope = scopes.getStore();
  if (scope !== undefined) scope.notes = scope.notes === undefined ? members : { ...scope.notes, ...members };
}

/** The event with what the scope knows and it does not say itself. */
export function inContext(event: DaybookEvent): DaybookEvent {
  const scope = scopes.getStore();
  if (scope === undefined) return event;
  const isNamed = event.user_id !== undefined || event.actor_type !== undefined;
  return { ...scope.origin(), ...(isNamed ? undefined : scope.actor()), ...event };
}
