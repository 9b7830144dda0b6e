import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeCertificates } from '../harness/certificates.ts';
import { until } from '../harness/until.ts';
import { freePort } from '../support/free-port.ts';

/** Users of the password file, all with the password `pw`: names are whatever a client sends. */
export const USERS = ['alice', 'al "ice] [x', 'back\\slash', 'jürgen', '- - [x] "GET / HTTP/1.1" 200 1'] as const;
const SHA1_OF_PW = '{SHA}GpHWL3ymc5liWkNopqtdSjuqYHM=';

/** Where a daemon lives: its configuration, its logs, what it serves, ports for HTTP and TLS. */
export interface Site {
  readonly dir: string;
  readonly port: number;
  readonly tlsPort: number;
  readonly cert: string;
  readonly key: string;
}

/** A real web server with logs in a throwaway directory, driven over raw sockets. */
export class WebDaemon {
  readonly site: Site;
  readonly #child: ChildProcess;

  private constructor(site: Site, child: ChildProcess) {
    this.site = site;
    this.#child = child;
  }

  static async start(
    program: string,
    configuration: (site: Site) => string,
    args: (file: string) => readonly string[],
  ): Promise<WebDaemon> {
    const dir = mkdtempSync(path.join(tmpdir(), 'daybook-web-'));
    chmodSync(dir, 0o755);
    for (const folder of ['www', 'www/list', 'www/private', 'www/deny', 'tmp']) mkdirSync(path.join(dir, folder));
    writeFileSync(path.join(dir, 'www', 'a.txt'), 'hello\n');
    writeFileSync(path.join(dir, 'www', 'private', 'a.txt'), 'secret\n');
    writeFileSync(path.join(dir, 'www', 'unreadable.txt'), 'x', { mode: 0o600 });
    writeFileSync(path.join(dir, 'users'), USERS.map((user) => `${user}:${SHA1_OF_PW}\n`).join(''));
    const { cert, key } = makeCertificates(dir, 'web');
    const site = { dir, port: await freePort(), tlsPort: await freePort(), cert, key };
    const file = path.join(dir, 'server.conf');
    writeFileSync(file, configuration(site));
    const child = spawn(program, args(file), {
      cwd: dir,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env['PATH'] ?? '', TZ: 'UTC' },
    });
    let said = '';
    child.stderr.on('data', (bytes: Buffer) => (said = (said + bytes.toString()).slice(-4000)));
    const daemon = new WebDaemon(site, child);
    await until('the server listens', async () => ((await answers(site.port)) ? true : undefined), {
      ms: 15_000,
      giveUp: () => (child.exitCode === null ? undefined : `it ended: ${said}`),
    });
    return daemon;
  }

  /** What the logs hold, once there are so many lines in each. */
  async lines(name: string, least = 0): Promise<readonly string[]> {
    return until(`${least} lines in ${name}`, () => {
      const found = this.text(name).split('\n').slice(0, -1);
      return found.length >= least ? found : undefined;
    }, { ms: 10_000 }); // biome-ignore format: short
  }

  text(name: string): string {
    const file = path.join(this.site.dir, name);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  /** Sends bytes, and resolves with what comes back until the server closes. `hangUp`: closes by itself, without waiting for an answer. */
  async send(bytes: string | Buffer, { host = '127.0.0.1', tls = false, hangUp = false } = {}): Promise<string> {
    const socket = net.connect({ host, port: tls ? this.site.tlsPort : this.site.port });
    let answer = '';
    socket.on('data', (piece: Buffer) => (answer += piece.toString('latin1')));
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    await new Promise<void>((resolve) => socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, () => resolve()));
    if (hangUp) socket.destroy();
    if (!socket.closed) await once(socket, 'close');
    return answer;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGTERM');
      await once(this.#child, 'exit');
    }
    rmSync(this.site.dir, { recursive: true, force: true });
  }
}

async function answers(port: number): Promise<boolean> {
  const socket = net.connect({ host: '127.0.0.1', port });
  const isThere = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
  socket.destroy();
  return isThere;
}
