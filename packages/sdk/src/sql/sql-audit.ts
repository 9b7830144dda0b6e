import type { Client } from '../client.ts';
import { begin, type End, type OperationOptions } from '../operation.ts';
import { type Dialect, statementOf } from './statement.ts';

export interface SqlAuditOptions extends OperationOptions {
  /** What is recorded. Default: all but transaction control, settings and pings. */
  readonly filter?: (statement: { readonly text: string; readonly verb: string; readonly table: string }) => boolean;
}

export interface Database {
  /** postgres, mysql, sqlite … */
  readonly protocol: string;
  readonly dialect?: Dialect;
  readonly name?: string | undefined;
  readonly host?: string | undefined;
  /** The account of the connection. */
  readonly user?: string | undefined;
}

/** Begins with a statement of a database: with who acts here, and never with a value. */
export type BeginStatement = (sql: string, database: Database) => ((end: End) => void) | undefined;

/** How statements begin: to call with each, and what it returns at its end; undefined when it is not to be recorded. Never throws. */
export function sqlAudit(client: Client, options: SqlAuditOptions): BeginStatement {
  return (sql, { protocol, dialect, name, host, user }) => {
    try {
      const statement = statementOf(sql, dialect);
      const { action, table, text, verb } = statement;
      if (!(options.filter?.(statement) ?? !statement.isNoise)) return undefined;
      return begin(client, options, {
        event_type: verb.toLowerCase() || 'statement',
        action,
        category: action === 'grant' || action === 'revoke' ? 'iam' : action === 'configure' ? 'config' : 'data',
        resource: table || name,
        resource_type: table === '' ? 'database' : 'table',
        resource_parent: name,
        query_text: text,
        query_hash: statement.hash,
        protocol,
        method: verb,
        host,
        effective_user_id: user,
      });
    } catch (error) {
      client.fault('a statement could not be read', error);
      return undefined;
    }
  };
}
