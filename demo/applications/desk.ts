import { randomBytes } from 'node:crypto';
import { type Actor, annotate, type Client } from '@daybook/sdk';
import { mayPass } from '../habits/office.ts';
import { BROKEN_PRODUCT } from '../habits/shopping.ts';
import { type Ending, NOT_THERE, REASON, STATUS } from '../habits/step.ts';
import { type DeedName, deedOf, type Input, type Application } from './deeds.ts';
import type { Directory } from './directory.ts';

/** How a pool of connections is asked. */
export interface Database {
  query(text: string, values: unknown[]): Promise<unknown>;
  end(): Promise<void>;
}

export interface Asked {
  readonly actor: Actor | undefined;
  readonly id: string;
  readonly input: Input;
}

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, string>>;
}

/** The business behind the routes of one application: who may do what, and what is done. The applications around it are frameworks and routes. */
export class Desk {
  readonly application: Application;
  readonly client: Client;
  readonly database: Database | undefined;
  readonly #directory: Directory;
  /** By the token that a login hands out. */
  readonly #sessions = new Map<string, Actor>();

  constructor(
    client: Client,
    { application, directory, database }: { application: Application; directory: Directory; database: Database | undefined },
  ) {
    this.application = application;
    this.client = client;
    this.#directory = directory;
    this.database = database;
  }

  /** Who comes with these credentials: a session of a person, or the key of a partner. */
  whoIs(authorization: string | null | undefined): Actor | undefined {
    const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '';
    return this.#sessions.get(token) ?? (this.application === 'api' ? this.#directory.partnerOf(token) : undefined);
  }

  /** Serves one request: says what it is about, and does it. */
  async serve(name: DeedName, { actor, id, input }: Asked): Promise<Answer> {
    const deed = deedOf(name);
    annotate(deed.about(id, input));
    if (name.endsWith('.login')) return this.#login(input);
    const ending = this.#ending(name, { actor, id, input });
    if (ending !== 'done') {
      annotate({ reason: REASON[ending] });
      if (ending === 'broken') throw new Error('this page fails, as some do');
      return { status: STATUS[ending], body: { error: REASON[ending] } };
    }
    for (const sql of deed.sql) await this.database?.query(sql.text(input), [...sql.values(id, input)]);
    return { status: deed.status, body: deed.status === 204 ? {} : { id, done: name } };
  }

  #ending(name: DeedName, { actor, id, input }: Asked): Ending {
    const { isOpen, needs } = deedOf(name);
    if (isOpen !== true && actor === undefined) return 'wrong_password';
    if (needs !== undefined && !needs.some((role) => actor?.roles?.includes(role) === true)) return 'forbidden';
    if (name === 'door.open' && !mayPass(this.#directory.rolesOf(input['user'] ?? ''), input['door'] ?? '')) return 'forbidden';
    if (id === NOT_THERE) return 'not_found';
    return name === 'product.read' && id === BROKEN_PRODUCT ? 'broken' : 'done';
  }

  #login({ user = '', password = '', code }: Input): Answer {
    const found = this.#directory.login(user, password);
    if (found.ending !== 'done') {
      annotate({ outcome: 'denied', reason: REASON[found.ending] });
      return { status: STATUS[found.ending], body: { error: REASON[found.ending] } };
    }
    if (this.#sessions.size >= SESSIONS_MAX) this.#sessions.clear();
    const token = randomBytes(16).toString('hex');
    const actor: Actor = { ...found.actor, session_id: randomBytes(6).toString('hex'), auth_method: 'password', mfa: code !== undefined };
    this.#sessions.set(token, actor);
    annotate(actor);
    return { status: 200, body: { token } };
  }
}

/** Sessions end with the process; beyond this many all people log in again. */
const SESSIONS_MAX = 10_000;
