import { Chance } from '../chance.ts';
import { AGENTS, type From, homeAddress, HOMES, partnerAddress, type Place } from './places.ts';

/** The shop sells for three merchants; each sees its own part. */
export const TENANTS = ['north', 'south', 'east'] as const;
export type Tenant = (typeof TENANTS)[number];

/** Records of customers that the company has: by number, active or not. */
export const CUSTOMER_FIRST = 4000;
export const CUSTOMERS_KNOWN = 1500;
export const PRODUCTS_KNOWN = 240;
export const ORDERS_KNOWN = 9000;

export interface Customer {
  readonly kind: 'customer';
  readonly id: string;
  readonly number: number;
  readonly tenant: Tenant;
  readonly home: Place;
  readonly from: From;
  /** Visits on an ordinary day. */
  readonly eagerness: number;
}

/** A machine of a partner, which comes with a key. */
export interface Partner {
  readonly kind: 'partner';
  readonly id: string;
  /** Names the key; the key itself is nowhere. */
  readonly key: string;
  readonly tenant: Tenant;
  readonly from: From;
  /** Seconds between its requests. */
  readonly everyS: number;
}

export const tenantOf = (customer: number): Tenant => TENANTS[customer % TENANTS.length] ?? 'north';

const ACTIVE_PER_SCALE = 60;
/** The story needs this one to be active. */
const FIRST_ACTIVE = 4700;

export function customers(scale: number): Customer[] {
  return Array.from({ length: Math.ceil(scale * ACTIVE_PER_SCALE) }, (_, i): Customer => {
    const number = FIRST_ACTIVE + i;
    const chance = new Chance(`customer ${number}`);
    const home = chance.pick(HOMES);
    const agent = chance.pick([AGENTS.phone, AGENTS.android, AGENTS.chrome, AGENTS.safari]);
    return {
      kind: 'customer',
      id: `c-${number}`,
      number,
      tenant: tenantOf(number),
      home,
      from: { address: homeAddress(home, number), country: home.country, agent },
      eagerness: 0.4 + chance.wait(1.4),
    };
  });
}

const PARTNER_COUNTRIES: Readonly<Record<Tenant, string>> = { north: 'NO', south: 'IT', east: 'PL' };

export function partners(scale: number): Partner[] {
  return Array.from({ length: Math.ceil(scale) }, (_, round) =>
    TENANTS.map((tenant, i): Partner => {
      const number = round * TENANTS.length + i;
      return {
        kind: 'partner',
        id: round === 0 ? `partner-${tenant}` : `partner-${tenant}-${round + 1}`,
        key: `key-${tenant}-${round + 1}`,
        tenant,
        from: { address: partnerAddress(number), country: PARTNER_COUNTRIES[tenant], agent: AGENTS.partner },
        everyS: 150 + 60 * i,
      };
    }),
  ).flat();
}
