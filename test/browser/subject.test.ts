import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Daybook } from '../harness/daybook.ts';
import { hasChromium, openBrowser, settled, type Visitor, visit } from './browser.ts';
import { HOSTILE, testEvents } from './events.ts';

describe.skipIf(!hasChromium)('pages about somebody, and saved views (needs chromium)', () => {
  let server: Daybook;
  let browser: Browser;
  const open: Visitor[] = [];
  beforeAll(async () => {
    [server, browser] = await Promise.all([Daybook.start(), openBrowser()]);
    await server.send(testEvents(Date.now()).events);
    await server.indexed();
  });
  afterAll(async () => {
    for (const visitor of open) await visitor.close();
    await browser?.close();
    await server?.stop();
    server?.remove();
  });
  const visitor = async (token?: string) => {
    const one = await visit(browser, token === undefined ? { url: server.url } : { url: server.url, token });
    open.push(one);
    return one;
  };

  it('tell what an account did, a click on its name away', async () => {
    const { page, complaints } = await visitor();
    await page.goto('/');
    await page.locator('.card', { hasText: 'Failed logins by user' }).getByRole('link', { name: 'eve', exact: true }).click();
    await page.getByRole('heading', { name: 'Person eve' }).waitFor();
    await page.locator('.card', { hasText: 'Sign-ins' }).getByText('failed to sign in to').first().waitFor();
    await page.locator('.figure', { hasText: 'Failed' }).click();
    await page.getByRole('grid', { name: 'Events' }).waitFor();
    expect(new URL(page.url()).searchParams.get('q')).toBe('kind:event user_id:eve outcome:failure');
    // From a row of the search, and from there to a resource and back to who used it.
    await page.goto('/search?q=resource:/customers/4711');
    await page.locator('.result a.about', { hasText: 'ann' }).first().click();
    await page.getByRole('heading', { name: 'Person ann' }).waitFor();
    await page.getByText('First seen').waitFor();
    await page.locator('.card', { hasText: 'Resources' }).getByRole('link', { name: '/customers/4700', exact: true }).click();
    await page.getByRole('heading', { name: 'Resource /customers/4700' }).waitFor();
    await page.locator('.card', { hasText: 'Users' }).getByRole('link', { name: 'ann', exact: true }).waitFor();
    await page.locator('.lines .live-row').first().click();
    await page.getByText('In the signed log.').waitFor();
    expect(complaints).toEqual([]);
  });

  it('name nobody who is not there, and run nothing that an event says', async () => {
    const { page, complaints } = await visitor();
    await page.goto('/person?id=nobody-of-this-name');
    await page.getByText('No event names it').waitFor();
    for (const at of [`/person?id=${encodeURIComponent(HOSTILE)}`, `/resource?id=${encodeURIComponent(`resource ${HOSTILE}`)}`]) {
      await page.goto(at);
      await page.getByText('Newest events').waitFor();
      expect(await page.evaluate('window.harmed')).toBeUndefined();
    }
    await page.goto('/person');
    await page.getByText('Nobody is named').waitFor();
    expect(complaints).toEqual([]);
  });

  it('keep what is on screen under a name, for oneself or for others', async () => {
    const { page } = await visitor();
    await page.goto('/search?q=outcome:denied&range=30d');
    await settled(page);
    await page.getByRole('button', { name: 'Saved views' }).click();
    await page.getByLabel('Keep what is on screen as').fill('what was denied');
    await page.getByLabel('Others may use it').check();
    await page.getByRole('button', { name: 'Save the view' }).click();
    await page
      .getByRole('button', { name: /what was denied/ })
      .first()
      .waitFor();
    const made = await server.fetch('/v1/tokens', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'second', role: 'auditor' }),
    });
    const other = await visitor(((await made.json()) as { token: string }).token);
    await other.page.goto('/search');
    await other.page.getByRole('button', { name: 'Saved views' }).click();
    await other.page.getByRole('button', { name: /what was denied/ }).click();
    await other.page.waitForURL(/q=outcome:denied/);
    expect(new URL(other.page.url()).searchParams.get('range')).toBe('30d');
    await page.getByRole('button', { name: 'Remove what was denied' }).click();
    await page.getByText('Nothing is saved yet.').waitFor();
  });

  it('ask again by themselves where somebody wants it, and say so', async () => {
    const { page } = await visitor();
    await page.clock.install();
    await page.goto('/');
    await page.getByRole('heading', { name: 'Events over time' }).waitFor();
    await page.getByRole('button', { name: 'Auto' }).click();
    const asked = page.waitForRequest((request) => request.url().includes('/v1/overview'));
    await page.clock.fastForward(61_000);
    expect((await asked).headers()['x-daybook-refresh']).toBe('1');
  });
});
