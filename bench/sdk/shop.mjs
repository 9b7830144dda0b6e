// A small Express application, with or without the middleware: `node shop.mjs '{"audited":true,"url":…}'`. Its orders lie in memory, or with `database` in
// PostgreSQL. Says its port; for a line on stdin it says how much processor and memory it has used.
import { createInterface } from 'node:readline';
import express from 'express';
import { Pool } from 'pg';
import { daybook } from '@daybook/sdk';
import { expressAudit } from '@daybook/sdk/express';

const { audited, url, token, directory, database } = JSON.parse(process.argv[2] ?? '{}');
const client = audited ? daybook({ name: 'shop', url, token, directory, onProblem: (problem) => console.error(problem) }) : undefined;
const orders = Array.from({ length: 40 }, (_, i) => ({
  id: i,
  customer: `c${i % 7}`,
  total: i * 9.9,
  state: 'paid',
  items: [{ sku: `s${i}`, count: i }],
}));
const app = express();
app.set('etag', false);
if (client !== undefined) app.use(expressAudit(client, { params: ['id'] }));
app.use(express.json());
app.use((req, _res, next) => {
  req.user = { id: 'u1', name: 'Ana', roles: ['clerk'] };
  next();
});
const router = express.Router();
router.get('/orders/:id', (req, res) => {
  const id = Number(req.params.id) % orders.length;
  res.json({ order: orders[id], others: orders.filter(({ customer }) => customer === orders[id].customer) });
});
const pool = database === undefined ? undefined : new Pool({ ...database, max: 16 });
router.get('/stored/:id', async (req, res) => {
  const { rows } = await pool.query({
    name: 'order',
    text: 'SELECT id, customer, total, state, items FROM orders WHERE id = $1',
    values: [req.params.id],
  });
  res.json({ order: rows[0] });
});
app.use('/api', router);
const server = app.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'end') {
    server.closeAllConnections();
    server.close();
    void Promise.all([client?.close(), pool?.end()]).then(() => process.exit());
    return;
  }
  globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  console.log(JSON.stringify({ cpuUs: user + system, rss, heapUsed, stats: client?.stats() }));
});
