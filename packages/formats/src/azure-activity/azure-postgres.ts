import { type JsonRecord, recordOf } from '@daybook/protocol';
import type { Context } from '../format.ts';
import type { TextRecord } from '../framing/framer.ts';
import { attributesOf, without } from '../json/attributes.ts';
import { firstOf, str, time } from '../json/values.ts';
import { Recent } from '../recent.ts';
import { redactedObject } from '../postgres/kept-text.ts';
import { StderrParser } from '../postgres/stderr-parser.ts';
import { event, noise, type Verdict } from '../result.ts';

/*
 * Server logs of Azure Database for PostgreSQL (learn.microsoft.com, "Azure Database for PostgreSQL logs"): category PostgreSQLLogs, a line of the server's text log in
 * `properties.message`, before which the flexible server leaves its log_line_prefix; the single server has it apart, in `prefix`. In tables columns.
 */
const CATEGORY = 'PostgreSQLLogs';
const TABLE = 'PGSQLServerLogs';

export function isPostgresLog(object: JsonRecord): boolean {
  const category = object['category'] ?? object['Category'];
  return (category === CATEGORY || object['Type'] === TABLE) && messageOf(object) !== undefined;
}

function messageOf(object: JsonRecord): string | undefined {
  return firstOf(recordOf(object['properties'])['message'], object['Message'], object['message_s']);
}

/** As many servers' sessions are remembered: a company's databases are dozens. */
const SERVERS_MAX = 64;

interface Judged {
  readonly record: TextRecord;
  readonly verdict: Verdict;
}

/** Judges them as the text log's lines are judged, with what was said of their sessions before. */
export class PostgresLogs {
  readonly #context: Context;
  /** Sessions of one server are no other's. */
  readonly #servers = new Recent<string, StderrParser>(SERVERS_MAX);

  constructor(context: Context) {
    this.#context = context;
  }

  /** The verdict, and the record as it may be kept. */
  judge(record: TextRecord, object: JsonRecord): Judged {
    let verdict: Verdict | undefined;
    const take = (_: TextRecord, found: Verdict): void => {
      verdict ??= found;
    };
    const server = this.#server(object);
    const { line, lastLine, offset, end } = record;
    for (const text of linesOf(object)) server.parse({ line, lastLine, offset, end, text }, take);
    // No line of another record belongs to this one.
    server.end(take);
    return kept(record, object, verdict ?? noise('resource_log'));
  }

  #server(object: JsonRecord): StderrParser {
    const id = firstOf(object['resourceId'], object['_ResourceId'], object['ResourceId']) ?? '';
    const known = this.#servers.get(id);
    if (known !== undefined) return known;
    const made = new StderrParser(this.#context);
    this.#servers.set(id, made);
    return made;
  }
}

function kept(record: TextRecord, object: JsonRecord, verdict: Verdict): Judged {
  return { record: redactedObject(record), verdict: verdict.event === undefined ? verdict : withCarrier(verdict, object) };
}

/** The line, and those that the server writes behind it; the service takes them apart. */
function linesOf(object: JsonRecord): string[] {
  const p = recordOf(object['properties']);
  const message = messageOf(object) ?? '';
  const level = firstOf(p['errorLevel'], object['ErrorLevel'], object['errorLevel_s']) ?? 'LOG';
  const apart = firstOf(p['prefix'], object['Prefix'], object['prefix_s']);
  // Where the prefix stands apart, what looks like one in the message is somebody's word.
  const mark = apart !== undefined || message.startsWith('AUDIT: ') ? -1 : message.indexOf(`${level}:  `);
  const isWhole = mark >= 0 && mark < PREFIX_CHARS_MAX;
  const prefix = isWhole ? message.slice(0, mark) : (apart ?? plainPrefix(object));
  const detail = firstOf(p['detail'], object['Detail'], object['detail_s']);
  const statement = firstOf(p['statement'], object['Statement'], object['statement_s']);
  return [
    isWhole ? message : `${prefix}${level}:  ${message}`,
    ...(detail === undefined ? [] : [`${prefix}DETAIL:  ${detail}`]),
    ...(statement === undefined ? [] : [`${prefix}STATEMENT:  ${statement}`]),
  ];
}

function plainPrefix(object: JsonRecord): string {
  const pid = firstOf(recordOf(object['properties'])['processId'], object['ProcessId'], object['processId_d']) ?? '0';
  return `${stampOf(object)} [${pid}] `;
}

/** As far as a prefix goes at the most (stderr-line.ts). */
const PREFIX_CHARS_MAX = 900;

/** In PostgreSQL's form. */
function stampOf(object: JsonRecord): string {
  const iso = time(firstOf(object['time'], object['TimeGenerated'])) ?? '';
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

/** The time that the service took down is finer than a prefix's; all that is not the line stays beside it. */
function withCarrier(verdict: Verdict, object: JsonRecord): Verdict {
  const fields = verdict.event ?? {};
  const p = recordOf(object['properties']);
  const timestamp = time(firstOf(p['timestamp'], object['Timestamp'], object['timestamp_s'], object['time'], object['TimeGenerated']));
  const carrier = { ...without(object, LINES), ...without(p, LINES) };
  return event(fields, {
    timestamp: timestamp ?? fields['timestamp'],
    host: str(object['LogicalServerName']),
    attributes: { ...recordOf(fields['attributes']), carrier: attributesOf(carrier) },
  });
}

/** Members with the line, or parts of it, in which a secret could stand. */
const LINES = new Set(['properties', 'message', 'Message', 'message_s', 'statement', 'Statement', 'statement_s', 'detail', 'Detail', 'detail_s', 'detailLog', 'DetailLog', 'context', 'Context', 'internalQuery', 'query']); // biome-ignore format: a word list
