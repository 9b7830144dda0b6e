import { createServer as createTcp, type Server, type Socket } from 'node:net';
import { createServer as createTls, type Server as TlsServer } from 'node:tls';
import { clientAddress } from './client-address.ts';
import { listenFault } from './listen-fault.ts';
import { certifiedName, readTls, type TlsFiles, VERSION_MIN } from './tls.ts';

/** What a server of streams is opened with. */
export interface StreamServerOptions {
  readonly host: string;
  readonly port: number;
  /** With a `clientCaFile` every client must show a certificate of it. */
  readonly tls: TlsFiles | undefined;
  /** Beyond it new connections are closed at once. */
  readonly connectionsMax: number;
  /** The setting to blame when it can't listen: `capture.syslog[0].listen`. */
  readonly setting: string;
  /** Takes a new connection; undefined: it is closed at once. */
  onConnection(connection: Connection): ConnectionHandlers | undefined;
  /** A handshake that failed: told, for a sender that is locked out sends into the void. */
  onRefused(address: string, why: string): void;
}

/** The other end of a connection. */
export interface Connection {
  readonly address: string;
  /** Common name of the client's certificate. */
  readonly certificate: string | undefined;
  /** Reads no more until `resume`: the sender's own queue fills then, and it waits. */
  pause(): void;
  resume(): void;
  close(): void;
}

export interface ConnectionHandlers {
  data(bytes: Buffer): void;
  /** Once, after the last `data`. */
  ended(): void;
}

export interface StreamServer {
  readonly port: number;
  /** Reads the certificate anew when its files changed. */
  reload(): boolean;
  /**
   * Takes no new connections, and resets those that are open. Senders of syslog read nothing: into a connection that was only closed their kernel takes one message
   * more, which nobody reads; a reset makes that write fail, and they send the message again.
   */
  close(): Promise<void>;
}

/** A handshake that takes longer holds a socket for nothing. */
const HANDSHAKE_MS = 15_000;
/** Senders are silent for days; those that are gone without a word are found out so. */
const KEEP_ALIVE_MS = 60_000;

/** Opens a server of TCP streams, with TLS when there are files for it. */
export async function openStreamServer(options: StreamServerOptions): Promise<StreamServer> {
  const open = new Set<Socket>();
  const ends = new Set<Promise<void>>();
  const { server, reload } = serverOf(options, (socket) => {
    const ended = take(options, socket).then(() => void ends.delete(ended));
    ends.add(ended);
  });
  // Below TLS: only the TCP socket can be reset.
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  server.maxConnections = options.connectionsMax;
  server.on('drop', (info) => options.onRefused(clientAddress(info?.remoteAddress ?? ''), 'too many connections'));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(listenFault(options, cause)));
    server.listen({ host: options.host, port: options.port }, () => resolve());
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    reload,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.resetAndDestroy();
      await Promise.all([closed, ...ends]);
    },
  };
}

function serverOf(options: StreamServerOptions, onSocket: (socket: Socket) => void): { server: Server; reload: () => boolean } {
  const { tls } = options;
  if (tls === undefined) return { server: createTcp({ noDelay: true }, onSocket), reload: () => false };
  let current = readTls(tls);
  const demanded = tls.clientCaFile !== undefined;
  const server: TlsServer = createTls(
    { ...current, minVersion: VERSION_MIN, handshakeTimeout: HANDSHAKE_MS, requestCert: demanded, rejectUnauthorized: demanded },
    onSocket,
  );
  server.on('tlsClientError', (error, socket) => options.onRefused(clientAddress(socket.remoteAddress ?? ''), error.message));
  const reload = () => {
    const next = readTls(tls);
    if (JSON.stringify(next) === JSON.stringify(current)) return false;
    server.setSecureContext({ ...next, minVersion: VERSION_MIN });
    current = next;
    return true;
  };
  return { server, reload };
}

/** Resolves when its handlers know that it has ended. */
async function take(options: StreamServerOptions, socket: Socket): Promise<void> {
  const handlers = options.onConnection({
    address: clientAddress(socket.remoteAddress ?? ''),
    certificate: certifiedName(socket),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => socket.destroy(),
  });
  // What went wrong with it shows in that it ends.
  socket.on('error', () => undefined);
  if (handlers === undefined) {
    socket.destroy();
    return;
  }
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  socket.on('data', (bytes: Buffer) => handlers.data(bytes));
  // Nothing is said to senders, but a half-open connection would never close.
  socket.once('end', () => socket.end());
  await new Promise((resolve) => socket.once('close', resolve));
  handlers.ended();
}
