import { parseJson } from '@daybook/protocol';
import { type OutboxRow, parseToldChange, type ToldChange } from '../base/control/outbox.ts';
import { isRecord } from '../base/json.ts';
import type { Token } from '../base/control/tokens.ts';
import type { Base } from '../base/types.ts';
import type { Ledger } from '../ledger/index.ts';
import { CONTROL_LOG, isConfigEntry } from './config-journal.ts';
import { splitEntry } from './row-text.ts';

/** What `verify --control` can find. */
export const CONTROL_FINDINGS = {
  control_token_unexplained: 'The control database holds a token that no entry of the ledger explains: it was put there by other hands.',
  control_token_differs: 'A token in the control database says something else than the entries that made or revoked it.',
  control_token_missing: 'A token that an entry made is gone from the control database: tokens are revoked, never deleted.',
  control_user_unexplained: 'The control database holds a user that no entry of the ledger explains: it was put there by other hands.',
  control_user_differs: 'A user in the control database says something else than the entries that made or changed it.',
  control_user_missing: 'A user that entries made and did not delete is gone from the control database.',
  control_role_unexplained: 'The control database holds a role that no entry of the ledger explains: it was put there by other hands.',
  control_role_differs: 'A role in the control database says something else than the entries that made or changed it.',
  control_role_missing: 'A role that entries made and did not delete is gone from the control database.',
  control_outbox_unexplained: 'The outbox says that an entry tells a change, and that entry does not.',
  control_entry_double: 'Two entries tell one change.',
  control_entry_unexplained:
    'An entry tells a change of which the outbox knows nothing: rows were deleted, or the database is older than the ledger.',
} as const;

export interface ControlFinding {
  readonly code: keyof typeof CONTROL_FINDINGS;
  readonly log: string;
  readonly first_idx: number | null;
  readonly last_idx: number | null;
  readonly message: string;
}

interface Explained {
  readonly idx: number;
  readonly change: ToldChange;
}

/** After so many entries the loop lets others work and tells how far it is. */
const PROGRESS_ENTRIES = 50_000;

/**
 * Replays the configuration entries of the ledger and compares the outcome with the control database: a row that no entry explains (a forged
 * token or user), a row that says something else, a token that is gone, an outbox row whose entry isn't there, an entry that no outbox row asked for.
 * Rows of other nodes on a shared database are explained by those nodes' ledgers: they are counted, and judged there.
 */
export async function* verifyControl(
  base: Base,
  ledger: Ledger,
  progress: (done: number, total: number) => void,
): AsyncGenerator<ControlFinding, { readonly rows: number; readonly entries: number; readonly elsewhere: number }> {
  // The rows first: a change that is made while the log is read has its entry in front of us, not behind.
  const { node, shared, outbox } = base.control;
  const rows = await rowsOf(base);
  const sent = await outbox.all();
  const { entries, doubles } = await readConfigEntries(ledger, progress);
  const ours = (row: { readonly node: string }) => !shared || row.node === node;
  const pending = new Set(sent.filter((row) => row.idx === null).map((row) => row.change.id));
  for (const finding of [
    ...doubles,
    ...judgeRows(rows.filter(ours), stateAfter(entries), pending),
    ...judgeOutbox(sent.filter(ours), entries),
    ...judgeEntries(sent, entries),
  ]) {
    yield finding;
  }
  return { rows: rows.length, entries: entries.size, elsewhere: rows.filter((row) => !ours(row)).length };
}

async function readConfigEntries(ledger: Ledger, progress: (done: number, total: number) => void) {
  const entries = new Map<string, Explained>();
  const doubles: ControlFinding[] = [];
  const { firstIdx, size } = ledger.state(CONTROL_LOG);
  let told = firstIdx;
  for await (const chunk of ledger.read(CONTROL_LOG, firstIdx, size)) {
    for (let i = 0; i < chunk.count; i++) {
      const entry = chunk.bytes.subarray(chunk.starts[i], chunk.ends[i]);
      if (!isConfigEntry(entry)) continue;
      const told = parseTold(splitEntry(entry.toString('utf8')).event);
      if (told === undefined) continue;
      const idx = chunk.firstIdx + i;
      if (entries.has(told.outboxId))
        doubles.push(finding('control_entry_double', idx, `Entry ${idx} tells a change that an earlier entry told already.`));
      else entries.set(told.outboxId, { idx, change: told.change });
    }
    const done = chunk.firstIdx + chunk.count;
    if (done - told >= PROGRESS_ENTRIES) {
      told = done;
      progress(done - firstIdx, size - firstIdx);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  progress(size - firstIdx, size - firstIdx);
  return { entries, doubles };
}

/** Undefined for entries of other settings than tokens: they carry no outbox id. */
function parseTold(event: string): { readonly outboxId: string; readonly change: ToldChange } | undefined {
  const fields: unknown = parseJson(event);
  const attributes = isRecord(fields) ? fields['attributes'] : undefined;
  if (!isRecord(attributes) || typeof attributes['outbox_id'] !== 'string') return undefined;
  const change = parseToldChange(attributes['change']);
  return change === undefined ? undefined : { outboxId: attributes['outbox_id'], change };
}

/** What each token, user and role is after all entries, in their order. */
function stateAfter(entries: ReadonlyMap<string, Explained>): Map<string, Explained> {
  const state = new Map<string, Explained>();
  for (const explained of entries.values()) state.set(explained.change.id, explained);
  return state;
}

/** A row of the control state that the ledger must explain. */
interface ControlRow {
  readonly subject: ToldChange['subject'];
  readonly id: string;
  readonly node: string;
  readonly state: Readonly<Record<string, unknown>>;
}

/** From the database itself, not from what the server holds in memory. */
async function rowsOf({ control }: Base): Promise<ControlRow[]> {
  const without = ({ id: _id, node: _node, created_by: _by, last_used_at: _used, ...state }: Token) => state;
  return [
    ...(await control.tokens.list()).map(
      (token): ControlRow => ({ subject: 'token', id: token.id, node: token.node, state: without(token) }),
    ),
    ...(await control.users.stored()).map(({ id, node, ...user }): ControlRow => ({ subject: 'user', id, node, state: user })),
    ...(await control.roles.stored()).map(({ id, node, state }): ControlRow => ({ subject: 'role', id, node, state })),
  ];
}

function judgeRows(rows: readonly ControlRow[], told: ReadonlyMap<string, Explained>, pending: ReadonlySet<string>): ControlFinding[] {
  const seen = new Set(rows.map((row) => row.id));
  const present = rows.filter((row) => !pending.has(row.id)).flatMap((row) => judgeRow(row, told.get(row.id)));
  const gone = [...told.values()].filter(({ change }) => !seen.has(change.id) && !wasDeleted(change)).map(missing);
  return [...present, ...gone];
}

function judgeRow({ subject, id, state }: ControlRow, explained: Explained | undefined): ControlFinding[] {
  const name = String(state['name']);
  if (explained === undefined) {
    const rights = String(state['role'] ?? state['roles'] ?? state['permissions']);
    const what = `No entry explains the ${subject} ${id} (${name}, ${rights}): it was put into the database by other hands.`;
    return [finding(`control_${subject}_unexplained`, null, `${what} ${subject === 'token' ? 'Revoke' : 'Remove'} it.`)];
  }
  const expected: Readonly<Record<string, unknown>> = explained.change.state;
  const fields = FIELDS_COMPARED[subject].filter(
    (field) => JSON.stringify(sorted(state[field])) !== JSON.stringify(sorted(expected[field])),
  );
  if (fields.length === 0) return [];
  const message = `The ${subject} ${id} differs from entry ${explained.idx} in ${fields.join(', ')}: the row was changed by other hands.`;
  return [finding(`control_${subject}_differs`, explained.idx, message)];
}

const FIELDS_COMPARED = {
  token: ['name', 'role', 'sources', 'tenants', 'fingerprint', 'created_at', 'revoked_at', 'expires_at', 'addresses', 'masks'],
  user: ['name', 'email', 'roles', 'scope', 'masks', 'credentials', 'created_at', 'disabled_at', 'expires_at'],
  role: ['name', 'permissions', 'scope', 'masks', 'created_at'],
} as const;

/** A scope's fields have no order of their own; canonical JSON sorted them. */
function sorted(value: unknown): unknown {
  return isRecord(value) ? Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)) : value;
}

function wasDeleted(change: ToldChange): boolean {
  return 'deleted_at' in change.state && change.state.deleted_at !== null;
}

function missing({ idx, change: { subject, id, state } }: Explained): ControlFinding {
  const rule = subject === 'token' ? 'tokens are revoked, never deleted' : 'no entry deletes it';
  return finding(
    `control_${subject}_missing`,
    idx,
    `The ${subject} ${id} (${state.name}) of entry ${idx} is gone from the database: ${rule}.`,
  );
}

function judgeOutbox(sent: readonly OutboxRow[], entries: ReadonlyMap<string, Explained>): ControlFinding[] {
  return sent
    .filter((row) => row.idx !== null && entries.get(row.id)?.idx !== row.idx)
    .map((row) =>
      finding('control_outbox_unexplained', row.idx, `The outbox says that entry ${row.idx} tells the change ${row.id}; it does not.`),
    );
}

function judgeEntries(sent: readonly OutboxRow[], entries: ReadonlyMap<string, Explained>): ControlFinding[] {
  const asked = new Set(sent.map((row) => row.id));
  return [...entries]
    .filter(([id]) => !asked.has(id))
    .map(([id, { idx }]) =>
      finding(
        'control_entry_unexplained',
        idx,
        `Entry ${idx} tells the change ${id}, of which the outbox knows nothing: rows were deleted, or the database is older than the ledger.`,
      ),
    );
}

function finding(code: ControlFinding['code'], idx: number | null, message: string): ControlFinding {
  return { code, log: CONTROL_LOG, first_idx: idx, last_idx: idx, message };
}
