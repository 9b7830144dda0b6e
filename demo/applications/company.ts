import type { Server } from 'node:http';
import { daybook, type OnProblem, type Stats } from '@daybook/sdk';
import { type People, peopleOf } from '../history/behaviour.ts';
import { openBackoffice } from './backoffice.ts';
import { openApi } from './api.ts';
import { openPool } from './database.ts';
import { type Application, type DeedName, forEach } from './deeds.ts';
import { Desk } from './desk.ts';
import { Directory } from './directory.ts';
import { openDoors } from './doors.ts';
import { closed, urlOf } from './http.ts';
import { runTask } from './nightly.ts';
import { openShop } from './shop.ts';

export interface CompanyOptions {
  /** Daybook's address. */
  readonly url: string;
  /** Each application's own token of role producer. */
  readonly tokens: Readonly<Record<Application, string>>;
  /** Where the applications spool what Daybook does not have yet. */
  readonly spool: string;
  /** The database's address; without one the applications answer from memory, and no statements are recorded. */
  readonly postgres?: string | undefined;
  /** How many times the people. Default: 1. */
  readonly scale?: number;
  /** Applications that record nothing: sources that fall silent. */
  readonly silent?: readonly Application[];
  readonly onProblem?: OnProblem;
}

/** The company at work: its applications listen, each with a client of its own. */
export interface Company {
  readonly people: People;
  /** Where the applications listen; the nightly job does not. */
  readonly urls: Readonly<Record<Exclude<Application, 'nightly'>, string>>;
  runTask(name: DeedName, id: string): Promise<void>;
  stats(): Readonly<Record<Application, Stats>>;
  /** Waits until what was recorded is in Daybook. */
  flush(): Promise<boolean>;
  /** Closes front to back; true when everything that was recorded has arrived. */
  stop(): Promise<boolean>;
}

export async function startCompany(options: CompanyOptions): Promise<Company> {
  const people = peopleOf(options.scale ?? 1);
  const directory = new Directory(people);
  const desks = forEach((application) => openDesk(application, directory, options));
  const servers: Record<Exclude<Application, 'nightly'>, Server> = {
    shop: await openShop(desks.shop),
    backoffice: await openBackoffice(desks.backoffice),
    api: await openApi(desks.api),
    doors: await openDoors(desks.doors),
  };
  const clients = Object.values(desks).map(({ client }) => client);
  return {
    people,
    urls: { shop: urlOf(servers.shop), backoffice: urlOf(servers.backoffice), api: urlOf(servers.api), doors: urlOf(servers.doors) },
    runTask: (name, id) => runTask(desks.nightly, name, id),
    stats: () => forEach((application) => desks[application].client.stats()),
    flush: async () => (await Promise.all(clients.map((client) => client.flush()))).every(Boolean),
    async stop() {
      await Promise.all(Object.values(servers).map(closed));
      for (const { database } of Object.values(desks)) await database?.end();
      return (await Promise.all(clients.map((client) => client.close()))).every(Boolean);
    },
  };
}

function openDesk(application: Application, directory: Directory, options: CompanyOptions): Desk {
  const client = daybook({
    name: application,
    url: options.url,
    token: options.tokens[application],
    directory: options.spool,
    defaults: { environment: 'production' },
    enabled: options.silent?.includes(application) !== true,
    ...(options.onProblem === undefined ? undefined : { onProblem: options.onProblem }),
  });
  const database = options.postgres === undefined ? undefined : openPool(client, options.postgres);
  return new Desk(client, { application, directory, database });
}
