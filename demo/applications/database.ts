import type { Client } from '@daybook/sdk';
import { pgAudit } from '@daybook/sdk/pg';
import { Client as PgClient, Pool } from 'pg';
import { CUSTOMER_FIRST, CUSTOMERS_KNOWN, ORDERS_KNOWN, PRODUCTS_KNOWN } from '../people/customers.ts';
import { postgresMissing, startPostgres } from '../../test/support/postgres.ts';
import type { Database } from './desk.ts';
import { AUDIT_TRAIL } from './statements.ts';

/** The company's PostgreSQL. */
export interface CompanyDatabase {
  readonly url: string;
  stop(): Promise<void>;
}

/** The one at `url`, else one of our own in a temporary directory; or why there is none. */
export async function openPostgres(url?: string): Promise<CompanyDatabase | { readonly missing: string }> {
  try {
    if (url !== undefined) {
      await fill(url);
      return { url, stop: async () => undefined };
    }
    const missing = postgresMissing();
    if (missing !== undefined) return { missing };
    const server = await startPostgres({ detached: true });
    await server.createDatabase('company');
    const own = server.url('company');
    await fill(own);
    return { url: own, stop: () => server.stop() };
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}

/** Records to read and change. */
async function fill(url: string): Promise<void> {
  const client = new PgClient({ connectionString: url });
  await client.connect();
  try {
    await client.query(`
      create table if not exists products as select id, 'product ' || id as name, id * 3 as price from generate_series(1, ${PRODUCTS_KNOWN}) id;
      create table if not exists customers as select id, 'customer ' || id as name, '' as note
        from generate_series(${CUSTOMER_FIRST}, ${CUSTOMER_FIRST + CUSTOMERS_KNOWN - 1}) id;
      create table if not exists orders as select id, ${CUSTOMER_FIRST} + id % ${CUSTOMERS_KNOWN} as customer, 'new' as state
        from generate_series(1, ${ORDERS_KNOWN}) id;
      create sequence if not exists order_ids start ${ORDERS_KNOWN + 1};
      alter table orders alter column id set default nextval('order_ids');
      create table if not exists ${AUDIT_TRAIL} (what text, about text)`);
  } finally {
    await client.end();
  }
}

/** An application's connections: its statements are recorded with whoever acts. */
export function openPool(client: Client, url: string): Database {
  const pool = new Pool({ connectionString: url, max: CONNECTIONS_MAX });
  // A connection that breaks while it is idle is replaced at the next statement.
  pool.on('error', () => undefined);
  return pgAudit(client, pool);
}
const CONNECTIONS_MAX = 4;
