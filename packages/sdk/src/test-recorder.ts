import { mkdtempSync, rmSync } from 'node:fs';
import http, { type IncomingMessage, type RequestListener, type Server } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { openTestServer, removeTestData, type TestEntry, type TestServer } from '../../server/src/capture/test-server.ts';
import { type Client, daybook } from './client.ts';
import type { DaybookOptions } from './options.ts';
import type { Problem } from './report.ts';

export type Recorded = Record<string, unknown>;

/** A client in front of a real server: what an application recorded is read back from the ledger. */
export class TestRecorder {
  readonly server: TestServer;
  readonly client: Client;
  readonly directory: string;
  readonly problems: Problem[] = [];

  private constructor(server: TestServer, token: string, options: DaybookOptions) {
    this.server = server;
    this.directory = options.directory ?? mkdtempSync(path.join(os.tmpdir(), 'daybook-sdk-'));
    this.client = daybook({
      name: 'shop',
      url: server.url,
      token,
      onProblem: (problem) => this.problems.push(problem),
      ...options,
      directory: this.directory,
    });
  }

  static async open(options: DaybookOptions = {}): Promise<TestRecorder> {
    const server = await openTestServer();
    return new TestRecorder(server, await server.producer('shop'), options);
  }

  /** Events of this client in the order of its numbers. */
  async entries(): Promise<TestEntry[]> {
    if (!(await this.client.flush()))
      throw new Error(`not flushed: ${JSON.stringify(this.client.stats())} ${JSON.stringify(this.problems)}`);
    const all = [...(await this.server.entries('routine')), ...(await this.server.entries('important'))];
    return all.filter(({ src }) => src === this.client.src).sort((a, b) => (a.sseq ?? 0) - (b.sseq ?? 0));
  }

  async events(): Promise<Recorded[]> {
    return (await this.entries()).map(({ event }) => event);
  }

  /** What is recorded while `act` runs, and until as many events as it is asked for are there. */
  async during(act: () => unknown, count = 1): Promise<Recorded[]> {
    const before = this.client.stats().recorded;
    await act();
    const end = performance.now() + 5000;
    while (this.client.stats().recorded < before + count && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 2));
    return (await this.entries()).filter(({ sseq }) => (sseq ?? 0) > before).map(({ event }) => event);
  }

  async close(): Promise<void> {
    await this.client.close();
    await this.server.close();
    removeTestData(this.server);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export interface Listening {
  readonly url: string;
  readonly server: Server;
  readonly close: () => Promise<void>;
}

/** A server on a port of its own. */
export async function listening(listener: RequestListener | Server): Promise<Listening> {
  const server = typeof listener === 'function' ? http.createServer(listener) : listener;
  if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    server,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Reads the first bytes of an answer and goes away. */
export async function abortAfterFirstBytes(url: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const request = http.get(url, (response: IncomingMessage) => {
      response.once('data', () => request.destroy());
      response.once('error', () => undefined);
      response.once('close', resolve);
    });
    request.once('error', reject);
  });
}

/** Sends a request, and goes away when `arrived` has settled. */
export async function abortBeforeAnswer(url: string, arrived: Promise<unknown>): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const request = http.get(url);
    request.once('error', () => undefined);
    request.once('close', resolve);
    arrived.then(() => request.destroy(), reject);
  });
}
