import { DaybookError } from '@daybook/protocol';
import type { Ledger, LogId } from '../ledger/index.ts';

/**
 * Where a tail stands: the next index of every log. As text it is the id of each message, `important:45,routine:123`, so that a client that comes
 * back with Last-Event-ID misses nothing and sees nothing twice.
 */
export type Positions = Map<LogId, number>;

export function positionsText(positions: Positions): string {
  return [...positions].map(([log, next]) => `${log}:${next}`).join(',');
}

/** Positions at the end of all logs, or where `text` says; logs that it doesn't name (new ones) from their beginning. */
export function parsePositions(ledger: Ledger, logs: readonly LogId[], text: string | undefined): Positions {
  if (text === undefined || text === '') return new Map(logs.map((log) => [log, ledger.state(log).size]));
  const positions: Positions = new Map(logs.map((log) => [log, ledger.state(log).firstIdx]));
  for (const part of text.split(',')) {
    const match = /^([a-z][a-z0-9_-]{0,31}):(0|[1-9]\d{0,15})$/.exec(part);
    if (match?.[1] === undefined)
      throw bad(`\`${part.slice(0, 60)}\` is no position; take the id of a message as it came, like \`routine:12,important:3\`.`);
    // A client may come back with fewer logs than before.
    if (!positions.has(match[1])) continue;
    const { firstIdx, size } = ledger.state(match[1]);
    const next = Number(match[2]);
    if (next > size)
      throw bad(
        `The log ${match[1]} ends at ${size}; ${next} is ahead of it. Was the server restored from a backup? Leave the position out to begin at the end.`,
      );
    if (next < firstIdx) throw bad(`Entries of ${match[1]} below ${firstIdx} were pruned; go on from there.`);
    positions.set(match[1], next);
  }
  return positions;
}

function bad(message: string): DaybookError {
  return new DaybookError('bad_request', message, { field: 'Last-Event-ID' });
}
