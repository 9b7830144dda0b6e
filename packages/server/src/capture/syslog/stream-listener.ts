import { type Frame, SyslogFramer } from '@daybook/wire';
import type { SyslogListener } from '../../base/capture-settings.ts';
import { type Connection, type ConnectionHandlers, openStreamServer } from '../../base/stream-server.ts';
import type { Listening, ListenerParts } from './listener.ts';

/** Syslog over TCP and TLS (RFC 6587, RFC 5425). */
export async function listenStreams(settings: SyslogListener, parts: ListenerParts): Promise<Listening> {
  const server = await openStreamServer({
    ...settings.listen,
    tls: settings.tls,
    connectionsMax: settings.connectionsMax,
    setting: parts.setting,
    onConnection: (connection) => connected(connection, settings, parts),
    onRefused: (address, why) => parts.refused(settings.tls === undefined ? 'connections' : 'tls', address, why),
  });
  return {
    port: server.port,
    tick: () => Promise.resolve(),
    reload: () => server.reload(),
    close: () => server.close(),
  };
}

/** One connection: its bytes in order, its sender's messages, and its pause while too much waits. */
function connected(connection: Connection, settings: SyslogListener, parts: ListenerParts): ConnectionHandlers | undefined {
  const { address, certificate } = connection;
  const session = parts.openSession(address, certificate);
  if (session === undefined) return undefined;
  const framer = new SyslogFramer(settings.messageBytesMax);
  const take = (frames: readonly Frame[]) => {
    for (const frame of frames) session.take(frame);
  };
  parts.metrics.connections.inc();
  return {
    data(bytes) {
      take(framer.push(bytes));
      if (framer.broken) {
        parts.refused('framing', address, 'its frames could not be followed; the connection is closed');
        connection.close();
      } else if (parts.sinks.full) {
        connection.pause();
        parts.sinks.whenRoom(() => connection.resume());
      }
    },
    ended() {
      take(framer.end());
      parts.metrics.connections.dec();
      parts.closeSession(session);
    },
  };
}
