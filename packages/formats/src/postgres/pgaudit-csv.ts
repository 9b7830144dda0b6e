import type { Format, Head } from '../format.ts';
import { quarantine } from '../result.ts';
import { PgClock } from './clock.ts';
import { csvRecord } from './csv-record.ts';
import { judge } from './judge.ts';
import { MAPPING } from './mapping.ts';
import { redactedColumns } from './kept-text.ts';
import { Sessions } from './sessions.ts';

const NOT_CSVLOG = quarantine('not_csvlog', 'this is no record of csvlog: 22 to 40 columns, the first a time, the twelfth a severity');

/** `log_destination = 'csvlog'`. */
export const pgauditCsv: Format = {
  name: 'pgaudit-csv',
  title: 'PostgreSQL and pgaudit, csvlog',
  source: 'postgresql',
  framing: 'csv',
  // All columns are in the event.
  keepsOriginal: false,
  recognise,
  open(context) {
    const clock = new PgClock(context);
    const sessions = new Sessions();
    return {
      parse(record, emit) {
        const log = csvRecord(record.text, clock);
        if (log === undefined) emit(redactedColumns(record), NOT_CSVLOG);
        else emit(log.suspect ? redactedColumns(record) : record, judge(log, sessions));
      },
      end: () => undefined,
    };
  },
  mapping: MAPPING,
};

/** A time, and eleven columns on a severity: of a few lines, since a record may go over several. */
const BEGINNING =
  /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})? ?[A-Za-z+-][\w:+-]{0,11},(?:"(?:[^"]|"")*"|[^,"]*),(?:"(?:[^"]|"")*"|[^,"]*),\d*,/;

function recognise(head: Head): number {
  return head.lines.slice(0, 20).some((line) => BEGINNING.test(line.slice(0, 400))) ? 0.97 : 0;
}
