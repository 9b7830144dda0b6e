import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { DaybookError } from '@daybook/protocol';
import type { Signature } from '../../base/webhook-settings.ts';
import { headerOf } from './delivery.ts';

/** A signature with a time holds for so long either way: behind it, it is a replay (Slack's advice). */
const AGE_S_MAX = 300;
/** Longer ones are none. */
const SIGNATURE_CHARS_MAX = 512;

/** Before the body is read: a delivery without a signature is nobody's. */
export function mustBeSigned(signature: Signature, headers: IncomingHttpHeaders): void {
  const given = headerOf(headers, signature.header);
  if (given === undefined || given.length > SIGNATURE_CHARS_MAX)
    throw new DaybookError('signature_wrong', `The delivery has no signature in ${signature.header}.`);
}

/** Whether the sender knew the secret. Every comparison takes the same time wherever it differs. */
export function isSigned(signature: Signature, headers: IncomingHttpHeaders, body: Uint8Array, nowS: number): boolean {
  const given = headerOf(headers, signature.header) ?? '';
  const secret = signature.secret.reveal();
  switch (signature.scheme) {
    case 'token':
      return same(given, secret);
    case 'hmac': {
      if (!given.startsWith(signature.prefix)) return false;
      const digest = createHmac(signature.algorithm, secret).update(body).digest(signature.encoding);
      const told = given.slice(signature.prefix.length);
      return same(signature.encoding === 'hex' ? told.toLowerCase() : told, digest);
    }
    case 'timed': {
      const time = headerOf(headers, signature.timeHeader) ?? '';
      if (!/^\d{1,12}$/.test(time) || Math.abs(nowS - Number(time)) > AGE_S_MAX) return false;
      const digest = createHmac('sha256', secret).update(`v0:${time}:`).update(body).digest('hex');
      return same(given, `v0=${digest}`);
    }
    default:
      return signature satisfies never;
  }
}

/** Digests of both are compared: their lengths say nothing then. */
function same(given: string, expected: string): boolean {
  const digest = (text: string) => createHmac('sha256', 'daybook').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
