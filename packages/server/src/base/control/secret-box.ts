import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DaybookError } from '@daybook/protocol';
import type { Random } from '../random.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Secrets that must be read again and so can't be hashed (TOTP): AES-256-GCM under a key that lies beside the database, not in it, so that a copy of the database
 * alone tells nothing.
 */
export interface SecretBox {
  /** `owner` is bound in: what was sealed for one account does not open for another. */
  seal(text: string, owner: string): string;
  open(sealed: string, owner: string): string;
  /** A digest that nobody can make who can only write to the database: no row of theirs opens. */
  digest(text: string): string;
}

export function openSecretBox(dataDir: string, random: Random): SecretBox {
  const key = secretKey(path.join(dataDir, 'control', 'secrets.key'), random);
  return {
    digest: (text) => createHmac('sha256', key).update(text).digest('hex'),
    seal(text, owner) {
      const nonce = Buffer.from(random.text(NONCE_BYTES), 'base64url');
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(owner));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
    },
    open(sealed, owner) {
      const bytes = Buffer.from(sealed, 'base64url');
      const opener = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
      opener.setAAD(Buffer.from(owner)).setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      return Buffer.concat([opener.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), opener.final()]).toString('utf8');
    },
  };
}

function secretKey(file: string, random: Random): Buffer {
  if (!existsSync(file)) writeFileSync(file, `${random.text(KEY_BYTES)}\n`, { mode: 0o600, flush: true, flag: 'wx' });
  const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64url');
  if (key.length === KEY_BYTES) return key;
  throw new DaybookError('bad_setting', `${file} is damaged; restore it from a backup, or remove it: TOTP must then be set up anew.`);
}
