import type { Config } from './config.ts';

/**
 * The address at which a one-time link signs in. On loopback it says `localhost`: browsers let no passkey be made at 127.0.0.1. The secret stands in the fragment,
 * which is sent to no server and kept in no log.
 */
export function signInUrl(_config: Config, url: string, secret: string): string {
  return `${url.replace(/^(https?:\/\/)(?:127\.0\.0\.1|\[::1\])(?=:|$)/, '$1localhost')}/sign-in#link=${secret}`;
}
