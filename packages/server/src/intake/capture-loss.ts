import type { Ledger } from '../ledger/types.ts';

/** Something that came, or tried to, and is gone: known by its number alone. */
export interface CaptureLoss {
  /** What listened: `syslog udp 0.0.0.0:514`. */
  readonly receiver: string;
  readonly source: string | undefined;
  /** How many records, or datagrams. */
  readonly lost: number;
  /** A sentence. */
  readonly reason: string;
}

/** A hole in the evidence is evidence: it is told where the events are. */
export async function recordLoss(ledger: Ledger, { receiver, source, lost, reason }: CaptureLoss): Promise<void> {
  await ledger.record('daybook.gap', {
    attributes: { lost, receiver, ...(source === undefined ? {} : { of_source: source }) },
    event_type: 'daybook.capture_loss',
    outcome: 'failure',
    reason,
    resource: receiver,
    resource_type: 'receiver',
  });
}
