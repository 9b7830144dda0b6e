import { createRequire } from 'node:module';
import session from 'express-session';
import express5 from 'express';
import { expressjwt } from 'express-jwt';
import jwt from 'jsonwebtoken';
import passport from 'passport';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { annotate, currentActor } from './context.ts';
import { type ExpressRequest, expressAudit } from './express.ts';
import type { HttpAuditOptions } from './http/options.ts';
import { abortAfterFirstBytes, abortBeforeAnswer, listening, TestRecorder } from './test-recorder.ts';

const require = createRequire(import.meta.url);
const express4 = require('express4') as typeof express5;
const { Strategy } = require('passport-http-bearer') as { Strategy: new (verify: Verify) => passport.Strategy };
type Verify = (token: string, done: (error: unknown, user: unknown) => void) => void;

let recorder: TestRecorder;
beforeAll(async () => {
  recorder = await TestRecorder.open();
});
afterAll(() => recorder.close());

describe.each([
  ['Express 5', express5],
  ['Express 4', express4],
])('%s', (_name, express) => {
  let close: (() => Promise<void>) | undefined;
  afterEach(() => close?.());

  /** An application behind the middleware, and how to ask it. */
  async function serve(build: (app: express5.Express) => void, options: HttpAuditOptions<ExpressRequest> = {}) {
    const app = express();
    app.set('env', 'test'); // it prints no stacks then
    app.use(expressAudit(recorder.client, options));
    build(app);
    const { url, close: end } = await listening(app);
    close = end;
    return url;
  }

  async function ask(url: string, init?: RequestInit) {
    const events = await recorder.during(async () => (await fetch(url, init)).arrayBuffer());
    expect(events).toHaveLength(1);
    return events[0] ?? {};
  }

  it('records who, what, when, where, how and the outcome', async () => {
    const url = await serve((app) => app.get('/orders/:id', (_req, res) => void res.json({ ok: true })));
    const event = await ask(`${url}/orders/7?secret=1`, { headers: { 'user-agent': 'curl/8.9.1', 'x-request-id': 'r1' } });
    expect(event).toMatchObject({
      event_type: 'GET /orders/:id',
      action: 'read',
      category: 'http',
      resource: '/orders/:id',
      actor_type: 'anonymous',
      ip_address: '127.0.0.1',
      user_agent: 'curl/8.9.1',
      request_id: 'r1',
      protocol: 'http',
      method: 'GET',
      outcome: 'success',
      status_code: '200',
      channel: 'app',
      source: 'shop',
      attributes: { route: '/orders/:id' },
    });
    expect(event['duration_ms']).toBeGreaterThan(0);
    expect(event['bytes_out']).toBeGreaterThan('{"ok":true}'.length);
    expect(JSON.stringify(event)).not.toContain('secret');
  });

  it('puts allowed parameters into the resource, and no others', async () => {
    const url = await serve((app) => app.get('/users/:user/orders/:id', (_req, res) => void res.end()), {
      params: ['id'],
      query: ['page'],
    });
    expect(await ask(`${url}/users/ana/orders/a%20b?page=2&token=abc`)).toMatchObject({
      resource: '/users/:user/orders/a%20b',
      resource_id: 'a b',
      attributes: { route: '/users/:user/orders/:id', params: { id: 'a b' }, query: { page: '2' } },
    });
  });

  it.each([
    [200, 'success'],
    [302, 'success'],
    [401, 'denied'],
    [403, 'denied'],
    [404, 'failure'],
    [500, 'failure'],
  ])('status %i is %s', async (status, outcome) => {
    const url = await serve((app) => app.post('/x', (_req, res) => void res.status(status).end()));
    const event = await ask(`${url}/x`, { method: 'POST', redirect: 'manual' });
    expect(event).toMatchObject({ outcome, status_code: String(status), action: 'create', resource: '/x' });
  });

  it('knows mounted routers by their patterns, also behind an error', async () => {
    const url = await serve((app) => {
      const inner = express.Router();
      inner.get('/items/:item', (_req, res) => void res.end());
      inner.get('/', (_req, res) => void res.end());
      inner.get('/broken/:item', () => {
        throw new Error('broken');
      });
      const outer = express.Router();
      outer.use('/orgs/:org', inner);
      app.use('/api', outer);
      const errors: express5.ErrorRequestHandler = (_error, _req, res, _next) => void res.status(503).end();
      app.use(errors);
    }, { params: ['item'] }); // biome-ignore format: one application
    expect(await ask(`${url}/api/orgs/acme/items/3`)).toMatchObject({ resource: '/api/orgs/:org/items/3', resource_id: '3' });
    expect(await ask(`${url}/api/orgs/acme`)).toMatchObject({ resource: '/api/orgs/:org' });
    expect(await ask(`${url}/api/orgs/acme/broken/3`)).toMatchObject({
      event_type: 'GET /api/orgs/:org/broken/:item',
      resource: '/api/orgs/:org/broken/3',
      status_code: '503',
      outcome: 'failure',
    });
    expect(await ask(`${url}/nowhere/7?x=1`)).toMatchObject({ event_type: 'GET', resource: '/nowhere/7', status_code: '404' });
  });

  it('records what is thrown, asynchronously too', async () => {
    const url = await serve((app) => {
      app.get('/sync', () => {
        throw Object.assign(new Error('no'), { status: 403 });
      });
      app.get('/async', (_req, _res, next) => void setImmediate(() => next(new Error('later'))));
    });
    expect(await ask(`${url}/sync`)).toMatchObject({ status_code: '403', outcome: 'denied', resource: '/sync' });
    expect(await ask(`${url}/async`)).toMatchObject({ status_code: '500', outcome: 'failure', resource: '/async' });
  });

  it('records streams, and clients that go away before or within the answer', async () => {
    let arrive: () => void;
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    const url = await serve((app) => {
      app.get('/stream', (_req, res) => {
        for (let i = 0; i < 10; i++) res.write('x'.repeat(1000));
        res.end();
      });
      app.get('/endless', (_req, res) => void res.write('x'.repeat(5000)));
      app.get('/never', () => arrive());
    });
    expect((await ask(`${url}/stream`))['bytes_out']).toBeGreaterThan(10_000);
    const [within] = await recorder.during(() => abortAfterFirstBytes(`${url}/endless`));
    expect(within).toMatchObject({
      outcome: 'failure',
      reason: 'aborted',
      status_code: '200',
      ip_address: '127.0.0.1',
      resource: '/endless',
    });
    expect(within?.['bytes_out']).toBeGreaterThan(5000);
    const [before] = await recorder.during(() => abortBeforeAnswer(`${url}/never`, arrived));
    expect(before).toMatchObject({ outcome: 'failure', reason: 'aborted', resource: '/never', bytes_out: 0 });
    expect(before).not.toHaveProperty('status_code');
  });

  it('believes proxies as far as it is told to', async () => {
    const answer = (app: express5.Express) => app.get('/', (_req, res) => void res.end());
    const forwarded = { headers: { 'x-forwarded-for': '198.51.100.1, 203.0.113.7, 10.0.0.1' } };
    const chain = ['198.51.100.1', '203.0.113.7', '10.0.0.1', '127.0.0.1'];
    expect(await ask(await serve(answer), forwarded)).toMatchObject({ ip_address: '127.0.0.1', ip_chain: chain });
    expect(await ask(await serve(answer, { trustProxy: 2 }), forwarded)).toMatchObject({ ip_address: '203.0.113.7', ip_chain: chain });
    expect(await ask(await serve(answer, { trustProxy: ['loopback', '10.0.0.0/8'] }), forwarded)).toMatchObject({
      ip_address: '203.0.113.7',
    });
    expect(await ask(await serve(answer, { trustProxy: 9 }), { headers: { 'x-forwarded-for': '198.51.100.1' } })).toMatchObject({
      ip_address: '198.51.100.1',
    });
  });

  it('ignores what it is told to', async () => {
    const url = await serve((app) => void app.use((_req, res) => void res.end()), { ignore: ['/healthz', /^\/static\//] });
    const events = await recorder.during(async () => {
      for (const path of ['/healthz', '/static/a.css', '/healthz2']) await (await fetch(url + path)).arrayBuffer();
    });
    expect(events.map(({ resource }) => resource)).toEqual(['/healthz2']);
  });

  it('records once where it is mounted twice', async () => {
    const url = await serve((app) => {
      app.use(expressAudit(recorder.client));
      app.get('/', (_req, res) => void res.end());
    });
    expect(await ask(url)).toMatchObject({ outcome: 'success' });
  });

  it('survives options that throw', async () => {
    const url = await serve((app) => app.get('/', (_req, res) => void res.end('fine')), {
      who: () => {
        throw new Error('no user service');
      },
    });
    expect(await (await fetch(url)).text()).toBe('fine');
    await expect.poll(() => recorder.problems.map(({ message }) => message)).toContain('a request could not be recorded');
  });

  describe('who', () => {
    it('is whom passport found', async () => {
      const strategy = new Strategy((token, done) =>
        done(null, token === 'good' ? { id: 7, displayName: 'Ana', email: 'ana@shop.example', roles: ['admin'] } : false),
      );
      passport.use(strategy);
      const url = await serve((app) => app.get('/', passport.authenticate('bearer', { session: false }), (_req, res) => void res.end()));
      expect(await ask(url, { headers: { authorization: 'Bearer good' } })).toMatchObject({
        user_id: '7',
        actor_type: 'user',
        user_name: 'Ana',
        user_email: 'ana@shop.example',
        roles: ['admin'],
      });
      const denied = await ask(url, { headers: { authorization: 'Bearer bad-secret' } });
      expect(denied).toMatchObject({ actor_type: 'unknown', outcome: 'denied', status_code: '401' });
      expect(JSON.stringify(denied)).not.toContain('bad-secret');
    });

    it('is the subject of a JWT', async () => {
      const secret = 'not-a-secret-of-anybody';
      const url = await serve((app) => app.get('/', expressjwt({ secret, algorithms: ['HS256'] }), (_req, res) => void res.end()));
      const token = jwt.sign({ sub: 'u9', jti: 'j1' }, secret);
      const event = await ask(url, { headers: { authorization: `Bearer ${token}` } });
      expect(event).toMatchObject({ user_id: 'u9', credential_id: 'j1' });
      expect(JSON.stringify(event)).not.toContain(token);
    });

    it('is whom the session names, by a fingerprint of its id', async () => {
      let sessionId = '';
      const url = await serve((app) => {
        app.use(session({ secret: 'x', resave: false, saveUninitialized: true }));
        app.get('/', (req, res) => {
          Object.assign(req.session, { userId: 42 });
          sessionId = req.sessionID;
          res.end();
        });
      });
      const event = await ask(url);
      expect(event).toMatchObject({ user_id: '42', session_id: expect.stringMatching(/^[\da-f]{16}$/) as string });
      expect(JSON.stringify(event)).not.toContain(sessionId);
    });

    it('is what the resolver says, after the handler', async () => {
      const url = await serve((app) => app.get('/', (req, res) => void [Object.assign(req, { member: 'm1' }), res.end()]), {
        who: (req) => (req as { member?: string }).member,
      });
      expect(await ask(url)).toMatchObject({ user_id: 'm1' });
    });

    it('is all that the resolver says, and what it says of the request is not taken', async () => {
      const told = { user_id: 'm1', on_behalf_of: 'm2', mfa: true, outcome: 'denied' };
      const url = await serve((app) => app.get('/', (_req, res) => void res.end()), { who: () => told });
      expect(await ask(url)).toMatchObject({ user_id: 'm1', on_behalf_of: 'm2', mfa: true, outcome: 'success' });
    });
  });

  it('tells handlers who acts, and takes what they say', async () => {
    let actor: unknown;
    const url = await serve((app) => {
      app.use((req, _res, next) => void [Object.assign(req, { user: { id: 'u1' } }), next()]);
      app.get('/report', async (_req, res) => {
        await new Promise((resolve) => setImmediate(resolve));
        actor = currentActor()?.user_id;
        annotate({ action: 'export', row_count: 12 });
        recorder.client.record({ event_type: 'report.built', resource: 'report-1' });
        res.end();
      });
    });
    const events = await recorder.during(async () => (await fetch(`${url}/report`)).arrayBuffer(), 2);
    expect(actor).toBe('u1');
    expect(events).toMatchObject([
      { event_type: 'report.built', user_id: 'u1', ip_address: '127.0.0.1' },
      { event_type: 'GET /report', user_id: 'u1', action: 'export', row_count: 12 },
    ]);
  });
});
