import type { Config } from './config.ts';

/**
 * Where people reach this server: as configured, else where it listens. On loopback it says `localhost`: browsers let no passkey be made at 127.0.0.1.
 */
export function publicUrl(config: Pick<Config, 'publicUrl'>, url: string): string {
  return config.publicUrl ?? url.replace(/^(https?:\/\/)(?:127\.0\.0\.1|\[::1\])(?=:|$)/, '$1localhost');
}

/** The address at which a one-time link signs in. The secret stands in the fragment, which is sent to no server and kept in no log. */
export function signInUrl(config: Pick<Config, 'publicUrl'>, url: string, secret: string): string {
  return `${publicUrl(config, url)}/sign-in#link=${secret}`;
}
