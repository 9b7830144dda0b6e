import { noise, type Verdict } from '../result.ts';
import { accessFields } from './access-event.ts';
import type { AuditRecord } from './record.ts';
import { recordType, type RecordType, typeName } from './record-types.ts';
import { programFields } from './program-event.ts';
import { add, syscallFields } from './syscall-event.ts';
import { systemFields } from './system-event.ts';

/** The records of one event, in the order in which they came. */
export interface AuditGroup {
  readonly records: readonly AuditRecord[];
  /** More records than an event may have: the rest is an event of its own. */
  readonly cut?: boolean;
}

/** What an event's fields are, apart from where and when. `attributes` are added to. */
export interface Fields {
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  readonly [name: string]: unknown;
}

/** Which record says what happened, when several do: a decision or a change before the system call that it was made in. */
const ORDER = ['account', 'session', 'access', 'system', 'syscall'];

export function verdictOf({ records, cut }: AuditGroup, more?: Readonly<Record<string, unknown>>): Verdict {
  const main = mainOf(records);
  const [first] = records;
  if (main === undefined || first === undefined) return noise(codeOf(first));
  const { record, type } = main;
  const made = fieldsOf(record, type, records);
  if (made === undefined) return noise('audit_other');
  return { result: 'event', event: eventOf(record, type, made, more, attributesOf(record, records, made.attributes, cut)) };
}

/** What there is of all, each copied once. */
function eventOf(
  record: AuditRecord,
  type: RecordType,
  made: Fields,
  more: Readonly<Record<string, unknown>> | undefined,
  attributes: Record<string, unknown>,
): Record<string, unknown> {
  const event: Record<string, unknown> = { timestamp: record.time };
  if (record.id !== '') event['source_event_id'] = record.node === '' ? record.id : `${record.node}:${record.id}`;
  if (record.node !== '') event['host'] = record.node;
  event['event_type'] = typeName(record.type);
  event['action'] = type.action;
  event['category'] = type.category;
  add(event, more);
  for (const name in made) {
    const value = made[name];
    if (name !== 'attributes' && value !== undefined && value !== '') event[name] = value;
  }
  for (const _ in attributes) {
    event['attributes'] = attributes;
    break;
  }
  return event;
}

function attributesOf(
  { guessed }: AuditRecord,
  records: readonly AuditRecord[],
  own: Fields['attributes'],
  cut: boolean | undefined,
): Record<string, unknown> {
  const attributes: Record<string, unknown> = {};
  if (records.length > 1) attributes['records'] = records.map(({ type }) => typeName(type));
  if (guessed !== undefined) attributes['time_guessed'] = guessed;
  for (const name in own) attributes[name] = own[name];
  if (cut === true) attributes['cut'] = true;
  return attributes;
}

function mainOf(records: readonly AuditRecord[]): { record: AuditRecord; type: RecordType } | undefined {
  let main: { record: AuditRecord; type: RecordType; rank: number } | undefined;
  for (const record of records) {
    const type = recordType(record.type);
    const rank = type === undefined ? -1 : ORDER.indexOf(type.kind);
    if (type !== undefined && rank >= 0 && (main === undefined || rank < main.rank)) main = { record, type, rank };
  }
  return main;
}

function codeOf(first: AuditRecord | undefined): string {
  if (first === undefined) return 'audit_other';
  if (first.type === 'EOE') return 'audit_end';
  const kind = recordType(first.type)?.kind;
  return kind === 'part' ? 'audit_fragment' : kind === 'noise' ? first.type.toLowerCase() : 'audit_unknown_type';
}

function fieldsOf(record: AuditRecord, type: RecordType, records: readonly AuditRecord[]): Fields | undefined {
  switch (type.kind) {
    case 'syscall':
      return syscallFields(record, records);
    case 'session':
    case 'account':
      return programFields(record, type, records);
    case 'access':
      return accessFields(record, records);
    case 'system':
      return systemFields(record, records);
    case 'part':
    case 'noise':
      return undefined;
    default:
      return type.kind satisfies never;
  }
}
