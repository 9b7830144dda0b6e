import type { DeedName, Input } from '../applications/deeds.ts';
import { Chance } from '../chance.ts';
import { CUSTOMER_FIRST, CUSTOMERS_KNOWN, ORDERS_KNOWN } from '../people/customers.ts';
import type { Employee, Job } from '../people/staff.ts';
import { isWorkday, localTime, MINUTE } from './calendar.ts';
import { type Ending, NO_INPUT, NOT_THERE, type Step, type Steps } from './step.ts';

type Habit = readonly (readonly [DeedName, number])[];

/** What a job consists of, and how often each part comes. */
const HABITS: Readonly<Record<Job, Habit>> = {
  support: [['customer.search', 3], ['customer.read', 8], ['order.read', 5], ['customer.update', 1.5], ['order.refund', 0.7]],
  lead: [['customer.search', 2], ['customer.read', 5], ['order.read', 4], ['report.read', 2], ['order.refund', 0.5]],
  sales: [['customer.search', 2], ['customer.read', 3], ['order.read', 3], ['report.read', 2]],
  analyst: [['report.read', 4], ['console.run', 3], ['order.read', 1], ['customer.export', 0.15]],
  finance: [['order.read', 6], ['order.refund', 1], ['report.read', 3]],
  ops: [['console.run', 1], ['order.read', 1], ['deployment.create', 0.4], ['setting.update', 0.3], ['role.grant', 0.08], ['key.create', 0.05]],
  warehouse: [['order.read', 5], ['order.ship', 6]],
}; // biome-ignore format: a table, one job a line

/** Minutes between two things that somebody does, on average. */
const PACE: Readonly<Record<Job, number>> = { support: 6, lead: 9, sales: 11, analyst: 14, finance: 10, ops: 22, warehouse: 7 };
/** What people try who are curious, or take the wrong link. */
const TEMPTATIONS: readonly DeedName[] = ['customer.export', 'setting.update', 'role.grant', 'console.run'];
const WORK_MINUTES = 8.5 * 60;
const LUNCH_AFTER = 4 * 60;
const LUNCH_MINUTES = 45;
const OFF_WEEKS = 0.08;
const SICK = 0.03;
/** The record that everybody knows: a customer who calls often. */
export const FAMOUS_CUSTOMER = '4711';

/** Whether somebody comes to work: no weekend, no holiday, no week off, not ill. */
export function isAtWork(employee: Employee, day: number, seed: string): boolean {
  if (!isWorkday(employee.office, day)) return false;
  // The story needs one of them at her desk.
  if (employee.job === 'lead') return true;
  const isOff = new Chance(`${seed} off ${employee.id} ${Math.floor((day + 3) / 7)}`).happens(OFF_WEEKS);
  return !isOff && !new Chance(`${seed} ill ${employee.id} ${day}`).happens(SICK);
}

/** An employee's day in the admin tool. */
export function* officeDay(employee: Employee, day: number, seed: string): Steps {
  if (!isAtWork(employee, day, seed)) return;
  const chance = new Chance(`${seed} office ${employee.id} ${day}`);
  const steps = stepsOf(employee, chance);
  const begin = localTime(employee.office, day, employee.beginsAt + chance.between(-10, 15));
  const end = begin + WORK_MINUTES * MINUTE;
  let at = begin;
  for (let wrong = chance.happens(0.06) ? chance.whole(1, 2) : 0; wrong > 0; wrong--) {
    yield { ...steps.login(at), ending: 'wrong_password' };
    at += chance.whole(4000, 25_000);
  }
  yield steps.login(at);
  for (;;) {
    at += Math.round(2000 + chance.wait(PACE[employee.job]) * MINUTE);
    const atLunch = at - begin - LUNCH_AFTER * MINUTE;
    if (atLunch > 0 && atLunch < LUNCH_MINUTES * MINUTE) at = begin + (LUNCH_AFTER + LUNCH_MINUTES) * MINUTE + (atLunch % MINUTE);
    if (at >= end) break;
    yield steps.work(at);
  }
  if (chance.happens(0.8)) yield steps.say(end + chance.whole(0, 300_000), 'backoffice.logout');
}

/** The doors that an employee goes through; most carry their badge, and it works. */
export function* doorsDay(employee: Employee, day: number, seed: string): Steps {
  if (!isAtWork(employee, day, seed)) return;
  const chance = new Chance(`${seed} doors ${employee.id} ${day}`);
  const times = [-6, 90 + chance.wait(60), LUNCH_AFTER, LUNCH_AFTER + LUNCH_MINUTES - 4, WORK_MINUTES - chance.wait(40)];
  const inOrder = times.map((minutes) => localTime(employee.office, day, employee.beginsAt + minutes + chance.between(0, 6)));
  for (const at of inOrder.sort((a, b) => a - b)) {
    const isServerRoom = chance.happens(employee.job === 'ops' ? 0.3 : 0.006);
    const isWarehouse = employee.job === 'warehouse' && chance.happens(0.5);
    const door = isServerRoom ? 'server-room' : isWarehouse ? 'warehouse' : 'main';
    yield {
      at,
      deed: 'door.open',
      actor: { user_id: employee.id },
      from: { ...employee.from, address: readerOf(employee), agent: 'badge-reader/2.1' },
      id: '',
      input: { user: employee.id, door, office: employee.office.name },
      ending: mayPass(employee.roles, door) ? 'done' : 'forbidden',
    };
  }
}

/** The server room is for those who run the servers. */
export const mayPass = (roles: readonly string[], door: string): boolean => door !== 'server-room' || roles.includes('ops');

const readerOf = ({ office }: Employee): string => `192.0.2.${{ DE: 250, PT: 251, CA: 252 }[office.country] ?? 253}`;

function stepsOf(employee: Employee, chance: Chance) {
  const session_id = chance.name();
  const actor = { user_id: employee.id, roles: employee.roles, session_id, auth_method: 'password', mfa: true } as const;
  const say = (at: number, deed: DeedName, more: { id?: string; input?: Input; ending?: Ending } = {}): Step => {
    const { id = '', input = NO_INPUT, ending = 'done' } = more;
    return { at, deed, actor, from: employee.from, id, input, ending };
  };
  const work = (at: number): Step => {
    if (employee.job !== 'ops' && employee.job !== 'analyst' && chance.happens(0.008)) return tempted(at);
    const deed = chance.weighted(HABITS[employee.job]);
    if (deed.startsWith('order.') && chance.happens(0.007)) return say(at, deed, { id: NOT_THERE, ending: 'not_found' });
    return say(at, deed, whatFor(deed, chance));
  };
  const tempted = (at: number): Step => {
    const deed = chance.pick(employee.job === 'lead' ? TEMPTATIONS.slice(0, 2) : TEMPTATIONS);
    return say(at, deed, { ...whatFor(deed, chance), ending: 'forbidden' });
  };
  return { say, work, login: (at: number) => say(at, 'backoffice.login', { input: { user: employee.id, code: '000000' } }) };
}

const QUESTIONS = [
  'SELECT state, count(*) FROM orders GROUP BY state',
  'SELECT customer, count(*) FROM orders GROUP BY customer ORDER BY 2 DESC LIMIT 20',
  'SELECT avg(price) FROM products',
];

/** Which record, and with what. */
function whatFor(deed: DeedName, chance: Chance): { readonly id?: string; readonly input?: Input } {
  if (deed === 'customer.read' || deed === 'customer.update') {
    const number = CUSTOMER_FIRST + chance.whole(0, CUSTOMERS_KNOWN - 1);
    return { id: chance.happens(0.005) ? FAMOUS_CUSTOMER : String(number) };
  }
  if (deed.startsWith('order.')) return { id: String(chance.whole(1, ORDERS_KNOWN)) };
  if (deed === 'report.read') return { id: chance.pick(['sales', 'stock', 'refunds', 'margins']) };
  if (deed === 'console.run') return { input: { statement: chance.pick(QUESTIONS) } };
  if (deed === 'setting.update') return { id: chance.pick(['shop.banner', 'mail.sender', 'limits.basket']), input: { value: 'on' } };
  if (deed === 'deployment.create') return { id: `shop-${chance.whole(100, 999)}` };
  if (deed === 'key.create') return { id: `key-${chance.pick(['north', 'south', 'east'])}-${chance.whole(20, 99)}` };
  if (deed === 'role.grant')
    return { id: chance.pick(['u-ana', 'u-bo', 'u-jo', 'u-lou', 'u-wim']), input: { role: chance.pick(['analyst', 'support']) } };
  return {};
}
