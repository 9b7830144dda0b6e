/**
 * A row of Linux's /proc/net/udp and udp6, by blanks:
 *
 *     sl local_address rem_address st tx:rx_queue tr:tm->when retrnsmt uid timeout inode ref pointer drops
 *     0: 0100007F:1E61 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 4711 2 ffff… 17
 *
 * `drops` counts the datagrams that found the socket's buffer full.
 */
const LOCAL = 1;
const REMOTE = 2;
const DROPS = 12;

/** Drops of the sockets that are bound to a port without a peer of their own; undefined when there is none. */
export function dropsOf(table: string, port: number): number | undefined {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  let drops: number | undefined;
  for (const line of table.split('\n')) {
    const words = line.trim().split(/\s+/);
    const count = Number(words[DROPS]);
    if (words[LOCAL]?.endsWith(ending) !== true || words[REMOTE]?.endsWith(':0000') !== true || !Number.isSafeInteger(count)) continue;
    drops = (drops ?? 0) + count;
  }
  return drops;
}
