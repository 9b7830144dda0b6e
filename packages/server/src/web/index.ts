import { DaybookError } from '@daybook/protocol';
import type { Base } from '../base/types.ts';
import type { Ledger } from '../ledger/index.ts';
import { signInUrl } from '../base/sign-in-url.ts';
import { openAccessJournal } from './access-journal.ts';
import { openConfigJournal } from './config-journal.ts';
import { mountConsole } from './console-routes.ts';
import { mountCoverage } from './coverage-routes.ts';
import { mountEvents } from './event-routes.ts';
import { mountJobs } from './job-routes.ts';
import { mountLogs } from './log-routes.ts';
import { mountMe } from './me-routes.ts';
import { mountOidc } from './oidc-routes.ts';
import { mountPasskeys } from './passkey-routes.ts';
import { openReadJournal } from './read-journal.ts';
import { mountQuarantine } from './quarantine-routes.ts';
import { mountRoles } from './role-routes.ts';
import { mountSchemas } from './schema-routes.ts';
import { mountSessions } from './session-routes.ts';
import { openSignIn } from './sign-in.ts';
import type { Stages } from './stages.ts';
import { mountStatus } from './status-routes.ts';
import { mountTail } from './tail-route.ts';
import { mountTokens } from './token-routes.ts';
import { mountUsers } from './user-routes.ts';
import { mountViews } from './view-routes.ts';

export interface Web {
  /** Records what is still to be told of reads and tokens; after `base.drain()`, before the ledger closes. */
  close(): Promise<void>;
}

/** The edge: what people and programs ask of the server besides sending events and asking SQL. */
export async function openWeb(
  base: Base,
  ledger: Ledger,
  { query, intake, watch }: Pick<Stages, 'query' | 'intake' | 'watch'>,
): Promise<Web> {
  const reads = openReadJournal(base, ledger);
  const changes = openConfigJournal(base, ledger);
  const stages: Stages = {
    base,
    ledger,
    query,
    intake,
    watch,
    reads,
    changes,
    accessJournal: openAccessJournal(base, ledger),
    told: async () => {
      try {
        await changes.drain();
      } catch (error) {
        base.log.warn({ err: error }, 'a change of tokens, users or roles waits in the outbox');
      }
    },
    linkUrl: (secret: string) => signInUrl(base.config, base.url(), secret),
    providers: [],
  };
  const signIn = openSignIn(stages);
  mountStatus(stages);
  await mountConsole(stages);
  mountSchemas(stages);
  mountLogs(stages);
  mountEvents(stages);
  const tailsEnded = mountTail(stages);
  mountTokens(stages);
  mountSessions(stages, signIn);
  mountOidc(stages, signIn);
  mountMe(stages, signIn);
  mountPasskeys(stages, signIn);
  mountUsers(stages);
  mountRoles(stages);
  mountViews(stages);
  mountJobs(stages);
  mountCoverage(stages);
  mountQuarantine(stages);
  return {
    async close() {
      await tailsEnded();
      await reads.close();
      await changes.drain().catch((error: unknown) => {
        if (!(error instanceof DaybookError)) throw error;
        base.log.warn({ err: error }, 'changes of tokens wait in the outbox for the next start');
      });
    },
  };
}
