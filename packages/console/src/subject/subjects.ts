import { pathOf } from '../location.ts';

/** What a list of a page about somebody or something groups by; `title` says what its rows are. */
export interface ListOf {
  readonly field: string;
  readonly title: string;
}

/** Who or what a page is about: one value of one field, everything that happened with it. */
export interface Subject {
  readonly path: string;
  readonly field: 'user_id' | 'resource' | 'ip_address';
  readonly title: string;
  /** Column of `access_logs` that is compared with the value as text. */
  readonly column: string;
  readonly lists: readonly ListOf[];
}

const USERS: ListOf = { field: 'user_id', title: 'Users' };
const RESOURCES: ListOf = { field: 'resource', title: 'Resources' };
const ADDRESSES: ListOf = { field: 'ip_address', title: 'Addresses' };
const ACTIONS: ListOf = { field: 'event_type', title: 'What was done' };
const SOURCES: ListOf = { field: 'source', title: 'Sources' };
const AGENTS: ListOf = { field: 'user_agent', title: 'Programs' };
const COUNTRIES: ListOf = { field: 'country_code', title: 'Countries' };

export const SUBJECTS: readonly Subject[] = [
  {
    path: '/person',
    field: 'user_id',
    title: 'Person',
    column: 'user_id',
    lists: [ADDRESSES, RESOURCES, ACTIONS, SOURCES, AGENTS, COUNTRIES],
  },
  { path: '/resource', field: 'resource', title: 'Resource', column: 'resource', lists: [USERS, ADDRESSES, ACTIONS, SOURCES] },
  {
    path: '/address',
    field: 'ip_address',
    title: 'Address',
    column: 'ip',
    lists: [USERS, RESOURCES, ACTIONS, SOURCES, AGENTS],
  },
];

/** Other fields of an event that name a person. */
const PEOPLE: ReadonlySet<string> = new Set(['user_id', 'target_user_id', 'effective_user_id', 'on_behalf_of']);

/** Where the page about a value is; undefined for fields without such pages. The range of time goes along. */
export function subjectPath(field: string, value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  const named = PEOPLE.has(field) ? 'user_id' : field === 'ip' ? 'ip_address' : field;
  const subject = SUBJECTS.find((one) => one.field === named);
  const range = new URLSearchParams(window.location.search).get('range') ?? undefined;
  return subject === undefined ? undefined : pathOf(subject.path, { id: value, range });
}
