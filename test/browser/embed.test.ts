import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Browser, Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN, Daybook, ROOT } from '../harness/daybook.ts';
import { hasChromium, openBrowser } from './browser.ts';
import { HOSTILE } from './events.ts';
import { freePort } from '../support/free-port.ts';

const TENANTS = ['acme', 'globex'];

describe.skipIf(!hasChromium)('the viewer within a page of others (needs chromium)', () => {
  let server: Daybook;
  let browser: Browser;
  let portal: ChildProcess;
  let portalUrl: string;
  let stranger: Server;
  let strangerUrl: string;

  beforeAll(async () => {
    // Ports first: whose pages may frame the viewer is said at the start.
    portalUrl = `http://localhost:${await freePort()}`;
    stranger = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(`<iframe src="${local()}/embed"></iframe>`);
    });
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    strangerUrl = `http://localhost:${portOf(stranger)}`;
    [server, browser] = await Promise.all([Daybook.start({ env: { DAYBOOK_EMBED_ORIGINS: portalUrl } }), openBrowser()]);
    const events = TENANTS.flatMap((tenant_id) =>
      Array.from({ length: 60 }, (_, i) => ({
        timestamp: new Date(Date.now() - i * 60_000).toISOString(),
        user_id: `support-${i % 3}`,
        action: 'read',
        event_type: 'customer.read',
        resource: `/${tenant_id}/orders/${i}`,
        outcome: 'success',
        tenant_id,
        query_text: `SELECT secret_of_${tenant_id}`,
        ...(i === 3 ? { user_agent: HOSTILE, user_id: HOSTILE } : {}),
      })),
    );
    await server.send(events);
    await server.indexed();
    portal = spawn(process.execPath, [path.join(ROOT, 'demo/embed/server.mjs')], {
      env: { PATH: process.env['PATH'], DAYBOOK_URL: local(), DAYBOOK_TOKEN: ADMIN, PORT: new URL(portalUrl).port },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (portal.stdout !== null) await once(portal.stdout, 'data');
  });
  afterAll(async () => {
    portal?.kill();
    await browser?.close();
    await server?.stop();
    server?.remove();
    stranger?.closeAllConnections();
    await new Promise((resolve) => stranger?.close(resolve));
  });

  const local = () => server.url.replace('127.0.0.1', 'localhost');
  const visit = async () => {
    const page = await (await browser.newContext()).newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      // The portal has no icon.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text());
    });
    return { page, complaints };
  };
  const frameOf = (page: Page) => page.frameLocator('daybook-trail iframe');

  it('shows each customer their own part, finds in it, and grows with it', async () => {
    const { page, complaints } = await visit();
    await page.goto(`${portalUrl}/sign-in?as=acme`);
    const trail = frameOf(page);
    await trail.getByText('/acme/orders/0', { exact: false }).first().waitFor();
    expect(await trail.locator('.trail-list > li').count()).toBe(50);
    await trail.getByRole('button', { name: 'Older' }).click();
    await trail.locator('.trail-list > li').nth(59).waitFor();
    expect(await trail.locator('.trail-list > li').count()).toBe(60);
    await page.waitForFunction('document.querySelector("daybook-trail iframe").offsetHeight > 1000');
    const text = await trail.locator('body').innerText();
    expect(text).not.toContain('globex');
    await trail.getByRole('searchbox').fill('orders/17');
    await trail.locator('.trail-list > li').nth(1).waitFor({ state: 'detached' });
    await trail.locator('summary').first().click();
    await trail.getByText('customer.read').waitFor();
    expect(await trail.locator('body').innerText()).not.toContain('secret_of');
    expect(complaints).toEqual([]);
    await page.goto(`${portalUrl}/sign-in?as=globex`);
    await frameOf(page).getByText('/globex/orders/0', { exact: false }).first().waitFor();
  });

  it('shows no more, whatever is typed, and whatever the page around says', async () => {
    const { page } = await visit();
    await page.goto(`${portalUrl}/sign-in?as=acme`);
    const trail = frameOf(page);
    await trail.locator('.trail-list > li').first().waitFor();
    for (const typed of ['tenant_id:globex', 'globex', '-tenant_id:acme', 'query_text:*']) {
      await trail.getByRole('searchbox').fill(typed);
      await trail.getByText(/Nothing in this range|hides query_text/).waitFor();
    }
    // A token without a scope, by a page that has one or is tricked into it.
    await page.evaluate(
      `document.querySelector('daybook-trail iframe').contentWindow.postMessage({ daybook: 'token', token: '${ADMIN}' }, '*')`,
    );
    await trail.getByRole('searchbox').fill('orders');
    await trail.locator('.trail-list > li').first().waitFor();
    expect(await trail.locator('body').innerText()).not.toContain('globex');
    await page.route('**/audit-token', (route) => route.fulfill({ json: { token: ADMIN } }));
    await page.reload();
    await frameOf(page).getByText('is not narrowed').waitFor();
    expect(await frameOf(page).locator('.trail-list > li').count()).toBe(0);
  });

  it('uses no session of somebody who is signed in to Daybook in the same browser, nor any storage', async () => {
    const { page } = await visit();
    const asked: Record<string, string>[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/v1/events')) asked.push(request.headers());
    });
    await page.context().addCookies([{ name: 'daybook_session', value: 'of-an-admin', url: local() }]);
    await page.goto(`${portalUrl}/sign-in?as=acme`);
    await frameOf(page).locator('.trail-list > li').first().waitFor();
    expect(asked.length).toBeGreaterThan(0);
    for (const headers of asked) expect(headers['cookie']).toBeUndefined();
    const frame = page.frames().find((one) => one.url().endsWith('/embed'));
    expect(await stored(frame)).not.toContain('dbk_');
    expect(
      page
        .frames()
        .map((one) => one.url())
        .join(' '),
    ).not.toContain('dbk_');
  });

  it('is for nobody but the pages that the operator names', async () => {
    const { page, complaints } = await visit();
    await page.goto(strangerUrl);
    await expect.poll(() => complaints.join('\n')).toMatch(/frame-ancestors|Framing/);
    const plain = await fetch(`${server.url}/embed`);
    expect(plain.headers.get('content-security-policy')).toContain(`frame-ancestors ${portalUrl}`);
    expect(plain.headers.get('x-frame-options')).toBeNull();
    // The console itself stays unframed.
    expect((await fetch(`${server.url}/search`)).headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });
});

async function stored(frame: Frame | undefined): Promise<string> {
  return (await frame?.evaluate<string>('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')) ?? 'no frame: dbk_';
}

function portOf(server: Server): number {
  const address = server.address() as AddressInfo | null; // oxlint-disable-line typescript/no-unsafe-type-assertion
  return address?.port ?? 0;
}
