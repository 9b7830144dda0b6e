import { type Json, type JsonRecord, parseJson } from '@daybook/protocol';
import { isRecordOfCloudTrail, judgeRecord } from '../cloudtrail/cloudtrail-record.ts';
import { isGithubEntry, judgeGithubEntry } from '../github-audit/github-entry.ts';
import { put } from '../json/attributes.ts';
import { isOktaEvent, judgeOktaEvent } from '../okta/okta-event.ts';
import type { Verdict } from '../result.ts';

/** What a row of a product's own download is; undefined when it is no record of it after all. */
export type RowJudge = (row: Readonly<Record<string, Json>>) => Verdict | undefined;

/**
 * Products that show a log in a console let their users download what it shows as CSV: the record's members are columns, inner ones with points between the
 * steps. Such a row is put together again and judged as the record that it was. Without this a column that is named `user`, and is whom an action was about, would
 * be taken for who did it.
 */
export function rowJudgeOf(columns: readonly string[]): RowJudge | undefined {
  const folded = new Set(columns.map(fold));
  const has = (...names: readonly string[]) => names.every((name) => folded.has(name));
  if (has('eventsource', 'eventname', 'eventtime', 'sourceipaddress', 'awsregion')) return cloudtrailRow;
  if (has('eventtype', 'outcome.result', 'actor.id', 'uuid')) return oktaRow;
  if (has('action', 'actor') && (has('actorlocation.countrycode') || has('documentid') || has('operationtype') || has('actorip')))
    return githubRow;
  return undefined;
}

function fold(column: string): string {
  return column.toLowerCase().replace(/[\s_-]/g, '');
}

// ---- CloudTrail: the console's event history, and tables over its files, whose columns are in lower case

const CLOUDTRAIL_NAMES: ReadonlyMap<string, string> = new Map(
  (
    'eventVersion eventTime eventSource eventName awsRegion sourceIPAddress userAgent errorCode errorMessage requestID eventID readOnly eventType ' +
    'recipientAccountId eventCategory managementEvent sharedEventID vpcEndpointId apiVersion requestParameters responseElements additionalEventData ' +
    'serviceEventDetails resources'
  )
    .split(' ')
    .map((name) => [fold(name), name]),
);
const IDENTITY_NAMES: ReadonlyMap<string, string> = new Map([
  ['username', 'userName'], ['awsaccesskey', 'accessKeyId'], ['useridentity.type', 'type'], ['useridentity.arn', 'arn'],
  ['useridentity.username', 'userName'], ['useridentity.principalid', 'principalId'], ['useridentity.accountid', 'accountId'],
  ['useridentity.accesskeyid', 'accessKeyId'], ['useridentity.invokedby', 'invokedBy'],
]); // biome-ignore format: a table

function cloudtrailRow(row: Readonly<Record<string, Json>>): Verdict | undefined {
  const record: Record<string, unknown> = {};
  const identity: Record<string, unknown> = {};
  for (const column in row) {
    const folded = fold(column);
    const ofIdentity = IDENTITY_NAMES.get(folded);
    if (ofIdentity !== undefined) identity[ofIdentity] = row[column];
    else put(record, CLOUDTRAIL_NAMES.get(folded) ?? column, parsed(row[column]));
  }
  // The console names the user, and not what kind of one.
  identity['type'] ??= identity['userName'] === 'root' ? 'Root' : 'Unknown';
  record['userIdentity'] = identity;
  return isRecordOfCloudTrail(record) ? judgeRecord(record) : undefined;
}

/** Parameters are JSON in a value. */
function parsed(value: unknown): unknown {
  if (typeof value !== 'string' || !/^[{[]/.test(value)) return value;
  try {
    return parseJson(value);
  } catch {
    return value;
  }
}

// ---- Okta and GitHub

function oktaRow(row: Readonly<Record<string, Json>>): Verdict | undefined {
  const event = nested(row);
  const { timestamp, published = timestamp, ...others } = event;
  const target = Object.keys(others).filter((name) => /^target\d{1,2}$/.test(name)).toSorted((a, b) => Number(a.slice(6)) - Number(b.slice(6))); // biome-ignore format: a row
  const record: Record<string, unknown> = { ...others, published };
  if (target.length > 0) record['target'] = target.map((name) => others[name]);
  for (const name of target) delete record[name];
  return isOktaEvent(record) ? judgeOktaEvent(record) : undefined;
}

function githubRow(row: Readonly<Record<string, Json>>): Verdict | undefined {
  const entry = nested(row);
  return isGithubEntry(entry) ? judgeGithubEntry(entry) : undefined;
}

/** Columns have no more steps: `client.geographical_context.geolocation.lat`. */
const STEPS_MAX = 6;

/** `{"actor.id":"a"}` → `{"actor":{"id":"a"}}`; a step on the way that is a value already leaves the column as it is. */
function nested(row: Readonly<Record<string, Json>>): JsonRecord {
  const root = new Map<string, unknown>();
  for (const column in row) {
    const steps = column.split('.', STEPS_MAX + 1);
    if (steps.length === 1 || steps.length > STEPS_MAX || !placed(root, steps, row[column])) root.set(column, row[column]);
  }
  return objectOf(root);
}

function placed(root: Map<string, unknown>, steps: readonly string[], value: unknown): boolean {
  let at = root;
  for (const step of steps.slice(0, -1)) {
    const inner = at.get(step) ?? new Map<string, unknown>();
    if (!(inner instanceof Map)) return false;
    at.set(step, inner);
    at = inner;
  }
  const last = steps.at(-1) ?? '';
  if (at.has(last)) return false;
  at.set(last, value);
  return true;
}

function objectOf(members: ReadonlyMap<string, unknown>): JsonRecord {
  const object: Record<string, unknown> = {};
  for (const [name, value] of members) put(object, name, value instanceof Map ? objectOf(value) : value);
  return object;
}
