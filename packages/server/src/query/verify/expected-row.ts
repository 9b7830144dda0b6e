import { EVENT_OFFSET, eventEnd } from '@daybook/protocol';
import { hash } from 'node:crypto';
import { rowLine } from '../indexer/row-bytes.ts';
import { minimalRow } from '../indexer/minimal-row.ts';
import { COLUMNS } from '../schema/columns.ts';
import { ColumnWriter, type Value } from './column-writer.ts';
import { MalformedEntry, Walk } from './members.ts';
import { RowBinary } from './row-binary.ts';

export const DIGEST_BYTES = 32;

const COLUMN_BY_NAME = new Map(COLUMNS.map(({ name }, i) => [name, i]));
/** Members of the entry beside `event` that are columns. */
const COLUMN_BY_MEMBER = new Map([
  ['rt', COLUMN_BY_NAME.get('recorded_at')],
  ['kind', COLUMN_BY_NAME.get('kind')],
  ['src', COLUMN_BY_NAME.get('src')],
  ['sseq', COLUMN_BY_NAME.get('sseq')],
]);

/**
 * The row that ClickHouse must hold for an entry, in RowBinary, made from the entry's bytes. Holds one row at a time.
 *
 * An entry with a value that its column can't hold (no intake lets one through) is expected as the minimal row that the indexer puts in its place.
 */
export class ExpectedRow {
  private readonly log: string;
  private readonly row = new RowBinary();
  private readonly writer = new ColumnWriter(this.row);
  private readonly values: Value[] = COLUMNS.map(() => ({ from: -1, to: -1, escaped: false }));
  /** Where each column ends in the row. */
  private readonly ends = new Int32Array(COLUMNS.length);

  constructor(log: string) {
    this.log = log;
  }

  /** Makes the row of `bytes[start, end)`; throws MalformedEntry. */
  set(idx: number, bytes: Buffer, start: number, end: number): void {
    // The walk ends at the closing brace of the entry.
    const entry = bytes.subarray(start, end);
    const behind = eventEnd(entry, 0, entry.length);
    if (behind < 0) throw new MalformedEntry('no event');
    this.forget();
    this.take(entry, EVENT_OFFSET, COLUMN_BY_NAME);
    // What stands behind the event: nothing is walked twice.
    this.take(entry, behind, COLUMN_BY_MEMBER);
    if (!this.write(idx, entry)) this.setMinimal(idx, entry);
  }

  /** SHA-256 of the row as 32 latin1 characters: a string costs less than a Buffer. */
  digest(): string {
    return hash('sha256', this.row.into.subarray(0, this.row.used), 'binary');
  }

  /** SHA-256 of the bytes of each column in hex, in the order of COLUMNS. */
  columnDigests(): string[] {
    return COLUMNS.map((_, i) => hash('sha256', this.row.into.subarray(i === 0 ? 0 : this.ends[i - 1], this.ends[i]), 'hex'));
  }

  private setMinimal(idx: number, entry: Buffer): void {
    const line = rowLine({ log: this.log, idx, bytes: entry, start: 0, end: entry.length });
    if (line === undefined) throw new MalformedEntry('no event');
    const minimal = minimalRow(line);
    this.forget();
    this.take(minimal, 0, COLUMN_BY_NAME);
    if (!this.write(idx, minimal)) throw new MalformedEntry('not even its minimal row fits');
  }

  private forget(): void {
    for (const value of this.values) value.from = -1;
  }

  /** Remembers where the values of the object's members stand that are columns. */
  private take(bytes: Buffer, opening: number, columns: ReadonlyMap<string, number | undefined>): void {
    const walk = new Walk(bytes, opening);
    while (walk.nextMember()) {
      const value = this.values[columns.get(bytes.toString('latin1', walk.keyFrom + 1, walk.keyTo - 1)) ?? -1];
      if (value === undefined) continue;
      value.from = walk.from;
      value.to = walk.to;
      value.escaped = walk.escaped;
    }
  }

  private write(idx: number, bytes: Buffer): boolean {
    this.row.used = 0;
    for (let i = 0; i < COLUMNS.length; i++) {
      const column = COLUMNS[i];
      const value = this.values[i];
      if (column === undefined || value === undefined) continue;
      if (column.name === 'log') this.row.text(this.log);
      else if (column.name === 'idx') this.row.int64(idx);
      else if (column.kind === 'event-id' && value.from < 0) this.row.text(`${this.log}:${idx}`);
      else if (!this.writer.write(column, i, bytes, value)) return false;
      this.ends[i] = this.row.used;
    }
    return true;
  }
}
