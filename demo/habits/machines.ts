import type { Actor } from '@daybook/sdk';
import type { DeedName } from '../applications/deeds.ts';
import { Chance } from '../chance.ts';
import { ORDERS_KNOWN, type Partner } from '../people/customers.ts';
import { AGENTS, type From, strangerAddress } from '../people/places.ts';
import { DAY, HOUR, MINUTE } from './calendar.ts';
import { type Ending, NO_INPUT, type Step, type Steps } from './step.ts';

export const partnerActor = ({ id, key, tenant }: Partner): Actor => ({
  user_id: id,
  actor_type: 'service',
  auth_method: 'key',
  credential_id: key,
  roles: ['partner'],
  tenant_id: tenant,
});

/** A partner's machine: around the clock, never quite on time. */
export function* partnerDay(partner: Partner, day: number, seed: string): Steps {
  const chance = new Chance(`${seed} partner ${partner.id} ${day}`);
  const end = (day + 1) * DAY;
  const actor = partnerActor(partner);
  for (
    let at = day * DAY + chance.whole(0, partner.everyS * 1000);
    at < end;
    at += Math.round(partner.everyS * 1000 * chance.between(0.9, 1.1))
  ) {
    const deed: DeedName = chance.weighted([['stock.read', 14], ['partner.order', 5], ['partner.buy', 1]]); // biome-ignore format: one line
    const id = deed === 'partner.order' ? String(chance.whole(1, ORDERS_KNOWN)) : '';
    yield { at, deed, actor, from: partner.from, id, input: NO_INPUT, ending: 'done' };
  }
}

export const NIGHTLY: Actor = { user_id: 'nightly', actor_type: 'service' };
export const NIGHTLY_FROM: From = { address: '192.0.2.240', country: 'DE', agent: '' };

/** The job that runs at two in the night. */
export function* nightOf(day: number, seed: string): Steps {
  const chance = new Chance(`${seed} night ${day}`);
  let at = day * DAY + 2 * HOUR + chance.whole(0, 4000);
  const task = (deed: DeedName, id = '', ending: Ending = 'done'): Step => ({
    at,
    deed,
    actor: NIGHTLY,
    from: NIGHTLY_FROM,
    id,
    input: NO_INPUT,
    ending,
  });
  yield task('night.backup');
  at += MINUTE;
  yield task('night.invoices', '', chance.happens(0.05) ? 'broken' : 'done');
  for (const report of ['sales', 'stock', 'refunds', 'margins']) {
    at += 20_000;
    yield task('night.report', report);
  }
}

/** Programs of strangers that look for doors left open: a few times a day, from anywhere. */
export function* probesOf(day: number, seed: string): Steps {
  const chance = new Chance(`${seed} probes ${day}`);
  for (let at = day * DAY + chance.wait(5 * HOUR); at < (day + 1) * DAY; at += chance.wait(5 * HOUR)) {
    const from: From = {
      address: strangerAddress(chance.whole(100, 200)),
      country: chance.pick(['US', 'NL', 'SG', 'BR']),
      agent: AGENTS.scanner,
    };
    for (let times = chance.whole(2, 6); times > 0; times--) {
      yield { at: Math.round(at), deed: 'page.probe', actor: undefined, from, id: '', input: NO_INPUT, ending: 'done' };
      at += chance.whole(200, 900);
    }
  }
}
