import type { Actor } from '@daybook/sdk';
import { VICTIM } from '../bad-day/cast.ts';
import { partnerActor } from '../habits/machines.ts';
import type { Ending } from '../habits/step.ts';
import type { People } from '../history/behaviour.ts';

type Found = { readonly ending: 'done'; readonly actor: Actor } | { readonly ending: Exclude<Ending, 'done'> };

/** Who there is, with which roles, and by what they are known. */
export class Directory {
  readonly #people = new Map<string, Actor>();
  readonly #partners = new Map<string, Actor>();

  constructor(people: People) {
    for (const { id, roles } of people.employees) this.#people.set(id, { user_id: id, roles });
    for (const { id, tenant } of people.customers) this.#people.set(id, { user_id: id, roles: ['customer'], tenant_id: tenant });
    for (const partner of people.partners) this.#partners.set(secretOf(partner.key), partnerActor(partner));
  }

  rolesOf(user: string): readonly string[] {
    return this.#people.get(user)?.roles ?? [];
  }

  partnerOf(secret: string): Actor | undefined {
    return this.#partners.get(secret);
  }

  login(user: string, password: string): Found {
    const actor = this.#people.get(user);
    if (actor === undefined || password !== secretOf(user)) return { ending: 'wrong_password' };
    return user === VICTIM ? { ending: 'disabled' } : { ending: 'done', actor };
  }
}

/** The password of somebody, the key of a machine: this company is no safer than that. */
export const secretOf = (name: string): string => `secret of ${name}`;
