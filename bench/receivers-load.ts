/**
 * The senders of `receivers`, a process of its own: syslog over TCP connections as fast as they are read, or OTLP requests one after the other on each
 * connection. Prints one JSON line when all is written (syslog) or answered (OTLP).
 */
import net from 'node:net';
import { parseJson } from '@daybook/protocol';
import { LoadConnection } from './load-client.ts';
import { AUTH, NGINX } from './logs.ts';
import { encodeLogs } from './otlp-body.ts';
import { seededRandom } from './workload.ts';

export interface ReceiverOrder {
  readonly kind: 'syslog' | 'otlp';
  readonly url: string;
  readonly token: string;
  readonly connections: number;
  readonly records: number;
  readonly batch: number;
}

/** Different pieces in rotation. */
const PIECES = 24;

/** Half of sshd's, half of nginx's, counted as RFC 6587 has it. */
function syslogPiece(first: number, count: number, random: () => number): Buffer {
  const messages = Array.from({ length: count }, (_, i) => {
    const auth = AUTH.record(first + i, random);
    const message = i % 2 === 0 ? `<38>${auth}` : `<190>${auth.slice(0, 15)} web1 nginx: ${NGINX.record(first + i, random)}`;
    return `${Buffer.byteLength(message)} ${message}`;
  });
  return Buffer.from(messages.join(''));
}

async function sendSyslog({ url, connections, records, batch }: ReceiverOrder): Promise<void> {
  const random = seededRandom(1);
  const pieces = Array.from({ length: PIECES }, (_, i) => syslogPiece(i * batch, batch, random));
  const { hostname, port } = new URL(url);
  let left = Math.ceil(records / batch);
  const work = async () => {
    const socket = net.connect({ host: hostname, port: Number(port), noDelay: true });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    for (; left > 0; ) {
      const piece = pieces[left-- % PIECES] ?? Buffer.alloc(0);
      if (!socket.write(piece)) await new Promise((resolve) => socket.once('drain', resolve));
    }
    await new Promise<void>((resolve) => socket.end(() => resolve()));
  };
  await Promise.all(Array.from({ length: connections }, work));
}

async function sendOtlp({ url, token, connections, records, batch }: ReceiverOrder): Promise<void> {
  const random = seededRandom(1);
  const bodies = Array.from({ length: PIECES }, (_, i) => encodeLogs(i * batch, batch, random));
  let left = Math.ceil(records / batch);
  const work = async () => {
    const connection = await LoadConnection.open(new URL(url), '/v1/logs', token, 'application/x-protobuf');
    for (; left > 0; ) {
      const status = await connection.post(bodies[left-- % PIECES] ?? Buffer.alloc(0));
      if (status !== 200) throw new Error(`status ${status}: ${connection.lastReply.slice(0, 300)}`);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, work));
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- receivers.ts wrote it
const order = parseJson(process.argv[2] ?? '{}') as ReceiverOrder;
await (order.kind === 'syslog' ? sendSyslog(order) : sendOtlp(order));
const cpu = process.cpuUsage();
process.stdout.write(`${JSON.stringify({ cpuSeconds: (cpu.user + cpu.system) / 1e6 })}\n`);
