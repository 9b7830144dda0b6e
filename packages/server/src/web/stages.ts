import type { Base } from '../base/types.ts';
import type { Ledger } from '../ledger/index.ts';
import type { Query } from '../query/index.ts';
import type { AccessJournal } from './access-journal.ts';
import type { ConfigJournal } from './config-journal.ts';
import type { ReadJournal } from './read-journal.ts';

/** What the routes stand on. */
export interface Stages {
  readonly base: Base;
  readonly ledger: Ledger;
  readonly query: Query;
  readonly reads: ReadJournal;
  readonly changes: ConfigJournal;
  readonly accessJournal: AccessJournal;
  /** A change is answered when its entry is durable; should the ledger refuse now, the outbox holds it and the answer stands. */
  readonly told: () => Promise<void>;
  /** The address of a one-time link. */
  readonly linkUrl: (secret: string) => string;
  /** Where a provider ends its own session, if one vouched for this; null otherwise. */
  readonly endProviderSession: (sessionId: string) => Promise<string | null>;
}
