import { event, noise, type Verdict } from '../result.ts';
import { accessFields } from './access-event.ts';
import type { AuditRecord } from './record.ts';
import { recordType, type RecordType, typeName } from './record-types.ts';
import { programFields } from './program-event.ts';
import { syscallFields } from './syscall-event.ts';
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
  const { attributes, ...fields } = made;
  return event({
    timestamp: record.time,
    source_event_id: record.node === '' ? record.id : `${record.node}:${record.id}`,
    host: record.node,
    event_type: typeName(record.type),
    action: type.action,
    category: type.category,
    ...more,
    ...fields,
    attributes: {
      ...(records.length > 1 ? { records: records.map((each) => typeName(each.type)) } : {}),
      ...(record.guessed === undefined ? {} : { time_guessed: record.guessed }),
      ...attributes,
      ...(cut === true ? { cut: true } : {}),
    },
  });
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
