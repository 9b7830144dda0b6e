import { DaybookError, parseJson } from '@daybook/protocol';
import type { Selectable } from 'kysely';
import { z } from 'zod';
import type { Random } from '../random.ts';
import type { ControlDatabase, ControlTables } from './database.ts';

type Row = Selectable<ControlTables['views']>;

const ID_BYTES = 9;
/** Of one owner: a list that a person keeps by hand. */
const VIEWS_MAX = 200;
const strings = z.array(z.string());

/** A question with a name. */
export interface ViewContent {
  readonly name: string;
  readonly page: 'search' | 'sql';
  /** The filter, or the statement. */
  readonly text: string;
  /** The range of time as the console writes it; empty: the page's own. */
  readonly range: string;
  readonly columns: readonly string[];
  /** Whether everybody who reads without a scope sees it. */
  readonly shared: boolean;
}

export interface View extends ViewContent {
  readonly id: string;
  /** The user, or the token. */
  readonly owner: string;
  readonly ownerName: string;
  readonly changedAt: string;
}

export interface Owner {
  readonly id: string;
  readonly name: string;
}

/** Saved views. They grant nothing: who opens one asks its question anew, with rights of their own. */
export interface Views {
  /** An owner's own and, where wanted, those that others share; by name. */
  list(owner: string, withShared: boolean): Promise<View[]>;
  get(id: string): Promise<View | undefined>;
  create(view: ViewContent, owner: Owner): Promise<View>;
  update(id: string, view: ViewContent): Promise<View>;
  remove(id: string): Promise<void>;
}

interface ViewsOptions {
  readonly db: ControlDatabase;
  readonly random: Random;
  readonly now: () => string;
}

export function openViews({ db, random, now }: ViewsOptions): Views {
  const get = async (id: string) => {
    const row = await db.selectFrom('views').selectAll().where('id', '=', id).executeTakeFirst();
    return row === undefined ? undefined : viewOf(row);
  };
  const refuseTaken = async (name: string, owner: string, except: string) => {
    const taken = db.selectFrom('views').select('id').where('owner', '=', owner).where('name', '=', name).where('id', '!=', except);
    if ((await taken.executeTakeFirst()) !== undefined)
      throw new DaybookError('conflict', 'You have a view of this name; choose another, or change that one.', { field: 'name' });
  };
  return {
    async list(owner, withShared) {
      const rows = db.selectFrom('views').selectAll().orderBy('name').orderBy('id');
      const mine = rows.where((is) => (withShared ? is.or([is('owner', '=', owner), is('shared', '=', 1)]) : is('owner', '=', owner)));
      return (await mine.execute()).map(viewOf);
    },
    get,
    async create(view, owner) {
      await refuseTaken(view.name, owner.id, '');
      const { n } = await db
        .selectFrom('views')
        .select((is) => is.fn.countAll<number | string>().as('n'))
        .where('owner', '=', owner.id)
        .executeTakeFirstOrThrow();
      if (Number(n) >= VIEWS_MAX) throw new DaybookError('conflict', `You have ${VIEWS_MAX} views; remove one first.`, { field: 'name' });
      const row = { id: `v_${random.text(ID_BYTES)}`, owner: owner.id, owner_name: owner.name, changed_at: now(), ...columnsOf(view) };
      await db.insertInto('views').values(row).execute();
      return viewOf(row);
    },
    async update(id, view) {
      const before = await get(id);
      if (before === undefined) throw new DaybookError('not_found', 'There is no such view.', { field: 'id' });
      await refuseTaken(view.name, before.owner, id);
      const changed_at = now();
      await db
        .updateTable('views')
        .set({ ...columnsOf(view), changed_at })
        .where('id', '=', id)
        .execute();
      return { ...before, ...view, changedAt: changed_at };
    },
    async remove(id) {
      await db.deleteFrom('views').where('id', '=', id).execute();
    },
  };
}

function columnsOf({ name, page, text, range, columns, shared }: ViewContent) {
  return { name, page, text, range, columns: JSON.stringify(columns), shared: shared ? 1 : 0 };
}

function viewOf({ id, owner, owner_name, name, page, text, range, columns, shared, changed_at }: Row): View {
  return {
    id,
    owner,
    ownerName: owner_name,
    name,
    page: page === 'sql' ? 'sql' : 'search',
    text,
    range,
    columns: strings.parse(parseJson(columns)),
    shared: shared === 1,
    changedAt: changed_at,
  };
}
