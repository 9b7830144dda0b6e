import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Outcome } from '../event.ts';
import { apply } from '../objects.ts';
import { momentNow } from '../outside.ts';
import { Exchange, outcomeOf, type View } from './exchange.ts';
import type { HttpAudit } from './http-audit.ts';

/** An upgraded connection: its answer is read off the first bytes that the server writes to the socket, for nobody else tells it. */
export function watchUpgrade<Request>(
  audit: HttpAudit<Request>,
  {
    req,
    socket,
    view,
  }: { readonly req: IncomingMessage; readonly socket: Duplex & { readonly bytesWritten?: number }; readonly view: View<Request> },
): void {
  const exchange = new Exchange(audit, { req, res: undefined, view });
  const { elapsedMs } = momentNow();
  const bytesBefore = socket.bytesWritten ?? 0;
  let status: number | undefined;

  const connection = { category: 'session', protocol: 'websocket' } as const;
  const connected = (outcome: Outcome) =>
    audit.record(() => ({
      ...exchange.event({ status: status ?? 0, aborted: false, bytes: Number.NaN }),
      ...connection,
      action: 'connect',
      outcome,
    }));
  const answered = (first: unknown) => {
    if (status !== undefined) return;
    const head = typeof first === 'string' ? first.slice(0, 16) : Buffer.isBuffer(first) ? first.toString('latin1', 0, 16) : '';
    status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0);
    connected(status === 101 ? 'success' : outcomeOf(status, status === 0));
  };

  // Once: after the first bytes the socket is as it was.
  for (const method of ['write', 'end'] as const) {
    const original = Reflect.get(socket, method);
    const first = (...args: unknown[]): unknown => {
      Reflect.deleteProperty(socket, 'write');
      Reflect.deleteProperty(socket, 'end');
      answered(args[0]);
      return apply(original, socket, args);
    };
    Object.assign(socket, { [method]: first });
  }
  socket.once('close', () => {
    // No answer at all: it failed. A refusal is told already; an accepted connection ends.
    if (status === undefined) return connected('failure');
    if (status !== 101) return;
    audit.record(() => {
      const bytes = (socket.bytesWritten ?? Number.NaN) - bytesBefore;
      const { user_agent: _, ...event } = exchange.event({ status: 0, aborted: false, bytes });
      return {
        ...event,
        ...connection,
        timestamp: momentNow().timestamp,
        action: 'disconnect',
        outcome: 'success',
        duration_ms: elapsedMs(),
      };
    });
  });
}
