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

function listenAdvice(cause: unknown): string {
  return ADVICE[codeOf(cause) ?? ''] ?? 'the system refused';
}

const NO_ADDRESS = 'this machine has no such address; 0.0.0.0 is every IPv4 address, [::] every one';
const ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there; stop it (a syslog daemon of this machine?), or choose another port',
  EACCES: 'this user may not; ports below 1024 need rights (CAP_NET_BIND_SERVICE): choose another port, or give them',
  EADDRNOTAVAIL: NO_ADDRESS,
  ENOTFOUND: NO_ADDRESS,
};
