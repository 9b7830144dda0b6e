import { DaybookError } from '@daybook/protocol';
import { codeOf } from './json.ts';

/** Why an address could not be listened on, with advice. */
export function listenFault(
  wanted: { readonly host: string; readonly port: number; readonly setting: string },
  cause: unknown,
): DaybookError {
  const { host, port, setting } = wanted;
  return new DaybookError('bad_setting', `${setting}: cannot listen on ${host}:${port}: ${listenAdvice(cause)}.`, { cause });
}

export function listenAdvice(cause: unknown): string {
  switch (codeOf(cause)) {
    case 'EADDRINUSE':
      return 'another program listens there; stop it (a syslog daemon of this machine?), or choose another port';
    case 'EACCES':
      return 'this user may not; ports below 1024 need rights (CAP_NET_BIND_SERVICE): choose another port, or give them';
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return 'this machine has no such address; 0.0.0.0 is every IPv4 address, [::] every one';
    default:
      return 'the system refused';
  }
}
