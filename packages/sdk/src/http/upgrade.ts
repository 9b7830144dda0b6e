import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { roundMs } from '../audited.ts';
import { monotonicMs, nowMs, timeText } from '../outside.ts';
import { Exchange, outcomeOf, type View } from './exchange.ts';
import type { HttpAudit } from './http-audit.ts';

/** An upgraded connection: its answer is read off the first bytes that the server writes to the socket, for nobody else tells it. */
export class Upgrade<Request> {
  readonly #audit: HttpAudit<Request>;
  readonly #socket: Duplex & { readonly bytesWritten?: number };
  #isAnswered = false;
  readonly #exchange: Exchange<Request>;
  readonly #startMs = monotonicMs();
  #status = 0;

  constructor(
    audit: HttpAudit<Request>,
    { req, socket, view }: { readonly req: IncomingMessage; readonly socket: Duplex; readonly view: View<Request> },
  ) {
    this.#audit = audit;
    this.#socket = socket;
    this.#exchange = new Exchange(audit, { req, res: undefined, view });
  }

  watch(): void {
    const socket = this.#socket;
    const bytesBefore = socket.bytesWritten ?? 0;
    // Once: after the first bytes the socket is as it was.
    for (const method of ['write', 'end'] as const) {
      const original = Reflect.get(socket, method);
      const first = (...args: unknown[]): unknown => {
        Reflect.deleteProperty(socket, 'write');
        Reflect.deleteProperty(socket, 'end');
        this.#answered(args[0]);
        return Reflect.apply(original, socket, args);
      };
      Object.defineProperty(socket, method, { configurable: true, writable: true, value: first });
    }
    socket.once('close', () => this.#closed(bytesBefore));
  }

  #answered(first: unknown): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    const head = typeof first === 'string' ? first.slice(0, 16) : Buffer.isBuffer(first) ? first.toString('latin1', 0, 16) : '';
    this.#status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0);
    this.#record(this.#status === 101 ? 'success' : outcomeOf(this.#status, this.#status === 0));
  }

  #record(outcome: 'success' | 'failure' | 'denied' | 'unknown'): void {
    this.#audit.record(() => ({
      ...this.#exchange.event({ status: this.#status, aborted: false, bytes: Number.NaN }),
      action: 'connect',
      category: 'session',
      protocol: 'websocket',
      outcome,
    }));
  }

  /** An accepted connection ends; one that got no answer at all failed. */
  #closed(bytesBefore: number): void {
    if (!this.#isAnswered) return this.#record('failure');
    if (this.#status !== 101) return;
    this.#audit.record(() => {
      const { user_agent: _, ...event } = this.#exchange.event({
        status: 0,
        aborted: false,
        bytes: (this.#socket.bytesWritten ?? Number.NaN) - bytesBefore,
      });
      return {
        ...event,
        timestamp: timeText(nowMs()),
        action: 'disconnect',
        category: 'session',
        protocol: 'websocket',
        outcome: 'success',
        duration_ms: roundMs(monotonicMs() - this.#startMs),
      };
    });
  }
}
