import { Chance } from '../chance.ts';
import { AGENTS, type From, officeAddress, OFFICES, type Place } from './places.ts';

/** What the employees of the company do. */
export type Job = 'support' | 'lead' | 'sales' | 'analyst' | 'finance' | 'ops' | 'warehouse';

export interface Employee {
  readonly kind: 'employee';
  readonly id: string;
  readonly job: Job;
  readonly roles: readonly string[];
  readonly office: Place;
  readonly from: From;
  /** Minutes after midnight, by the clock of the office. */
  readonly beginsAt: number;
}

const HANDLES: readonly (readonly [handle: string, job: Job, office: keyof typeof OFFICES])[] = [
  ['ana', 'support', 'lisbon'],
  ['bo', 'support', 'berlin'],
  ['cleo', 'support', 'toronto'],
  ['dov', 'support', 'berlin'],
  ['eli', 'support', 'lisbon'],
  ['fay', 'support', 'toronto'],
  ['gus', 'support', 'berlin'],
  ['mira', 'lead', 'berlin'],
  ['ines', 'lead', 'lisbon'],
  ['hal', 'sales', 'berlin'],
  ['ivy', 'sales', 'toronto'],
  ['jo', 'sales', 'lisbon'],
  ['kai', 'sales', 'berlin'],
  ['lou', 'analyst', 'berlin'],
  ['max', 'analyst', 'toronto'],
  ['noa', 'analyst', 'lisbon'],
  ['oda', 'finance', 'berlin'],
  ['pia', 'finance', 'berlin'],
  ['quin', 'finance', 'toronto'],
  ['rex', 'ops', 'berlin'],
  ['sol', 'ops', 'lisbon'],
  ['tim', 'ops', 'toronto'],
  ['uma', 'warehouse', 'berlin'],
  ['vic', 'warehouse', 'berlin'],
  ['wim', 'warehouse', 'lisbon'],
  ['xia', 'warehouse', 'toronto'],
  ['yan', 'warehouse', 'toronto'],
  ['zoe', 'warehouse', 'lisbon'],
];

/** The roles that come with a job. A lead may give roles to others: too much, as will be seen. */
const ROLES: Readonly<Record<Job, readonly string[]>> = {
  support: ['support'],
  lead: ['support', 'lead'],
  sales: ['sales'],
  analyst: ['analyst'],
  finance: ['finance'],
  ops: ['ops', 'admin'],
  warehouse: ['warehouse'],
};

/** The employees: `scale` companies' worth of them. Of each handle the first has no number. */
export function employees(scale: number): Employee[] {
  return Array.from({ length: Math.ceil(scale) }, (_, round) =>
    HANDLES.map(([handle, job, office], i): Employee => {
      const id = round === 0 ? `u-${handle}` : `u-${handle}-${round + 1}`;
      const chance = new Chance(id);
      const place = OFFICES[office];
      const agent = chance.pick([AGENTS.firefox, AGENTS.chrome, AGENTS.safari]);
      const begin = job === 'warehouse' ? 6 * 60 : 8 * 60;
      return {
        kind: 'employee',
        id,
        job,
        roles: ROLES[job],
        office: place,
        from: { address: officeAddress(place, round * HANDLES.length + i), country: place.country, agent },
        beginsAt: begin + chance.whole(0, 90),
      };
    }),
  ).flat();
}
