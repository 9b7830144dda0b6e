import type { Actor } from '@daybook/sdk';
import type { DeedName, Input } from '../applications/deeds.ts';
import type { From } from '../people/places.ts';

/** How it ends; what the applications decide by themselves when they are really asked. */
export type Ending = 'done' | 'wrong_password' | 'disabled' | 'forbidden' | 'not_found' | 'broken';

/** Somebody does something. The history tells it, live traffic does it. */
export interface Step {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly deed: DeedName;
  /** Nobody for a visitor who did not log in. */
  readonly actor: Actor | undefined;
  readonly from: From;
  /** The parameter of the route; '' when it has none. */
  readonly id: string;
  readonly input: Input;
  readonly ending: Ending;
}

/** What one person does in a day, in order. */
export type Steps = Generator<Step, void, undefined>;

export const NO_INPUT: Input = {};
export const NOT_THERE = '0';

export const STATUS: Readonly<Record<Exclude<Ending, 'done'>, number>> = {
  wrong_password: 401,
  disabled: 403,
  forbidden: 403,
  not_found: 404,
  broken: 500,
};

/** What applications say of an ending that is not the usual one. */
export const REASON: Readonly<Record<Exclude<Ending, 'done'>, string>> = {
  wrong_password: 'wrong password',
  disabled: 'account is disabled',
  forbidden: 'role is missing',
  not_found: 'no such record',
  broken: 'internal error',
};
