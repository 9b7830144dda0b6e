import type { Claim, Finding } from './claim.ts';

/**
 * A client that is in asks the server to connect further (openssh-portable channels.c channel_connect_to_port(), connect_to_helper(); serverloop.c
 * server_request_direct_tcpip(), server_request_direct_streamlocal()). The target is the client's word, so it is read between the server's own at both ends.
 */
export function forwardingFinding(text: string): Finding {
  const denied = DENIED.exec(text);
  if (denied !== null) {
    const [, from, port, word = '', host, targetPort, path] = denied;
    const type = word.startsWith('remote') ? 'remote forwarding' : 'port forwarding';
    return { ...claimOf(type, 'denied', target(host, targetPort) ?? path), from, port, reason: 'the request was denied' };
  }
  const refused = /^refused (local|streamlocal) port forward: originator .{0,255}? port \d{1,10}, target (.*?)(?: port (\d{1,10}))?$/s.exec(
    text,
  );
  if (refused !== null)
    return {
      ...claimOf('port forwarding', 'denied', target(refused[2], refused[3]) ?? refused[2]),
      reason: `refused ${refused[1] ?? ''} port forward`,
    };
  const failed = /^connect_to (\S{1,255})(?: port (\d{1,10}))?: (failed\.?|unknown host.*)$/s.exec(text);
  return failed === null
    ? undefined
    : { ...claimOf('port forwarding', 'failure', target(failed[1], failed[2]) ?? failed[1]), reason: failed[3] };
}

const DENIED =
  /^Received request(?: from (\S{1,255}) port (\d{1,5}))? to (connect|remote forward)(?: to (?:host (.*) port (\d{1,10})|path "?(.*?)"?))?, but the request was denied\.?$/s;

function target(host: string | undefined, port: string | undefined): string | undefined {
  return host === undefined || port === undefined ? undefined : `${host}:${port}`;
}

function claimOf(type: string, outcome: Claim['outcome'], resource: string | undefined): Claim {
  return { type, action: 'connect', category: 'session', outcome, protocol: 'ssh', resource, resourceType: 'service' };
}
