import { createHmac } from 'node:crypto';
import type { Random } from './random.ts';

/** RFC 6238 with what every authenticator app does: SHA-1, 30 seconds, six digits. */
const STEP_S = 30;
const DIGITS = 6;
/** RFC 6238 recommends at most one step of tolerance: a slow typist, a phone's clock. */
const STEPS_AROUND = 1;
/** RFC 4226: 160 bits. */
const SECRET_BYTES = 20;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export function newTotpSecret(random: Random): string {
  const bits = [...Buffer.from(random.text(SECRET_BYTES), 'base64url')].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((group) => BASE32[Number.parseInt(group, 2)]).join('');
}

/** The time step of which `code` is the code; undefined when it is none of now. A caller takes each step once. */
export function totpStep(secret: string, code: string, seconds: number): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const now = Math.floor(seconds / STEP_S);
  let found: number | undefined;
  // All of them, so that the time tells nothing of which one it was.
  for (let step = Math.max(0, now - STEPS_AROUND); step <= now + STEPS_AROUND; step++) if (totpCode(secret, step) === code) found = step;
  return found;
}

export function totpCode(secret: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', fromBase32(secret)).update(counter).digest();
  const at = (digest.at(-1) ?? 0) & 0x0f;
  const number = digest.readUInt32BE(at) & 0x7f_ff_ff_ff;
  return String(number % 10 ** DIGITS).padStart(DIGITS, '0');
}

/** What an authenticator app reads from a QR code. */
export function totpUri(secret: string, account: string, issuer: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  return `otpauth://totp/${label}?secret=${secret}&issuer=${encodeURIComponent(issuer)}&algorithm=SHA1&digits=${DIGITS}&period=${STEP_S}`;
}

function fromBase32(text: string): Buffer {
  const bits = Array.from(text, (letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
