import type { Input } from './deeds.ts';

/** A statement that an application sends to the database of the company. */
export interface Sql {
  text(input: Input): string;
  values(id: string, input: Input): readonly unknown[];
  /** Rows that it reads or changes, as the history tells it; the real ones are counted. */
  readonly rows: number;
}

/** Where the admin tool notes its changes: the table that somebody will want to be gone. */
export const AUDIT_TRAIL = 'audit_trail';

const sql = (text: string, rows: number, values: Sql['values'] = () => []): Sql => ({ text: () => text, values, rows });
const byId: Sql['values'] = (id) => [Number(id)];

export const STATEMENTS = {
  products: sql('SELECT id, name, price FROM products ORDER BY id LIMIT 50', 50),
  customer: sql('SELECT * FROM customers WHERE id = $1', 1, byId),
  findCustomers: sql('SELECT id, name FROM customers WHERE name LIKE $1 LIMIT 25', 25, () => ['customer 4%']),
  changeCustomer: sql('UPDATE customers SET note = $2 WHERE id = $1', 1, (id) => [Number(id), 'changed']),
  allCustomers: sql('SELECT * FROM customers', 1500),
  order: sql('SELECT * FROM orders WHERE id = $1', 1, byId),
  newOrder: sql("INSERT INTO orders (customer, state) VALUES ($1, 'new')", 1, () => [4711]),
  shipOrder: sql("UPDATE orders SET state = 'shipped' WHERE id = $1", 1, byId),
  refundOrder: sql("UPDATE orders SET state = 'refunded' WHERE id = $1", 1, byId),
  allOrders: sql('SELECT * FROM orders', 9000),
  unpaid: sql("SELECT id, customer FROM orders WHERE state = 'shipped'", 140),
  report: sql('SELECT state, count(*) FROM orders GROUP BY state', 4),
  trail: sql(`INSERT INTO ${AUDIT_TRAIL} (what, about) VALUES ($1, $2)`, 1, (id) => ['change', id]),
  /** What somebody typed into the console of the admin tool. */
  typed: { text: ({ statement = 'SELECT 1' }: Input) => statement, values: () => [], rows: 20 },
} as const satisfies Readonly<Record<string, Sql>>;
