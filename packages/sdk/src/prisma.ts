import type { Client } from './client.ts';
import type { Action } from './event.ts';
import { ifNumber, ifText, membersOf } from './objects.ts';
import { begin, type OperationOptions } from './operation.ts';

export interface PrismaAuditOptions extends OperationOptions {
  /** What is recorded. Default: all. */
  readonly filter?: (operation: { readonly model: string | undefined; readonly operation: string }) => boolean;
}

interface Operation {
  readonly model?: string;
  readonly operation: string;
  readonly args: unknown;
  query(args: unknown): Promise<unknown>;
}

/** `new PrismaClient().$extends(prismaAudit(client))`: records each operation (`User.findMany`), without its arguments. */
export function prismaAudit(
  client: Client,
  options: PrismaAuditOptions = {},
): {
  readonly name: string;
  readonly query: { $allOperations(operation: Operation): Promise<unknown> };
} {
  const $allOperations = async (asked: Operation): Promise<unknown> => {
    const { model, operation, args } = asked;
    if (options.filter?.({ model, operation }) === false) return asked.query(args);
    const end = begin(client, options, {
      event_type: model === undefined ? operation : `${model}.${operation}`,
      action: actionOf(operation),
      category: 'data',
      resource: model ?? 'database',
      resource_type: model === undefined ? 'database' : 'model',
      protocol: 'prisma',
      method: operation,
    });
    try {
      const result = await asked.query(args);
      end({ rows: rowsOf(result) });
      return result;
    } catch (error) {
      end({ error, code: databaseCodeOf(error) });
      throw error;
    }
  };
  return { name: '@daybook/sdk', query: { $allOperations } };
}

/** What the database said, by whichever driver; Prisma's own codes (P2010, P2039) hide a denial. Before Prisma 7 it stands in `meta` itself. */
function databaseCodeOf(error: unknown): string | undefined {
  const meta = membersOf(membersOf(error)['meta']);
  const cause = membersOf(membersOf(meta['driverAdapterError'])['cause']);
  return ifText(cause['originalCode'] ?? meta['code']);
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
  if (result === null) return 0;
  return ifNumber(result) ?? ifNumber(membersOf(result)['count']) ?? (typeof result === 'object' ? 1 : undefined);
}
