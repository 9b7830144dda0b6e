import { recordOf } from '@daybook/protocol';
import { FIELDS, isCanonicalField } from './fields.ts';
import { whole } from './numbers.ts';

/** A row as the server shows it: where the entry stands, what the server set, and the event's own fields. All of it is text from outside. */
export type EventRow = Readonly<Record<string, unknown>>;

export interface Place {
  readonly log: string;
  readonly idx: number;
}

export function placeOf(row: EventRow): Place {
  return { log: textOf(row['log']), idx: Number(row['idx']) };
}

export function placeText({ log, idx }: Place): string {
  return `${log}:${idx}`;
}

export function parsePlace(text: string | null): Place | undefined {
  const match = /^([a-z][a-z0-9_-]{0,31}):(0|[1-9]\d{0,15})$/.exec(text ?? '');
  return match === null ? undefined : { log: match[1] ?? '', idx: Number(match[2]) };
}

/** What a person reads of a value: text as it is, everything else as JSON. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return visible(value);
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return visible(value.join(', '));
  return visible(JSON.stringify(value));
}

/** Characters that have no shape, or turn the direction of what follows, are shown by their number: nothing in an event may hide. */
export function visible(text: string): string {
  return text.replaceAll(
    // oxlint-disable-next-line no-control-regex -- finding them is the purpose
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g,
    (char) => `⟨${char.charCodeAt(0).toString(16).padStart(4, '0')}⟩`,
  );
}

export function timeOf(row: EventRow): number {
  return Date.parse(textOf(row['timestamp'] ?? row['recorded_at']));
}

const PAST: Readonly<Record<string, string>> = {
  create: 'created',
  read: 'read',
  update: 'changed',
  delete: 'deleted',
  list: 'listed',
  query: 'queried',
  execute: 'ran',
  export: 'exported',
  share: 'shared',
  login: 'signed in to',
  logout: 'signed out of',
  connect: 'connected to',
  disconnect: 'disconnected from',
  grant: 'granted access on',
  revoke: 'revoked access on',
  configure: 'configured',
  deploy: 'deployed',
  access: 'accessed',
  other: 'acted on',
};

/** What the actor tried, where it was not done. */
const TRIED: Readonly<Record<string, string>> = {
  create: 'create',
  read: 'read',
  update: 'change',
  delete: 'delete',
  list: 'list',
  query: 'query',
  execute: 'run',
  export: 'export',
  share: 'share',
  login: 'sign in to',
  logout: 'sign out of',
  connect: 'connect to',
  disconnect: 'disconnect from',
  grant: 'grant access on',
  revoke: 'revoke access on',
  configure: 'configure',
  deploy: 'deploy',
  access: 'access',
  other: 'act on',
};

export interface Sentence {
  readonly who: string;
  readonly did: string;
  readonly what: string;
  readonly rest: string;
}

/** The event in one sentence. */
export function sentenceOf(row: EventRow): Sentence {
  const text = (name: string) => textOf(row[name]);
  const action = text('action');
  const denied = row['outcome'] === 'denied';
  const failed = row['outcome'] === 'failure';
  const did = denied
    ? `was denied to ${TRIED[action] ?? 'act on'}`
    : failed
      ? `failed to ${TRIED[action] ?? 'act on'}`
      : (PAST[action] ?? 'acted on');
  const behalf = text('on_behalf_of');
  const target = text('target_user_id');
  const rows = row['row_count'];
  const repeated = repetitionsOf(row);
  const rest = [
    target === '' ? '' : ` for ${target}`,
    typeof rows === 'number' ? ` (${rows} ${rows === 1 ? 'row' : 'rows'})` : '',
    text('source') === '' ? '' : ` in ${text('source')}`,
    text('ip_address') === '' ? '' : ` from ${text('ip_address')}`,
    text('city') === '' ? '' : `, ${text('city')}`,
    behalf === '' ? '' : `, on behalf of ${behalf}`,
    text('reason') === '' || !(denied || failed) ? '' : `: ${text('reason')}`,
    repeated === undefined ? '' : `, and ${timesText(repeated.more)} more`,
  ].join('');
  return {
    who: text('user_name') || text('user_id') || text('actor_type') || 'somebody',
    did,
    what: text('resource') || text('event_type'),
    rest,
  };
}

/** How often a rule of `fold` found the event repeated, and when that was last; undefined where it stands for itself alone. */
export function repetitionsOf(row: EventRow): { readonly more: number; readonly lastMs: number } | undefined {
  const { count, last } = recordOf(recordOf(recordOf(row['attributes'])['daybook'])['folded']);
  return typeof count === 'number' && count > 1 ? { more: count - 1, lastMs: Date.parse(textOf(last)) } : undefined;
}

function timesText(count: number): string {
  return count === 1 ? 'once' : `${whole(count)} times`;
}

/** Fields of an event in their groups, those that it has. */
export function groupsOf(
  row: EventRow,
): { readonly group: string; readonly fields: readonly { readonly name: string; readonly value: unknown; readonly doc: string }[] }[] {
  const groups = new Map<string, { name: string; value: unknown; doc: string }[]>();
  for (const { name, group, doc } of FIELDS) {
    const value = row[name];
    if (value === undefined || name === 'changes' || name === 'attributes' || name === 'labels') continue;
    groups.set(group, [...(groups.get(group) ?? []), { name, value, doc }]);
  }
  const rest = Object.keys(row).filter((name) => !isCanonicalField(name));
  for (const name of rest) groups.set('proof', [...(groups.get('proof') ?? []), { name, value: row[name], doc: '' }]);
  return GROUPS.flatMap((group) => {
    const fields = groups.get(group);
    return fields === undefined ? [] : [{ group, fields }];
  });
}

const GROUPS = ['who', 'what', 'outcome', 'when', 'where', 'how', 'why', 'context', 'id', 'proof'];
export const GROUP_TITLES: Readonly<Record<string, string>> = {
  who: 'Who',
  what: 'What',
  outcome: 'Outcome',
  when: 'When',
  where: 'Where',
  how: 'How',
  why: 'Why',
  context: 'Context',
  id: 'Identity',
  proof: 'Ledger',
};
