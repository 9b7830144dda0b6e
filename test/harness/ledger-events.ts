import type { Daybook } from './daybook.ts';
import { until } from './until.ts';

/** Numbers of the load's events as the ledger holds them. */
export async function loadNumbers(daybook: Daybook): Promise<number[]> {
  const entries = await ledgerEntries(daybook);
  return entries.flatMap((entry) => /"event_id":"load-(\d+)"/.exec(entry)?.[1] ?? []).map(Number);
}

/** The entries of all logs, read through the public bundles, not through the table. */
export async function ledgerEntries(daybook: Daybook): Promise<string[]> {
  // Bundles are public as far as a published checkpoint covers them.
  const logs = await until(
    'everything is covered by a checkpoint',
    async () => {
      const listed = (await (await daybook.fetch('/logs')).json()) as { logs: { log: string; size: number }[] };
      const covered = await Promise.all(listed.logs.map(async ({ log }) => ({ log, size: await publishedSize(daybook, log) })));
      return listed.logs.every(({ size }, i) => (covered[i]?.size ?? 0) >= size) ? covered : undefined;
    },
    { ms: 10_000 },
  );
  const entries: string[] = [];
  for (const { log, size } of logs) {
    for (let first = 0; first < size; first += 256) {
      const width = Math.min(256, size - first);
      const response = await daybook.fetch(`/logs/${log}/tile/entries/${tileNumber(first / 256)}${width === 256 ? '' : `.p/${width}`}`);
      if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
      entries.push(...entriesOf(Buffer.from(await response.arrayBuffer())));
    }
  }
  return entries;
}

/** The second line of a checkpoint; an empty log has none yet. */
async function publishedSize(daybook: Daybook, log: string): Promise<number> {
  const response = await daybook.fetch(`/logs/${log}/checkpoint`);
  return response.ok ? Number((await response.text()).split('\n')[1]) : 0;
}

function* entriesOf(bundle: Buffer): Generator<string> {
  for (let at = 0; at < bundle.length; ) {
    const length = bundle.readUInt16BE(at);
    yield bundle.toString('utf8', at + 2, at + 2 + length);
    at += 2 + length;
  }
}

/** C2SP tlog-tiles: three digits a step, all but the last with an x before them. */
function tileNumber(n: number): string {
  const last = String(n % 1000).padStart(3, '0');
  return n < 1000 ? last : `${tileNumber(Math.floor(n / 1000)).replace(/(\d{3})$/, 'x$1')}/${last}`;
}
