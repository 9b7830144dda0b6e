import { outcomeOfError, roundMs } from '../audited.ts';
import type { Client } from '../client.ts';
import { currentScope, inScope } from '../context.ts';
import type { DaybookEvent } from '../event.ts';
import { monotonicMs, nowMs, timeText } from '../outside.ts';
import { membersOf } from '../objects.ts';
import { type Dialect, type Statement, statementOf } from './statement.ts';

export interface SqlAuditOptions {
  /** Which statements are recorded. Default: all but transaction control, settings and pings. */
  readonly filter?: (statement: { readonly text: string; readonly verb: string; readonly table: string }) => boolean;
  /** More members for every statement: `{ resource_parent: 'shop', host: 'db-1' }`. */
  readonly event?: DaybookEvent;
  /** Who acts where no request and no `actingAs` says so. Default: the service, by the client's name. */
  readonly actor?: string;
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

/** How a statement ended. */
export interface End {
  readonly error?: unknown;
  readonly rows?: number | undefined;
}

/** Statements of a database as events: with who acts here, and never with a value. */
export class SqlAudit {
  readonly #client: Client;
  readonly #options: SqlAuditOptions;

  constructor(client: Client, options: SqlAuditOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** A statement begins: returns what to call at its end; undefined when it is not to be recorded. Never throws. */
  begin(sql: string, database: Database): ((end: End) => void) | undefined {
    try {
      const statement = statementOf(sql, database.dialect);
      const isWanted = this.#options.filter === undefined ? !statement.isNoise : this.#options.filter(statement);
      return isWanted ? this.#begun(statement, database) : undefined;
    } catch (error) {
      this.#client.fault('a statement could not be read', error);
      return undefined;
    }
  }

  #begun(statement: Statement, database: Database): (end: End) => void {
    const startMs = monotonicMs();
    const timestamp = timeText(nowMs());
    // Who acts is who began it: the answer may come in anybody's turn.
    const scope = currentScope();
    return (end) => {
      const event = () => this.#record({ timestamp, duration_ms: roundMs(monotonicMs() - startMs), ...eventOf(statement, database, end) });
      if (scope === undefined) event();
      else inScope(scope, event);
    };
  }

  #record(event: DaybookEvent): void {
    const service = { user_id: this.#options.actor ?? this.#client.name, actor_type: 'service' } as const;
    this.#client.record({ ...(currentScope()?.actor()?.user_id === undefined ? service : undefined), ...event, ...this.#options.event });
  }
}

function eventOf(statement: Statement, database: Database, { error, rows }: End): DaybookEvent {
  const code = membersOf(error)['code'];
  return {
    event_type: statement.verb.toLowerCase() || 'statement',
    action: statement.action,
    category: statement.action === 'grant' || statement.action === 'revoke' ? 'iam' : statement.action === 'configure' ? 'config' : 'data',
    resource: statement.table || database.name,
    resource_type: statement.table === '' ? 'database' : 'table',
    resource_parent: database.name,
    query_text: statement.text,
    query_hash: statement.hash,
    protocol: database.protocol,
    method: statement.verb,
    host: database.host,
    effective_user_id: database.user,
    row_count: rows,
    outcome: error === undefined ? 'success' : outcomeOfError(error),
    status_code: typeof code === 'string' ? code : undefined,
    // Messages of databases quote values: the name of the error is enough, and its code says the rest.
    reason: error instanceof Error ? error.name : undefined,
  };
}
