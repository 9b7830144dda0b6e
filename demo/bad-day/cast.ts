import { DAY, HOUR, MINUTE } from '../habits/calendar.ts';

/** The account that is taken over: a support lead in Berlin, who may give roles to others. */
export const VICTIM = 'u-mira';
/** Who cleans up. */
export const RESCUER = 'u-rex';
/** The key that a stranger uses from a country where its owner has no machine, and the one that its owner gets afterwards. */
export const STOLEN_KEY = 'key-north-1';
export const NEW_KEY = 'key-north-99';

/** When it happens: after the midnight (UTC) that begins the bad day. */
export const WHEN = {
  stuffing: HOUR + 40 * MINUTE,
  twoPlaces: 9 * HOUR + 2 * MINUTE,
  grant: 9 * HOUR + 5 * MINUTE,
  reading: 9 * HOUR + 8 * MINUTE,
  stolenKey: 13 * HOUR + 20 * MINUTE,
  exports: 22 * HOUR + 47 * MINUTE,
  drop: 23 * HOUR + 5 * MINUTE,
  silent: 23 * HOUR + 10 * MINUTE,
  disabled: DAY + 7 * HOUR + 50 * MINUTE,
  shutOut: DAY + 8 * HOUR + 5 * MINUTE,
  repaired: DAY + 10 * HOUR + 30 * MINUTE,
} as const;
