import type { Base } from '../base/types.ts';
import type { Ledger } from '../ledger/index.ts';
import type { Query } from '../query/index.ts';
import type { ConfigJournal } from './config-journal.ts';
import type { ReadJournal } from './read-journal.ts';

/** What the routes stand on. */
export interface Stages {
  readonly base: Base;
  readonly ledger: Ledger;
  readonly query: Query;
  readonly reads: ReadJournal;
  readonly changes: ConfigJournal;
}
