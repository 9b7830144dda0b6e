import type { Scope } from '../../base/policy.ts';
import { type EngineConnection, INTERNAL_DATABASE } from '../engine/connection.ts';
import { quoteName } from '../sql/lexer.ts';
import { scopeView, scopeViewName } from './scope-view.ts';

/** The views of scopes, made when they are first asked for, in each engine that is started. */
export class ScopeViews {
  private readonly connection: () => EngineConnection;
  private readonly made = new WeakMap<EngineConnection, Map<string, Promise<void>>>();

  constructor(connection: () => EngineConnection) {
    this.connection = connection;
  }

  /** What stands for `access_logs` in the statements of who has this scope: the quoted name of its view. */
  async eventsSql(scope: Scope): Promise<string> {
    const connection = this.connection();
    const views = this.made.get(connection) ?? new Map<string, Promise<void>>();
    this.made.set(connection, views);
    const name = scopeViewName(scope);
    // Made anew once per engine, whatever lies there: someone may have altered it meanwhile.
    const making = views.get(name) ?? connection.command(scopeView(scope));
    views.set(name, making);
    try {
      await making;
    } catch (error) {
      views.delete(name);
      throw error;
    }
    return `${quoteName(INTERNAL_DATABASE)}.${quoteName(name)}`;
  }
}
