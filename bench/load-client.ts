import net from 'node:net';

/**
 * One keep-alive HTTP connection that posts bodies as bytes and understands just enough of the reply (status, length). A full client would
 * take the cores from the server that is measured.
 */
export class LoadConnection {
  readonly #socket: net.Socket;
  readonly #head: string;
  #waiting: { resolve: (status: number) => void; reject: (error: Error) => void } | undefined;
  #seen: Buffer = Buffer.alloc(0);
  lastReply = '';

  private constructor(socket: net.Socket, head: string) {
    this.#socket = socket;
    this.#head = head;
    socket.on('data', (bytes: Buffer) => this.#onData(bytes));
    socket.on('error', (error) => this.#waiting?.reject(error));
    socket.on('close', () => this.#waiting?.reject(new Error('connection closed')));
  }

  static async open(url: URL, path: string, token: string, contentType = 'application/x-ndjson'): Promise<LoadConnection> {
    const socket = net.connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    const head = `POST ${path} HTTP/1.1\r\nHost: ${url.host}\r\nAuthorization: Bearer ${token}\r\nContent-Type: ${contentType}\r\nContent-Length: `;
    return new LoadConnection(socket, head);
  }

  post(body: Buffer): Promise<number> {
    const done = new Promise<number>((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
    this.#socket.cork();
    this.#socket.write(`${this.#head}${body.length}\r\n\r\n`, 'latin1');
    this.#socket.write(body);
    this.#socket.uncork();
    return done;
  }

  #onData(bytes: Buffer): void {
    this.#seen = this.#seen.length === 0 ? bytes : Buffer.concat([this.#seen, bytes]);
    const headEnd = this.#seen.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = this.#seen.toString('latin1', 0, headEnd);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (this.#seen.length < headEnd + 4 + length) return;
    this.lastReply = this.#seen.toString('utf8', headEnd + 4, headEnd + 4 + length);
    this.#seen = Buffer.alloc(0);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(Number(head.slice(9, 12)));
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }
}
