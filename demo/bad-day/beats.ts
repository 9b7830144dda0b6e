import type { Actor } from '@daybook/sdk';
import type { DeedName, Input } from '../applications/deeds.ts';
import { AUDIT_TRAIL } from '../applications/statements.ts';
import { Chance } from '../chance.ts';
import { FAMOUS_CUSTOMER } from '../habits/office.ts';
import { type Ending, NO_INPUT, type Step, type Steps } from '../habits/step.ts';
import { CUSTOMER_FIRST, CUSTOMERS_KNOWN, ORDERS_KNOWN } from '../people/customers.ts';
import { AGENTS, type From, officeAddress, OFFICES, strangerAddress } from '../people/places.ts';
import { NEW_KEY, RESCUER, STOLEN_KEY, VICTIM, WHEN } from './cast.ts';

const STRANGER: From = { address: strangerAddress(65), country: 'SG', agent: AGENTS.firefox };
const ROBOT: From = { ...STRANGER, agent: AGENTS.script };
const KEY_THIEF: From = { address: strangerAddress(76), country: 'BR', agent: AGENTS.script };
const AT_DESK: From = { address: officeAddress(OFFICES.berlin, 19), country: 'DE', agent: AGENTS.firefox };

const AS_VICTIM: Actor = { user_id: VICTIM, roles: ['support', 'lead'], session_id: '5ca1ab1e0001', auth_method: 'password', mfa: false };
const AS_ADMIN: Actor = { ...AS_VICTIM, roles: ['support', 'lead', 'admin'] };
const AS_RESCUER: Actor = { user_id: RESCUER, roles: ['ops', 'admin'], session_id: 'c1ea11000002', auth_method: 'password', mfa: true };
const AS_PARTNER: Actor = {
  user_id: 'partner-north',
  actor_type: 'service',
  auth_method: 'key',
  credential_id: STOLEN_KEY,
  roles: ['partner'],
  tenant_id: 'north',
};

interface Scene {
  readonly actor: Actor | undefined;
  readonly from: From;
}
interface What {
  readonly id?: string;
  readonly input?: Input;
  readonly ending?: Ending;
}
const THIEF: Scene = { actor: AS_VICTIM, from: STRANGER };
const THIEF_ADMIN: Scene = { actor: AS_ADMIN, from: STRANGER };
const RESCUE: Scene = { actor: AS_RESCUER, from: AT_DESK };

const step = (at: number, deed: DeedName, { actor, from }: Scene, { id = '', input = NO_INPUT, ending = 'done' }: What = {}): Step => ({
  at: Math.round(at),
  deed,
  actor,
  from,
  id,
  input,
  ending,
});

/** The bad day and the morning after it, beat by beat, from the midnight that begins it. */
export function* beatsOf(midnight: number, seed: string): Steps {
  const chance = new Chance(`${seed} bad day`);
  yield* stuffing(midnight + WHEN.stuffing, chance);
  yield step(midnight + WHEN.twoPlaces, 'backoffice.login', THIEF, { input: { user: VICTIM } });
  yield* grant(midnight + WHEN.grant);
  yield* reading(midnight + WHEN.reading, chance);
  yield* stolenKey(midnight + WHEN.stolenKey, chance);
  yield* exporting(midnight + WHEN.exports);
  yield* covering(midnight);
  yield* rescue(midnight);
}

/** 240 accounts, of which most do not exist, each tried once; the last fits. */
function* stuffing(begin: number, chance: Chance): Steps {
  let at = begin;
  for (let tries = 0; tries < 240; tries++) {
    at += chance.whole(2000, 9000);
    const user = chance.happens(0.1) ? chance.pick(['u-ana', 'u-gus', 'u-hal', 'u-lou', 'u-tim']) : `user${chance.whole(100, 999)}`;
    yield step(at, 'backoffice.login', { actor: { user_id: user }, from: ROBOT }, { input: { user }, ending: 'wrong_password' });
  }
  yield step(at + 4000, 'backoffice.login', { actor: AS_VICTIM, from: ROBOT }, { input: { user: VICTIM } });
}

/** To oneself: first too much, then what works. */
function* grant(at: number): Steps {
  yield step(at, 'customer.export', THIEF, { ending: 'forbidden' });
  yield step(at + 40_000, 'setting.update', THIEF, { id: 'doors.reporting', input: { value: 'off' }, ending: 'forbidden' });
  yield step(at + 95_000, 'role.grant', THIEF, { id: VICTIM, input: { role: 'admin' } });
}

/** Customer after customer, faster than anybody reads. */
function* reading(begin: number, chance: Chance): Steps {
  for (let n = 0; n < 130; n++) {
    const id = n === 7 ? FAMOUS_CUSTOMER : String(CUSTOMER_FIRST + chance.whole(0, CUSTOMERS_KNOWN - 1));
    yield step(begin + n * 11_000, 'customer.read', THIEF_ADMIN, { id });
  }
}

function* stolenKey(begin: number, chance: Chance): Steps {
  for (let n = 0; n < 45; n++) {
    yield step(begin + n * 6000, 'partner.order', { actor: AS_PARTNER, from: KEY_THIEF }, { id: String(chance.whole(1, ORDERS_KNOWN)) });
  }
}

/** All customers, five times: by night, when nobody else is there. */
function* exporting(begin: number): Steps {
  yield step(begin, 'backoffice.login', THIEF_ADMIN, { input: { user: VICTIM } });
  for (let n = 0; n < 5; n++) yield step(begin + 60_000 + n * 90_000, 'customer.export', THIEF_ADMIN);
}

/** Away with what tells: the table, and the reports of the doors, which fall silent. */
function* covering(midnight: number): Steps {
  yield step(midnight + WHEN.drop, 'console.run', THIEF_ADMIN, { input: { statement: `DROP TABLE ${AUDIT_TRAIL}` } });
  yield step(midnight + WHEN.silent, 'setting.update', THIEF_ADMIN, { id: 'doors.reporting', input: { value: 'off' } });
}

function* rescue(midnight: number): Steps {
  const [disabled, shutOut, repaired] = [midnight + WHEN.disabled, midnight + WHEN.shutOut, midnight + WHEN.repaired];
  yield step(disabled - 60_000, 'backoffice.login', RESCUE, { input: { user: RESCUER, code: '000000' } });
  yield step(disabled, 'user.disable', RESCUE, { id: VICTIM });
  yield step(disabled + 50_000, 'role.revoke', RESCUE, { id: VICTIM, input: { role: 'admin' } });
  yield step(disabled + 140_000, 'key.revoke', RESCUE, { id: STOLEN_KEY });
  yield step(disabled + 200_000, 'key.create', RESCUE, { id: NEW_KEY });
  for (let n = 0; n < 3; n++) {
    yield step(
      shutOut + n * 20_000,
      'backoffice.login',
      { actor: { user_id: VICTIM }, from: STRANGER },
      { input: { user: VICTIM }, ending: 'disabled' },
    );
  }
  yield step(repaired - 90_000, 'console.run', RESCUE, { input: { statement: `CREATE TABLE ${AUDIT_TRAIL} (what text, about text)` } });
  yield step(repaired, 'setting.update', RESCUE, { id: 'doors.reporting', input: { value: 'on' } });
}
