import { scrypt, type ScryptOptions, timingSafeEqual } from 'node:crypto';
import { DaybookError } from '@daybook/protocol';
import type { Random } from '../random.ts';

/**
 * 32 MiB and three passes: OWASP's equivalent of 128 MiB and one, for a server whose memory is promised to stay small. About 0.3 s of one core per
 * password. See docs/decisions/0022.
 */
const COST = { N: 32_768, r: 8, p: 3, maxmem: 64 * 1024 * 1024 } as const;
const SALT_BYTES = 16;
const KEY_BYTES = 32;
/** Hashing at a time: each holds 32 MiB and a core. Beyond the waiting ones a request is refused: a storm of sign-ins must not stop everything else. */
const RUNNING_MAX = 2;
const WAITING_MAX = 32;

/** NIST SP 800-63B: length counts, rules of composition don't; the upper bound keeps hashing bounded. */
export const PASSWORD_CHARS_MIN = 12;
export const PASSWORD_CHARS_MAX = 256;

const FORM = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([A-Za-z0-9_-]+)\$([A-Za-z0-9_-]+)$/;

export interface Passwords {
  hash(password: string): Promise<string>;
  /** Takes as long for an account that is not there (`stored` null) as for one that is. */
  verify(password: string, stored: string | null): Promise<boolean>;
}

export function openPasswords(random: Random): Passwords {
  let running = 0;
  const waiting: (() => void)[] = [];
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= RUNNING_MAX) {
      if (waiting.length >= WAITING_MAX) throw new DaybookError('too_busy', 'Too many sign-ins at once.', { retryAfterS: 5 });
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
  const salt = () => random.text(SALT_BYTES);
  /** What nobody's password gives: the form is right, so that it costs the same. */
  const decoy = `scrypt$${COST.N}$${COST.r}$${COST.p}$${salt()}$${random.text(KEY_BYTES)}`;

  return {
    async hash(password) {
      const own = salt();
      const key = await inTurn(() => derive(password, own, COST));
      return `scrypt$${COST.N}$${COST.r}$${COST.p}$${own}$${key.toString('base64url')}`;
    },
    async verify(password, stored) {
      const match = FORM.exec(stored ?? decoy);
      if (match === null) throw new DaybookError('internal', 'The control database holds a password in an unknown form.');
      const [, N, r, p, own = '', key = ''] = match;
      const options = { N: Number(N), r: Number(r), p: Number(p), maxmem: COST.maxmem };
      const expected = Buffer.from(key, 'base64url');
      // A longer text is no password of ours; hashing its head costs the same and opens nothing.
      const given = await inTurn(() => derive(password.slice(0, PASSWORD_CHARS_MAX), own, options));
      const same = expected.length === given.length && timingSafeEqual(expected, given);
      return same && stored !== null && password.length <= PASSWORD_CHARS_MAX;
    },
  };
}

function derive(password: string, salt: string, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // The same letters may be typed in two forms of Unicode; NFKC makes them one.
    scrypt(password.normalize('NFKC'), salt, KEY_BYTES, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

/** Refuses what is too short, too long, or the account's own name. */
export function checkNewPassword(password: string, name: string): void {
  const fail = (message: string) => new DaybookError('bad_request', message, { field: 'password' });
  if (password.length < PASSWORD_CHARS_MIN || password.length > PASSWORD_CHARS_MAX)
    throw fail(`A password has ${PASSWORD_CHARS_MIN} to ${PASSWORD_CHARS_MAX} characters; a sentence is a good one.`);
  if (new Set(password).size < 5 || password.toLowerCase().includes(name.toLowerCase()))
    throw fail('This password is easy to guess: it repeats a few characters, or holds the name.');
}
