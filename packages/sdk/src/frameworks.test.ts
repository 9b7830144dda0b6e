import { createRequire } from 'node:module';
import http from 'node:http';
import http2 from 'node:http2';
import { serve as serveHono } from '@hono/node-server';
import KoaRouter from '@koa/router';
import fastify5 from 'fastify';
import { Hono } from 'hono';
import Koa3 from 'koa';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import * as nest11 from '../../../test/nest11/nest.ts';
import * as nest12 from './test-nest.ts';
import { annotate, currentActor } from './context.ts';
import { fastifyAudit } from './fastify.ts';
import { honoAudit } from './hono.ts';
import { httpAudit, upgradeAudit } from './http.ts';
import type { HttpAuditOptions } from './http/options.ts';
import { koaAudit } from './koa.ts';
import { nestAudit, type NestLike } from './nest.ts';
import { abortAfterFirstBytes, abortBeforeAnswer, listening, type Recorded, TestRecorder } from './test-recorder.ts';

const require = createRequire(import.meta.url);
const fastify4 = require('fastify4') as typeof fastify5;
const Koa2 = require('koa2') as typeof Koa3;

let recorder: TestRecorder;
beforeAll(async () => {
  recorder = await TestRecorder.open();
});
afterAll(() => recorder.close());

type Told = Omit<HttpAuditOptions, 'who' | 'event' | 'ignore'> & { readonly ignore?: readonly string[] };

/** What one framework's application does, so that all can be held to the same. Options are those of the middleware. */
interface Served {
  readonly url: string;
  readonly close: () => Promise<unknown>;
}
interface Framework {
  /** GET /api/orders/:id (mounted), /denied (403), /thrown, /stream, /endless, /never, /who (a user set before; records, annotates). */
  serve(options: Told, arrive: () => void): Promise<Served>;
  /** The pattern of the mounted route, in the framework's words. */
  readonly pattern: string;
}

const report = () => {
  annotate({ action: 'export', row_count: 12 });
  recorder.client.record({ event_type: 'report.built', resource: `report of ${currentActor()?.user_id}` });
};
const pause = () => new Promise((resolve) => setImmediate(resolve));

const onFastify = (fastify: typeof fastify5): Framework => ({
  pattern: '/api/orders/:id',
  async serve(options, arrive) {
    const app = fastify();
    await app.register(fastifyAudit(recorder.client, options));
    await app.register(async (api) => void api.get('/orders/:id', async () => ({ ok: true })), { prefix: '/api' });
    app.get('/denied', async (_request, reply) => reply.code(403).send());
    app.get('/thrown', async () => { throw new Error('thrown'); }); // biome-ignore format: one thought
    app.get('/stream', (_request, reply) => void reply.send(bytesOf(10_000)));
    app.get('/endless', (_request, reply) => { reply.hijack(); reply.raw.write('x'.repeat(5000)); }); // biome-ignore format: one thought
    app.get('/never', () => { arrive(); return new Promise(() => undefined); }); // biome-ignore format: one thought
    app.get('/who', { preHandler: async (request) => void Object.assign(request, { user: { sub: 'u1' } }) }, async () => { await pause(); report(); return 'ok'; }); // biome-ignore format: one thought
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    return { url, close: () => { app.server.closeAllConnections(); return app.close(); } }; // biome-ignore format: one thought
  },
});

const onKoa = (Koa: typeof Koa3): Framework => ({
  pattern: '/api/orders/:id',
  async serve(options, arrive) {
    const app = new Koa();
    app.silent = true;
    app.use(koaAudit(recorder.client, options));
    const router = new KoaRouter();
    const orders = new KoaRouter();
    orders.get('/orders/:id', (ctx) => void (ctx.body = { ok: true }));
    router.use('/api', orders.routes());
    router.get('/denied', (ctx) => void (ctx.status = 403));
    router.get('/thrown', () => { throw new Error('thrown'); }); // biome-ignore format: one thought
    router.get('/stream', (ctx) => void (ctx.body = bytesOf(10_000)));
    router.get('/endless', (ctx) => { Object.assign(ctx, { respond: false, status: 200 }); ctx.res.write('x'.repeat(5000)); }); // biome-ignore format: one thought
    router.get('/never', () => { arrive(); return new Promise(() => undefined); }); // biome-ignore format: one thought
    router.get('/who', async (ctx) => { ctx.state['user'] = { sub: 'u1' }; await pause(); report(); ctx.body = 'ok'; }); // biome-ignore format: one thought
    app.use(router.routes());
    const handle = app.callback();
    return listening((req, res) => void handle(req, res));
  },
});

const onHono: Framework = {
  pattern: '/api/orders/:id',
  async serve(options, arrive) {
    const app = new Hono<{ Variables: { user: { sub: string } } }>();
    app.use(honoAudit(recorder.client, options));
    const api = new Hono();
    api.get('/orders/:id', (c) => c.json({ ok: true }));
    app.route('/api', api);
    app.get('/denied', (c) => c.body(null, 403));
    app.get('/thrown', () => { throw new Error('thrown'); }); // biome-ignore format: one thought
    app.onError((_error, c) => c.text('error', 500));
    app.get('/stream', (c) => c.body(streamOf(10_000, true)));
    app.get('/endless', (c) => c.body(streamOf(5000, false)));
    app.get('/never', () => { arrive(); return new Promise<Response>(() => undefined); }); // biome-ignore format: one thought
    app.get('/who', async (c) => { c.set('user', { sub: 'u1' }); await pause(); report(); return c.text('ok'); }); // biome-ignore format: one thought
    const server = serveHono({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as http.Server;
    if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
    return listening(server);
  },
};

const onHttp: Framework = {
  pattern: '/api/orders/:id',
  async serve(options, arrive) {
    const handler: http.RequestListener = (req, res) => {
      const path = req.url?.split('?')[0];
      if (path === '/denied') res.writeHead(403).end();
      else if (path === '/thrown') res.writeHead(500).end();
      else if (path === '/stream') res.end('x'.repeat(10_000));
      else if (path === '/endless') res.write('x'.repeat(5000));
      else if (path === '/never') arrive();
      else if (path === '/who') {
        Object.assign(req, { user: { sub: 'u1' } });
        setImmediate(() => { report(); res.end('ok'); }); // biome-ignore format: one thought
      } else if (path?.startsWith('/api/')) res.end('{}');
      else res.writeHead(404).end();
    };
    const route = ({ url }: http.IncomingMessage) => (url?.startsWith('/api/orders/') ? '/api/orders/:id' : undefined);
    return listening(httpAudit(recorder.client, handler, { ...options, route }));
  },
};

type NestOf = Pick<typeof nest12, 'Controller' | 'Get' | 'Module'> & { readonly ForbiddenException: new () => Error };

/** An application of one version of Nest. Decorators are functions: called by hand, they need no syntax that types can't erase. */
function nestShop({ Controller, ForbiddenException, Get, Module }: NestOf) {
  class Shop {
    static arrive: () => void = () => undefined;
    order() { return { ok: true }; } // biome-ignore format: one thought
    denied() { throw new ForbiddenException(); } // biome-ignore format: one thought
    thrown() { throw new Error('thrown'); } // biome-ignore format: one thought
    never() { Shop.arrive(); return new Promise(() => undefined); } // biome-ignore format: one thought
    async who() { await pause(); report(); return 'ok'; } // biome-ignore format: one thought
  }
  Controller()(Shop);
  for (const [name, path] of Object.entries({ order: 'orders/:id', denied: 'denied', thrown: 'thrown', never: 'never', who: 'who' }))
    Get(path)(Shop.prototype, name, Object.getOwnPropertyDescriptor(Shop.prototype, name) ?? {});
  class ShopModule {
    readonly controllers = [Shop];
  }
  Module({ controllers: [Shop] })(ShopModule);
  return { Shop, ShopModule };
}

/** As much of an application as is asked of it, of any version. */
interface NestServed extends NestLike {
  setGlobalPrefix(prefix: string, options: { exclude: string[] }): unknown;
  listen(port: number, host: string): Promise<unknown>;
  getHttpServer(): unknown;
  getUrl(): Promise<string>;
  close(): Promise<unknown>;
}

const onNest = (nest: NestOf, make: (module: new () => object) => Promise<NestServed>): Framework => ({
  pattern: '/api/orders/:id',
  async serve(options, arrive) {
    const { Shop, ShopModule } = nestShop(nest);
    Shop.arrive = arrive;
    const app = await make(ShopModule);
    app.setGlobalPrefix('api', { exclude: ['denied', 'thrown', 'never', 'who'] });
    await nestAudit(app, recorder.client, options);
    await app.listen(0, '127.0.0.1');
    const server = app.getHttpServer() as http.Server;
    return { url: (await app.getUrl()).replace('[::1]', '127.0.0.1'), close: () => { server.closeAllConnections(); return app.close(); } }; // biome-ignore format: one thought
  },
});

function bytesOf(count: number) {
  return require('node:stream').Readable.from([Buffer.alloc(count, 'x')]) as NodeJS.ReadableStream;
}

function streamOf(count: number, ends: boolean): ReadableStream {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new Uint8Array(count));
      if (ends) controller.close();
    },
  });
}

const FRAMEWORKS: readonly (readonly [string, Framework])[] = [
  ['Fastify 5', onFastify(fastify5)],
  ['Fastify 4', onFastify(fastify4)],
  ['Koa 3', onKoa(Koa3)],
  ['Koa 2', onKoa(Koa2)],
  ['Hono 4', onHono],
  ['node:http', onHttp],
  ['Nest 12 on Express', onNest(nest12, (module) => nest12.NestFactory.create(module, { logger: false }))],
  ['Nest 12 on Fastify', onNest(nest12, (module) => nest12.NestFactory.create(module, new nest12.FastifyAdapter(), { logger: false }))],
  ['Nest 11 on Express', onNest(nest11, (module) => nest11.NestFactory.create(module, { logger: false }))],
  ['Nest 11 on Fastify', onNest(nest11, (module) => nest11.NestFactory.create(module, new nest11.FastifyAdapter(), { logger: false }))],
];

describe.each(FRAMEWORKS)('%s', (name, framework) => {
  let served: Served | undefined;
  afterEach(async () => {
    await served?.close();
  });
  const serve = async (options: Told = {}, arrive = () => undefined as void) => {
    served = await framework.serve(options, arrive);
    return served.url;
  };
  const ask = async (url: string, init?: RequestInit): Promise<Recorded> => {
    const events = await recorder.during(async () => (await fetch(url, init)).arrayBuffer());
    expect(events).toHaveLength(1);
    return events[0] ?? {};
  };

  it('records a request by its pattern', async () => {
    const url = await serve();
    const event = await ask(`${url}/api/orders/7?secret=1`, { headers: { 'user-agent': 'curl/8.9.1', 'x-request-id': 'r-1' } });
    expect(event).toMatchObject({
      event_type: `GET ${framework.pattern}`,
      action: 'read',
      category: 'http',
      resource: framework.pattern,
      actor_type: 'anonymous',
      ip_address: '127.0.0.1',
      user_agent: 'curl/8.9.1',
      request_id: 'r-1',
      outcome: 'success',
      status_code: '200',
      method: 'GET',
    });
    expect(event['duration_ms']).toBeGreaterThan(0);
    expect(event['bytes_out']).toBeGreaterThan(0);
    expect(JSON.stringify(event)).not.toContain('secret');
  });

  it('records allowed parameters, trusts told proxies, ignores told paths', async () => {
    const url = await serve({ params: ['id'], query: ['page'], trustProxy: 1, ignore: ['/denied'] });
    await (await fetch(`${url}/denied`)).arrayBuffer();
    const event = await ask(`${url}/api/orders/7?page=2`, { headers: { 'x-forwarded-for': '198.51.100.1, 203.0.113.7' } });
    expect(event).toMatchObject({
      resource: '/api/orders/7',
      resource_id: '7',
      ip_address: '203.0.113.7',
      ip_chain: ['198.51.100.1', '203.0.113.7', '127.0.0.1'],
      attributes: { params: { id: '7' }, query: { page: '2' } },
    });
  });

  it('records denials, errors, and what no route takes', async () => {
    const url = await serve();
    expect(await ask(`${url}/denied`)).toMatchObject({ outcome: 'denied', status_code: '403' });
    expect(await ask(`${url}/thrown`)).toMatchObject({ outcome: 'failure', status_code: '500' });
    expect(await ask(`${url}/nowhere/7?x=1`, { headers: { authorization: 'Bearer abc-secret' } })).toMatchObject({
      event_type: 'GET',
      resource: '/nowhere/7',
      outcome: 'failure',
      status_code: '404',
      actor_type: 'unknown',
    });
  });

  it('records clients that go away', async () => {
    let arrive: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    const url = await serve({}, () => arrive());
    const [before] = await recorder.during(() => abortBeforeAnswer(`${url}/never`, arrived));
    expect(before).toMatchObject({ outcome: 'failure', reason: 'aborted', ip_address: '127.0.0.1' });
    expect(before).not.toHaveProperty('status_code');
  });

  if (name.startsWith('Nest')) return; // below it is Express and Fastify, which are held to the rest

  it('records streams, and who leaves in their middle', async () => {
    const url = await serve();
    expect((await ask(`${url}/stream`))['bytes_out']).toBeGreaterThan(10_000);
    const [within] = await recorder.during(() => abortAfterFirstBytes(`${url}/endless`));
    expect(within).toMatchObject({ outcome: 'failure', reason: 'aborted', status_code: '200' });
    expect(within?.['bytes_out']).toBeGreaterThan(5000);
  });

  it('knows who, also in what the handler records', async () => {
    const url = await serve();
    const events = await recorder.during(async () => (await fetch(`${url}/who`)).arrayBuffer(), 2);
    expect(events).toMatchObject([
      { event_type: 'report.built', resource: 'report of u1', user_id: 'u1', ip_address: '127.0.0.1' },
      { user_id: 'u1', action: 'export', row_count: 12, outcome: 'success' },
    ]);
  });
});

describe('HTTP/2', () => {
  it('is recorded as HTTP is', async () => {
    const app = fastify5({ http2: true });
    await app.register(fastifyAudit(recorder.client));
    app.get('/orders/:id', async () => ({ ok: true }));
    const session = http2.connect(await app.listen({ port: 0, host: '127.0.0.1' }));
    const events = await recorder.during(async () => {
      const stream = session.request({ ':path': '/orders/7' });
      stream.resume();
      await new Promise((resolve) => stream.once('close', resolve));
    });
    session.close();
    await app.close();
    expect(events).toMatchObject([{ event_type: 'GET /orders/:id', outcome: 'success', status_code: '200', ip_address: '127.0.0.1' }]);
  });
});

describe('WebSocket upgrades', () => {
  it('are recorded when they are accepted, when they end, and when they are refused', async () => {
    const server = http.createServer((_req, res) => res.end());
    upgradeAudit(recorder.client, server, { route: () => '/live/:room' });
    const sockets = new WebSocketServer({ noServer: true });
    server.on('upgrade', (req, socket, head) => {
      if (req.url?.includes('closed')) socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      else sockets.handleUpgrade(req, socket, head, (client) => client.send('hello'));
    });
    const { url, close } = await listening(server);
    const at = url.replace('http', 'ws');
    const events = await recorder.during(async () => {
      const client = new WebSocket(`${at}/live/1`);
      await new Promise((resolve) => client.once('message', resolve));
      client.close();
      await new Promise((resolve) => client.once('close', resolve));
      const refused = new WebSocket(`${at}/live/closed`);
      await new Promise((resolve) => refused.once('error', resolve));
    }, 3);
    expect(events).toMatchObject([
      {
        event_type: 'GET /live/:room',
        action: 'connect',
        category: 'session',
        protocol: 'websocket',
        outcome: 'success',
        status_code: '101',
      },
      { action: 'disconnect', category: 'session', protocol: 'websocket', outcome: 'success' },
      { action: 'connect', outcome: 'denied', status_code: '403' },
    ]);
    expect(events[1]?.['bytes_out']).toBeGreaterThan(0);
    await close();
  });

  it('stay what they were where nobody listens for them', async () => {
    const server = http.createServer((_req, res) => res.end('plain'));
    upgradeAudit(recorder.client, server);
    const { url, close } = await listening(server);
    const status = await new Promise((resolve, reject) => {
      const request = http.get(url, { headers: { connection: 'upgrade', upgrade: 'websocket' } }, (response) =>
        resolve(response.resume().statusCode),
      );
      request.once('error', reject);
    });
    expect(status).toBe(200);
    await close();
  });
});
