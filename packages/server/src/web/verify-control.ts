import { parseJson } from '@daybook/protocol';
import { type OutboxRow, parseToldChange, type ToldChange, type TokenState } from '../base/control/outbox.ts';
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
 * token), a row that says something else, a token that is gone, an outbox row whose entry isn't there, an entry that no outbox row asked for.
 * Rows of other nodes on a shared database are explained by those nodes' ledgers: they are counted, and judged there.
 */
export async function* verifyControl(
  base: Base,
  ledger: Ledger,
  progress: (done: number, total: number) => void,
): AsyncGenerator<ControlFinding, { readonly tokens: number; readonly entries: number; readonly elsewhere: number }> {
  // The rows first: a change that is made while the log is read has its entry in front of us, not behind.
  const { node, shared, tokens, outbox } = base.control;
  const rows = await tokens.list();
  const sent = await outbox.all();
  const { entries, doubles } = await readConfigEntries(ledger, progress);
  const ours = (row: { readonly node: string }) => !shared || row.node === node;
  const pending = new Set(sent.filter((row) => row.idx === null).map((row) => row.change.id));
  for (const finding of [
    ...doubles,
    ...judgeTokens(rows.filter(ours), stateAfter(entries), pending),
    ...judgeOutbox(sent.filter(ours), entries),
    ...judgeEntries(sent, entries),
  ]) {
    yield finding;
  }
  return { tokens: rows.length, entries: entries.size, elsewhere: rows.filter((row) => !ours(row)).length };
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

/** What each token is after all entries, in their order. */
function stateAfter(entries: ReadonlyMap<string, Explained>): Map<string, { readonly idx: number; readonly state: TokenState }> {
  const state = new Map<string, { readonly idx: number; readonly state: TokenState }>();
  for (const { idx, change } of entries.values()) state.set(change.id, { idx, state: change.state });
  return state;
}

function judgeTokens(
  rows: readonly Token[],
  told: ReadonlyMap<string, { readonly idx: number; readonly state: TokenState }>,
  pending: ReadonlySet<string>,
): ControlFinding[] {
  const findings: ControlFinding[] = [];
  const seen = new Set<string>();
  for (const row of rows) {
    seen.add(row.id);
    const explained = told.get(row.id);
    if (pending.has(row.id)) continue;
    if (explained === undefined) {
      findings.push(
        finding(
          'control_token_unexplained',
          null,
          `No entry explains the token ${row.id} (${row.name}, ${row.role}): it was put into the database by other hands. Revoke it.`,
        ),
      );
      continue;
    }
    const fields = differing(row, explained.state);
    if (fields.length > 0) {
      findings.push(
        finding(
          'control_token_differs',
          explained.idx,
          `The token ${row.id} differs from entry ${explained.idx} in ${fields.join(', ')}: the row was changed by other hands.`,
        ),
      );
    }
  }
  for (const [id, { idx, state }] of told) {
    if (!seen.has(id))
      findings.push(
        finding(
          'control_token_missing',
          idx,
          `The token ${id} (${state.name}) of entry ${idx} is gone from the database: tokens are revoked, never deleted.`,
        ),
      );
  }
  return findings;
}

function differing(row: TokenState, state: TokenState): string[] {
  const fields = ['name', 'role', 'sources', 'tenants', 'fingerprint', 'created_at', 'revoked_at'] as const;
  return fields.filter((field) => JSON.stringify(row[field]) !== JSON.stringify(state[field]));
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
