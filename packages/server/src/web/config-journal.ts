import { paused } from '../base/base.ts';
import type { OutboxRow, ToldChange } from '../base/control/outbox.ts';
import type { Base } from '../base/types.ts';
import type { Ledger, Receipt } from '../ledger/index.ts';

/** Makes every change of the control state an entry of the ledger. */
export interface ConfigJournal {
  /** Records what is pending. Resolves when all of it is durable; on failure the changes stay in the outbox and are tried again. */
  drain(): Promise<void>;
}

/** The log that holds control entries. */
export const CONTROL_LOG = 'important';
const RETRY_MS = 10_000;
const BATCH_ROWS = 100;

export function openConfigJournal(base: Base, ledger: Ledger): ConfigJournal {
  const { outbox } = base.control;
  let last: Promise<void> = Promise.resolve();

  const drainOnce = async () => {
    for (;;) {
      const rows = await outbox.pending(BATCH_ROWS);
      for (const row of rows) await settle(row);
      if (rows.length < BATCH_ROWS) return;
    }
  };

  /**
   * Exactly once, in four steps: note where the log stands, durably; record; note the entry's place. A crash after the first or the second
   * finds the note at the next start and looks from there on for an entry that carries the outbox id, before it records again.
   */
  const settle = async (row: OutboxRow) => {
    const found = row.triedFrom === null ? undefined : await findOutboxEntry(ledger, row.id, row.triedFrom);
    if (row.triedFrom === null) await outbox.trying(row.id, ledger.state(CONTROL_LOG).size);
    const receipt = found ?? (await ledger.record('daybook.config', eventOf(row)));
    await outbox.done(row.id, receipt.log, receipt.firstIdx);
  };

  const journal: ConfigJournal = {
    drain() {
      // One at a time: two drains at once would record the same rows twice.
      const next = last.then(drainOnce, drainOnce);
      last = next.catch(() => undefined);
      return next;
    },
  };
  base.background('configuration audit', async (signal) => {
    do {
      try {
        await journal.drain();
      } catch (error) {
        base.log.warn({ err: error }, 'changes of tokens, users or roles wait in the outbox: the ledger does not take them now');
      }
    } while (await paused(RETRY_MS, signal));
  });
  return journal;
}

async function findOutboxEntry(ledger: Ledger, id: string, from: number): Promise<Receipt | undefined> {
  const { firstIdx, size } = ledger.state(CONTROL_LOG);
  const mark = Buffer.from(`"outbox_id":${JSON.stringify(id)}`);
  for await (const chunk of ledger.read(CONTROL_LOG, Math.min(Math.max(from, firstIdx), size), size)) {
    for (let at = chunk.bytes.indexOf(mark); at >= 0; at = chunk.bytes.indexOf(mark, at + 1)) {
      const i = chunk.ends.findIndex((end) => end > at);
      // An event of someone's own could hold the same words; only the server writes this kind.
      if (i >= 0 && isConfigEntry(chunk.bytes.subarray(chunk.starts[i], chunk.ends[i]))) {
        const idx = chunk.firstIdx + i;
        return { log: CONTROL_LOG, firstIdx: idx, lastIdx: idx };
      }
    }
  }
  return undefined;
}

const CONFIG_MARK = '},"kind":"daybook.config",';

/** Whether the server wrote this entry about its own configuration: the mark stands unescaped behind the event, where no event reaches. */
export function isConfigEntry(entry: Buffer): boolean {
  const end = entry.lastIndexOf('},"kind":"', undefined, 'latin1');
  return end >= 0 && entry.subarray(end, end + CONFIG_MARK.length).equals(Buffer.from(CONFIG_MARK));
}

function eventOf({ id, change }: OutboxRow): Record<string, unknown> {
  const { action, subject } = change;
  return {
    action,
    actor_type: change.by.tokenId === '' ? 'system' : 'user',
    attributes: { change: changeForLedger(change), outbox_id: id },
    ...(change.by.tokenId === '' ? {} : { credential_id: change.by.tokenId }),
    event_type: `${subject}.${action}`,
    outcome: 'success',
    resource: `${subject}/${change.state.name}`,
    resource_id: change.id,
    resource_type: subject,
    ...(subject === 'user' ? { target_user_id: change.state.name } : {}),
    user_id: change.by.name,
  };
}

/** Canonical JSON has no place for surprises: only the members that are known, as the outbox's own parser took them apart. */
function changeForLedger({ action, id, state, subject }: ToldChange): Record<string, unknown> {
  return { action, id, state: structuredClone(state), subject };
}
