import { type KeyObject, createPrivateKey, generateKeyPairSync } from 'node:crypto';
import path from 'node:path';
import { DaybookError } from '@daybook/protocol';
import type { Files } from '../base/files.ts';

/** Anyone but the owner being able to read the key means that anyone can sign heads of this ledger. */
const OTHERS_MASK = 0o077;

/** Reads the signing key (Ed25519, PKCS #8 PEM); undefined when the file is absent. */
export async function readSigningKey(files: Files, file: string): Promise<KeyObject | undefined> {
  const [bytes, stat] = await Promise.all([files.read(file), files.stat(file)]);
  if (bytes === undefined || stat === undefined) return undefined;
  if ((stat.mode & OTHERS_MASK) !== 0)
    throw new DaybookError(
      'bad_setting',
      `the signing key ${file} can be read by others (mode ${stat.mode.toString(8)}): run \`chmod 600 ${file}\` and start again`,
      { field: 'DAYBOOK_SIGNING_KEY' },
    );
  try {
    const key = createPrivateKey(bytes);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (error) {
    throw notAKey(file, error);
  }
  throw notAKey(file);
}

/** Makes a new signing key, mode 0600, durable on return. */
export async function createSigningKey(files: Files, file: string): Promise<KeyObject> {
  const { privateKey } = generateKeyPairSync('ed25519');
  await files.makeDir(path.dirname(file));
  await files.replace(file, Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })));
  return privateKey;
}

function notAKey(file: string, cause?: unknown): DaybookError {
  return new DaybookError(
    'bad_setting',
    `${file} holds no Ed25519 private key in PEM: put the right file back, or set DAYBOOK_SIGNING_KEY`,
    {
      cause,
      field: 'DAYBOOK_SIGNING_KEY',
    },
  );
}
