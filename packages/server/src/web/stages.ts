import type { Base } from '../base/types.ts';
import type { Intake } from '../intake/index.ts';
import type { Ledger } from '../ledger/index.ts';
import type { Query } from '../query/index.ts';
import type { Watch } from '../watch/index.ts';
import type { AccessJournal } from './access-journal.ts';
import type { ConfigJournal } from './config-journal.ts';
import type { ReadJournal } from './read-journal.ts';

/** What the routes stand on. */
export interface Stages {
  readonly base: Base;
  readonly ledger: Ledger;
  readonly query: Query;
  readonly intake: Intake;
  readonly watch: Watch;
  readonly reads: ReadJournal;
  readonly changes: ConfigJournal;
  readonly accessJournal: AccessJournal;
  /** A change is answered when its entry is durable; should the ledger refuse now, the outbox holds it and the answer stands. */
  readonly told: () => Promise<void>;
  /** The address of a one-time link. */
  readonly linkUrl: (secret: string) => string;
  /** Those who vouch for people, if any. */
  readonly providers: Provider[];
}

export interface Provider {
  /** Where the provider ends its own session; null when it did not vouch for this one. */
  endSession(sessionId: string, userId: string): Promise<string | null>;
}
