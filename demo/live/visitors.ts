import { parseJson } from '@daybook/protocol';
import type { Company } from '../applications/company.ts';
import { deedOf } from '../applications/deeds.ts';
import { secretOf } from '../applications/directory.ts';
import { isObject } from '../daybook/client.ts';
import type { Step } from '../habits/step.ts';

/** The simulated people's browsers and programs: each step is a real request to a real application. */
export class Visitors {
  readonly #company: Company;
  /** The token of a person's session, by application and person. */
  readonly #tokens = new Map<string, string>();

  constructor(company: Company) {
    this.#company = company;
  }

  /** Does one step; resolves with the status, or 0 for a task of the nightly job. */
  async take(step: Step): Promise<number> {
    const { application, method, isOpen } = deedOf(step.deed);
    const who = step.actor?.user_id ?? '';
    const key = `${application} ${who}`;
    if (application === 'nightly') {
      await this.#company.runTask(step.deed, step.id);
      return 0;
    }
    if (application === 'api') return (await this.#request(step, secretOf(step.actor?.credential_id ?? ''))).status;
    // Whose session began before we looked logs in first.
    const needsLogin = isOpen !== true && step.actor !== undefined && !this.#tokens.has(key);
    if (needsLogin && (application === 'shop' || application === 'backoffice'))
      await this.#login({ ...step, deed: `${application}.login`, id: '', input: loginOf(application, who), ending: 'done' }, key);
    if (method === 'POST' && step.deed.endsWith('.login')) return this.#login(step, key);
    const { status } = await this.#request(step, this.#tokens.get(key));
    if (step.deed.endsWith('.logout')) this.#tokens.delete(key);
    return status;
  }

  async #login(step: Step, key: string): Promise<number> {
    const password = step.ending === 'wrong_password' ? 'a guess' : secretOf(step.input['user'] ?? '');
    const { status, text } = await this.#request({ ...step, input: { ...step.input, password } }, undefined);
    const reply = status === 200 ? parseJson(text) : undefined;
    if (isObject(reply) && typeof reply['token'] === 'string') this.#tokens.set(key, reply['token']);
    return status;
  }

  async #request(step: Step, token: string | undefined): Promise<{ readonly status: number; readonly text: string }> {
    const { application, method, route } = deedOf(step.deed);
    const base = application === 'nightly' ? '' : this.#company.urls[application];
    const response = await fetch(base + route.replace(':id', encodeURIComponent(step.id)), {
      method,
      headers: {
        // What the proxy at the company's edge would add.
        'x-forwarded-for': step.from.address,
        'x-country': step.from.country,
        'user-agent': step.from.agent,
        ...(token === undefined ? undefined : { authorization: `Bearer ${token}` }),
        ...(method === 'GET' ? undefined : { 'content-type': 'application/json' }),
      },
      ...(method === 'GET' ? undefined : { body: JSON.stringify(step.input) }),
    });
    return { status: response.status, text: await response.text() };
  }
}

function loginOf(application: 'shop' | 'backoffice', user: string): Step['input'] {
  return application === 'backoffice' ? { user, code: '000000' } : { user };
}
