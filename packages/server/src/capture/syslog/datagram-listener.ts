import { datagramFrame } from '@daybook/wire';
import type { SyslogListener } from '../../base/capture-settings.ts';
import { openDatagramServer } from '../../base/datagram-server.ts';
import type { Listening, ListenerParts } from './listener.ts';
import type { SyslogSession } from './session.ts';

/** Addresses whose parsers are kept at a time; beyond it the one that was silent longest is closed. */
const SENDERS_MAX = 1000;

/** Syslog over UDP (RFC 5426): what is lost on the way nobody knows, what the kernel drops here it counts. */
export async function listenDatagrams(settings: SyslogListener, parts: ListenerParts): Promise<Listening> {
  const sessions = new Map<string, SyslogSession>();
  const { metrics, sinks, losses } = parts;
  const sessionOf = (address: string) => {
    const known = sessions.get(address);
    if (known !== undefined) return known;
    const opened = parts.openSession(address, undefined);
    if (opened === undefined) return undefined;
    for (const [oldest, session] of sessions) {
      if (sessions.size < SENDERS_MAX) break;
      sessions.delete(oldest);
      parts.closeSession(session);
    }
    sessions.set(address, opened);
    return opened;
  };
  const lose = (count: number, why: 'kernel' | 'no_room') => {
    metrics.lost.inc({ receiver: 'syslog', why }, count);
    losses.add(count, REASONS[why]);
  };
  const server = await openDatagramServer({
    ...settings.listen,
    receiveBufferBytes: settings.receiveBufferBytes,
    setting: parts.setting,
    onDatagram(bytes, address) {
      const session = sessionOf(address);
      if (session === undefined) return;
      // There is no way to make a sender of datagrams wait.
      if (sinks.full) return lose(1, 'no_room');
      const frame = datagramFrame(bytes);
      if (frame !== undefined) session.take(frame);
    },
    onError: (error) => parts.log.error({ err: error }, 'a syslog listener failed to receive'),
  });
  tellBuffer(settings, parts, server.receiveBufferBytes);
  let known = (await server.drops()) ?? 0;
  return {
    port: server.port,
    reload: () => false,
    async tick() {
      const drops = await server.drops();
      if (drops === undefined) return;
      // Another socket of the port may have gone, and its count with it.
      if (drops > known) lose(drops - known, 'kernel');
      known = drops;
    },
    close: () => server.close(),
  };
}

const REASONS = {
  kernel:
    'the kernel dropped datagrams: they came faster than they were read; give the listener a larger receive_buffer, or let senders use TCP',
  no_room: 'datagrams came while too many waited for the ledger, and senders of datagrams cannot be made to wait; let them use TCP',
} as const;

function tellBuffer({ receiveBufferBytes }: SyslogListener, { log, metrics, setting }: ListenerParts, given: number): void {
  metrics.receiveBuffer.set(given);
  if (given >= receiveBufferBytes) return;
  log.warn(
    { setting, wanted: receiveBufferBytes, given },
    'the kernel gives the UDP listener a smaller receive buffer than asked for: bursts will be lost; raise net.core.rmem_max by sysctl',
  );
}
