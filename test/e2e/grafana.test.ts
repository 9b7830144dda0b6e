import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseJson } from '@daybook/protocol';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ROOT } from '../harness/daybook.ts';
import { testEvents } from '../browser/events.ts';
import { type Product, startProduct } from './sql-product.ts';

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly targets: readonly { readonly rawSql: string; readonly format: number; readonly queryType: string }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string; readonly query: string }[] };
}

const read = (file: string) => readFileSync(path.join(ROOT, 'packaging/grafana', file), 'utf8');
const dashboard = parseJson(read('dashboards/daybook.json')) as Dashboard;
const WIDTH = 24;
const NOW_S = Math.floor(Date.now() / 1000);
const FROM_S = NOW_S - 7 * 86_400;

/** What the data source makes of its macros before it asks. `sources`: chosen; undefined: all of them. */
function expanded(sql: string, sources?: readonly string[]): string {
  const chosen = (sources ?? []).map((name) => `'${name}'`).join(',');
  return sql
    .replaceAll(/\$__conditionalAll\((.*?), \$source\)/g, sources === undefined ? '1=1' : '$1')
    .replaceAll('${source:singlequote}', chosen)
    .replaceAll(/\$__timeFilter\((\w+)\)/g, `$1 >= toDateTime(${FROM_S}) AND $1 <= toDateTime(${NOW_S})`)
    .replaceAll(/\$__timeInterval\((\w+)\)/g, 'toStartOfInterval(toDateTime($1), INTERVAL 3600 second)');
}

let product: Product;
beforeAll(async () => {
  product = await startProduct();
  const { events } = testEvents(Date.now() - 3_600_000);
  const body = events.map((event) => `${JSON.stringify(event)}\n`).join('');
  const headers = { authorization: `Bearer ${product.token}`, 'content-type': 'application/x-ndjson' };
  const answer = await fetch(`${product.url}/v1/events`, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(await answer.text());
  // The product comes with examples of its own.
  const rows = async () => Number((await ask("SELECT count() AS n FROM access_logs WHERE kind = 'event'")).rows[0]?.['n'] ?? 0);
  await vi.waitUntil(async () => (await rows()) > events.length, { timeout: 30_000, interval: 50 });
});
afterAll(() => product.stop());

/** By the path that the provisioned data source has, with a name and the token as password, as it does. */
async function ask(
  sql: string,
  format = 'JSON',
): Promise<{ rows: Record<string, unknown>[]; meta: { name: string; type: string }[]; bytes: number }> {
  const authorization = `Basic ${Buffer.from(`grafana:${product.token}`).toString('base64')}`;
  const answer = await fetch(`${product.url}/sql?default_format=${format}`, { method: 'POST', headers: { authorization }, body: sql });
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (!answer.ok) throw new Error(bytes.toString());
  if (format !== 'JSON') return { rows: [], meta: [], bytes: bytes.length };
  const { data, meta } = parseJson(bytes.toString()) as { data: Record<string, unknown>[]; meta: { name: string; type: string }[] };
  return { rows: data, meta, bytes: bytes.length };
}

describe('the dashboard for Grafana', () => {
  it('has panels that each stand in a place of their own, and ask by the data source that is chosen', () => {
    const taken = new Set<string>();
    for (const { id, gridPos, datasource } of dashboard.panels) {
      expect(datasource).toEqual({ type: 'grafana-clickhouse-datasource', uid: '${datasource}' });
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(WIDTH);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect([id, taken.has(`${x} ${y}`)]).toEqual([id, false]);
          taken.add(`${x} ${y}`);
        }
    }
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual(['datasource', 'source', 'daybook']);
    expect(read('provisioning/datasources/daybook.yaml')).toMatch(/type: grafana-clickhouse-datasource[^]*protocol: http[^]*path: sql\n/);
  });

  it.each(dashboard.panels.map((panel) => [panel.title, panel] as const))('asks what /sql answers: %s', async (_, { type, targets }) => {
    for (const { rawSql, format, queryType } of targets) {
      const { rows, meta } = await ask(expanded(rawSql));
      expect(rows.length).toBeGreaterThan(0);
      // No macro or variable is left that the data source would not know.
      expect(expanded(rawSql)).not.toMatch(/\$/);
      expect([format, queryType]).toEqual(type === 'timeseries' ? [0, 'timeseries'] : [1, 'table']);
      const isTime = meta[0]?.name === 'time' && meta[0].type.startsWith('DateTime');
      expect(isTime).toBe(type === 'timeseries');
      // The form in which the data source reads.
      expect((await ask(expanded(rawSql), 'Native')).bytes).toBeGreaterThan(0);
      expect((await ask(expanded(rawSql, ['no such source']))).rows.filter((row) => Number(row['events'] ?? 0) > 0)).toEqual([]);
    }
  });

  it('fills its list of sources', async () => {
    const variable = dashboard.templating.list.find(({ name }) => name === 'source');
    expect((await ask(variable?.query ?? '')).rows).toEqual([{ source: 'shop' }]);
  });
});
