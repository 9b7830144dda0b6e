import type { Format, Head } from '../format.ts';
import { noise, quarantine } from '../result.ts';
import { PgClock } from './clock.ts';
import { isOperators, jsonRecord } from './json-record.ts';
import { judge } from './judge.ts';
import { redactedObject } from './kept-text.ts';
import { MAPPING } from './mapping.ts';
import { Sessions } from './sessions.ts';

const NOT_JSONLOG = quarantine('not_jsonlog', 'this is no record of jsonlog: an object with timestamp, error_severity and message');

const OPERATORS = noise('operator_message');

/** `log_destination = 'jsonlog'`, from PostgreSQL 15. */
export const pgauditJson: Format = {
  name: 'pgaudit-json',
  title: 'PostgreSQL and pgaudit, jsonlog',
  source: 'postgresql',
  framing: 'json',
  keepsOriginal: false,
  recognise,
  open(context) {
    const clock = new PgClock(context);
    const sessions = new Sessions();
    return {
      parse(record, emit) {
        const log = jsonRecord(record.text, clock);
        if (log === undefined) emit(redactedObject(record), isOperators(record.text) ? OPERATORS : NOT_JSONLOG);
        else emit(log.suspect ? redactedObject(record) : record, judge(log, sessions));
      },
      end: () => undefined,
    };
  },
  mapping: MAPPING,
};

function recognise(head: Head): number {
  const line = head.lines[0] ?? '';
  if (!line.startsWith('{')) return 0;
  if (line.includes('"error_severity":') && (line.includes('"line_num":') || line.includes('"session_line_num":'))) return 0.98;
  return 0;
}
