import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { clientAddress } from './client-address.ts';
import { listenFault } from './listen-fault.ts';
import { dropsOf } from './udp-drops.ts';

export interface DatagramServerOptions {
  readonly host: string;
  readonly port: number;
  /** Asked of the kernel, which gives at most `net.core.rmem_max`. */
  readonly receiveBufferBytes: number;
  readonly setting: string;
  onDatagram(bytes: Buffer, address: string): void;
  onError(error: Error): void;
}

export interface DatagramServer {
  readonly port: number;
  /** What the kernel gave. */
  readonly receiveBufferBytes: number;
  /** Datagrams that the kernel threw away because nobody took them in time, since the start; undefined where it does not tell. */
  drops(): Promise<number | undefined>;
  close(): Promise<void>;
}

export async function openDatagramServer(options: DatagramServerOptions): Promise<DatagramServer> {
  const isV6 = isIPv6(options.host);
  const socket = createSocket({ type: isV6 ? 'udp6' : 'udp4' }, (bytes, from) => options.onDatagram(bytes, clientAddress(from.address)));
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (cause) => reject(listenFault(options, cause)));
    socket.bind({ port: options.port, address: options.host }, () => resolve());
  });
  socket.removeAllListeners('error');
  socket.on('error', (error) => options.onError(error));
  socket.setRecvBufferSize(options.receiveBufferBytes);
  const { port } = socket.address();
  return {
    port,
    // Linux doubles what was asked for, for its own bookkeeping.
    receiveBufferBytes: socket.getRecvBufferSize(),
    async drops() {
      const table = await readFile(isV6 ? '/proc/net/udp6' : '/proc/net/udp', 'latin1').catch(() => undefined);
      return table === undefined ? undefined : dropsOf(table, port);
    },
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
