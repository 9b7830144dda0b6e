import { FIELDS, FRAME_FIELDS } from '@daybook/protocol';

export { FIELDS };

const NAMES: ReadonlySet<string> = new Set(FIELDS.map(({ name }) => name));

export function isCanonicalField(name: string): boolean {
  return NAMES.has(name);
}

export interface FieldWord {
  readonly name: string;
  readonly doc: string;
  readonly values: readonly string[];
}

/** What a filter may name, the everyday ones first. */
const EVERYDAY = [
  'user_id',
  'outcome',
  'action',
  'resource',
  'source',
  'ip_address',
  'event_type',
  'resource_sensitivity',
  'session_id',
  'category',
  'severity',
];
export const FIELD_WORDS: readonly FieldWord[] = [...FIELDS, ...FRAME_FIELDS]
  .map(({ name, doc, ...rest }) => ({ name, doc, values: 'values' in rest && Array.isArray(rest.values) ? rest.values : [] }))
  .sort((a, b) => rank(a.name) - rank(b.name));

function rank(name: string): number {
  const at = EVERYDAY.indexOf(name);
  return at < 0 ? EVERYDAY.length : at;
}

/** Titles of columns and facets: what people say for the names of fields. */
const TITLES: Readonly<Record<string, string>> = {
  user_id: 'User',
  user_name: 'Name',
  event_type: 'Event',
  ip_address: 'Address',
  actor_type: 'Actor',
  resource_type: 'Resource type',
  resource_sensitivity: 'Sensitivity',
  country_code: 'Country',
  timestamp: 'Time',
  session_id: 'Session',
  request_id: 'Request',
  tenant_id: 'Tenant',
  row_count: 'Rows',
  duration_ms: 'Duration',
  status_code: 'Status',
};

export function titleOf(name: string): string {
  return TITLES[name] ?? (name.charAt(0).toUpperCase() + name.slice(1)).replaceAll('_', ' ');
}

/** Values right-aligned under one another. */
export const NUMERIC: ReadonlySet<string> = new Set(
  FIELDS.filter(({ type }) => type === 'uint' || type === 'float').map(({ name }) => name),
);
