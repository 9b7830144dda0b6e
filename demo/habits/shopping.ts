import type { Actor } from '@daybook/sdk';
import type { DeedName, Input } from '../applications/deeds.ts';
import { Chance } from '../chance.ts';
import { type Customer, ORDERS_KNOWN, PRODUCTS_KNOWN } from '../people/customers.ts';
import { isWeekend, localTime } from './calendar.ts';
import { type Ending, NO_INPUT, NOT_THERE, type Step, type Steps } from './step.ts';

/** When people shop, by the hour of their clock: before work a little, at lunch, most of all in the evening. */
const HOURS = [1, 0.4, 0.2, 0.1, 0.1, 0.3, 1, 2, 2, 2, 2.5, 3, 4, 3, 2.5, 2.5, 3, 4, 5, 7, 8, 7, 5, 2.5].map(
  (weight, hour) => [hour, weight] as const,
);
const WEEKEND = 1.35;
const LOGGED_IN = 0.7;
/** A product whose page fails: every shop has one. */
export const BROKEN_PRODUCT = '13';

/** A customer's day: none, one or several visits to the shop. */
export function* shoppingDay(customer: Customer, day: number, seed: string): Steps {
  const chance = new Chance(`${seed} shop ${customer.id} ${day}`);
  const visits = Math.floor(customer.eagerness * (isWeekend(day) ? WEEKEND : 1) * chance.wait(1) + chance.next());
  const begins = Array.from({ length: Math.min(visits, VISITS_MAX) }, () =>
    localTime(customer.home, day, chance.weighted(HOURS) * 60 + chance.between(0, 60)),
  );
  let free = 0;
  for (const begin of begins.sort((a, b) => a - b)) {
    for (const step of visit(customer, Math.max(begin, free), chance)) {
      yield step;
      free = step.at + 1000;
    }
  }
}
const VISITS_MAX = 6;

function* visit(customer: Customer, begin: number, chance: Chance): Steps {
  let at = begin;
  const isKnown = chance.happens(LOGGED_IN);
  const actor: Actor = { user_id: customer.id, roles: ['customer'], tenant_id: customer.tenant, session_id: chance.name() };
  const step = (deed: DeedName, more: { id?: string; input?: Input; ending?: Ending } = {}): Step => {
    const { id = '', input = NO_INPUT, ending = 'done' } = more;
    const now = at;
    at += Math.round(1500 + chance.wait(40_000));
    return { at: now, deed, actor: isKnown ? actor : undefined, from: customer.from, id, input, ending };
  };
  if (isKnown) {
    const input = { user: customer.id };
    if (chance.happens(0.05)) yield step('shop.login', { input, ending: 'wrong_password' });
    yield step('shop.login', { input });
  }
  yield step('product.list');
  for (let looks = chance.whole(2, 9); looks > 0; looks--) {
    const product = String(chance.whole(1, PRODUCTS_KNOWN));
    const missing = chance.happens(0.01);
    const ending = missing ? 'not_found' : product === BROKEN_PRODUCT ? 'broken' : 'done';
    yield step('product.read', { id: missing ? NOT_THERE : product, ending });
    if (isKnown && chance.happens(0.2)) yield step('basket.add');
  }
  if (!isKnown) return;
  if (chance.happens(0.3)) yield step('order.create');
  if (chance.happens(0.3)) yield step('order.mine', { id: String(chance.whole(1, ORDERS_KNOWN)) });
  if (chance.happens(0.15)) yield step('account.read', { id: String(customer.number) });
  if (chance.happens(0.03)) yield step('account.update', { id: String(customer.number) });
  if (chance.happens(0.5)) yield step('shop.logout');
}
