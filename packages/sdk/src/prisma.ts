import { outcomeOfError, roundMs } from './audited.ts';
import type { Client } from './client.ts';
import { currentScope, inScope } from './context.ts';
import type { Action, DaybookEvent } from './event.ts';
import { membersOf } from './objects.ts';
import { monotonicMs, nowMs, timeText } from './outside.ts';

export interface PrismaAuditOptions {
  /** Which operations are recorded. Default: all. */
  readonly filter?: (operation: { readonly model: string | undefined; readonly operation: string }) => boolean;
  /** More members for every operation: `{ resource_parent: 'shop' }`. */
  readonly event?: DaybookEvent;
  /** Who acts where no request and no `actingAs` says so. Default: the service, by the client's name. */
  readonly actor?: string;
}

interface Operation {
  readonly model?: string;
  readonly operation: string;
  readonly args: unknown;
  query(args: unknown): Promise<unknown>;
}

/**
 * `new PrismaClient().$extends(prismaAudit(client))`: records each operation (`User.findMany`) with who acts, rows and outcome. Arguments are never
 * recorded.
 */
export function prismaAudit(
  client: Client,
  options: PrismaAuditOptions = {},
): {
  readonly name: string;
  readonly query: { $allOperations(operation: Operation): Promise<unknown> };
} {
  const service = { user_id: options.actor ?? client.name, actor_type: 'service' } as const;
  const $allOperations = async (asked: Operation): Promise<unknown> => {
    const { model, operation, args } = asked;
    if (options.filter?.({ model, operation }) === false) return asked.query(args);
    const startMs = monotonicMs();
    const timestamp = timeText(nowMs());
    const scope = currentScope();
    const record = (end: DaybookEvent) => {
      const event: DaybookEvent = {
        timestamp,
        ...(scope?.actor()?.user_id === undefined ? service : undefined),
        event_type: model === undefined ? operation : `${model}.${operation}`,
        action: actionOf(operation),
        category: 'data',
        resource: model ?? 'database',
        resource_type: model === undefined ? 'database' : 'model',
        protocol: 'prisma',
        method: operation,
        duration_ms: roundMs(monotonicMs() - startMs),
        ...end,
        ...options.event,
      };
      if (scope === undefined) client.record(event);
      else inScope(scope, () => client.record(event));
    };
    try {
      const result = await asked.query(args);
      record({ outcome: 'success', row_count: rowsOf(result) });
      return result;
    } catch (error) {
      const { code } = membersOf(error);
      record({
        outcome: outcomeOfError(error),
        status_code: typeof code === 'string' ? code : undefined,
        reason: error instanceof Error ? error.name : undefined,
      });
      throw error;
    }
  };
  return { name: '@daybook/sdk', query: { $allOperations } };
}

const ACTIONS: readonly (readonly [RegExp, Action])[] = [
  [/^create/, 'create'],
  [/^(?:update|upsert)/, 'update'],
  [/^delete/, 'delete'],
  [/^find|^\$queryRaw|^queryRaw/, 'read'],
  [/^(?:aggregate|count|groupBy)/, 'query'],
  [/execute|runCommand/i, 'execute'],
];

function actionOf(operation: string): Action {
  return ACTIONS.find(([pattern]) => pattern.test(operation))?.[1] ?? 'other';
}

/** Rows of a list, the count of a bulk operation, one for an object, none for nothing. */
function rowsOf(result: unknown): number | undefined {
  if (Array.isArray(result)) return result.length;
  if (typeof result === 'number') return result;
  const { count } = membersOf(result);
  if (typeof count === 'number') return count;
  return result === null ? 0 : typeof result === 'object' ? 1 : undefined;
}
