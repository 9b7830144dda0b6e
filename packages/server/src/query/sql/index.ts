export type { SqlAnswer, SqlDeps, SqlEngine } from './deps.ts';
export { createSqlEndpoint } from './endpoint.ts';
