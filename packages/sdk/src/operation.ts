import { outcomeOfError } from './audited.ts';
import type { Client } from './client.ts';
import { currentScope, inScope } from './context.ts';
import type { DaybookEvent } from './event.ts';
import { codeOf, isFunction, membersOf, apply } from './objects.ts';
import { momentNow } from './outside.ts';

export interface OperationOptions {
  /** More members for each event: `{ resource_parent: 'shop' }`. */
  readonly event?: DaybookEvent;
  /** Who acts where nobody else is known. Default: the service, by the client's name. */
  readonly actor?: string;
}

/** How an operation of a database ended. */
export interface End {
  readonly error?: unknown;
  /** Of the error, when it does not say it itself. */
  readonly code?: string | undefined;
  readonly rows?: number | undefined;
}

/**
 * An operation of a database begins: returns what to call at its end. Who acts is who began it: the answer may come in anybody's turn, that of the one
 * who opened the connection above all.
 */
export function begin(client: Client, options: OperationOptions, members: DaybookEvent): (end: End) => void {
  const { timestamp, elapsedMs } = momentNow();
  const scope = currentScope();
  const record = ({ error, code = codeOf(error), rows }: End) => {
    const isKnown = scope?.actor()?.user_id !== undefined;
    client.record({
      ...(isKnown ? undefined : { user_id: options.actor ?? client.name, actor_type: 'service' }),
      ...members,
      timestamp,
      duration_ms: elapsedMs(),
      row_count: rows,
      outcome: error === undefined ? 'success' : outcomeOfError(error, code),
      status_code: code || undefined,
      // Messages of databases quote values: the name of the error is enough, and its code says the rest.
      reason: error instanceof Error ? error.name : undefined,
      ...options.event,
    });
  };
  return (end) => {
    try {
      inScope(scope, () => record(end));
    } catch (error) {
      // A `who` of the application that throws: not into its query.
      client.fault('a statement could not be recorded', error);
    }
  };
}

/** Has `end` told of a promise: its rows, or its error. false: it is none. */
export function whenSettled(result: unknown, rowsOf: (value: unknown) => number | undefined, end: (end: End) => void): boolean {
  const { then } = membersOf(result);
  if (!isFunction(then)) return false;
  apply(then, result, [(value: unknown) => end({ rows: rowsOf(value) }), (error: unknown) => end({ error })]);
  return true;
}
