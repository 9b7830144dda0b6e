import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Daybook } from '../harness/daybook.ts';
import { hasChromium, openBrowser, settled, visit } from './browser.ts';
import { testEvents } from './events.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];
const PAGES = [
  '/',
  '/search?q=outcome:denied',
  '/live',
  '/query',
  '/coverage',
  '/quarantine',
  '/evidence',
  '/integrity',
  '/settings',
  '/settings/roles',
  '/person?id=ann',
  '/settings/tokens',
  '/settings/sessions',
  '/settings/account',
];
const NARROW = { width: 390, height: 780 };

interface Found {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly target: unknown; readonly failureSummary: string }[];
  }[];
}

describe.skipIf(!hasChromium)('how the console looks (needs chromium)', () => {
  let server: Daybook;
  let browser: Browser;
  beforeAll(async () => {
    [server, browser] = await Promise.all([Daybook.start(), openBrowser()]);
    await server.send(testEvents(Date.now()).events);
    await server.indexed();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    server?.remove();
  });

  /** What axe finds; the page's policy lets no script in but its own, so axe comes by the debugger. */
  async function violations(page: Page): Promise<string[]> {
    const found = await page.evaluate<Found>(`axe.run(document, { runOnly: ${JSON.stringify(RULES)} })`);
    return found.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} ${String(target)}: ${failureSummary}`),
    );
  }

  it.each(['light', 'dark'] as const)('meets WCAG 2.1 AA in the %s theme', async (colorScheme) => {
    const { page, context, complaints } = await visit(browser, { url: server.url, colorScheme });
    await context.addInitScript({ path: AXE });
    const found: string[] = [];
    const look = async (what: string) => found.push(...(await violations(page)).map((one) => `${what}: ${one}`));
    for (const path of PAGES) {
      await page.goto(path);
      await (path === '/live' ? page.getByText('Following').waitFor() : settled(page));
      expect(await page.evaluate('document.documentElement.dataset.theme')).toBe(colorScheme);
      await look(path);
    }
    await page.goto('/search?q=event_type:customer.update');
    await page
      .locator('.result')
      .first()
      .click({ position: { x: 40, y: 10 } });
    await page.getByText('In the signed log.').waitFor();
    await page.getByRole('button', { name: 'Show the proof' }).click();
    await look('an event');
    await page.getByRole('tab', { name: 'Raw' }).click();
    await look('raw');
    await page.keyboard.press('Control+k');
    await page.getByRole('option').first().waitFor();
    await look('palette');
    await page.goto('/search?q=outcome:denied');
    await settled(page);
    await page.getByRole('button', { name: 'Export', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio').first().waitFor();
    await look('export');
    await dialog.getByRole('button', { name: 'Export', exact: true }).click();
    await dialog.getByRole('button', { name: 'Download' }).waitFor();
    // Where the keyboard is.
    expect(await page.evaluate('document.activeElement.textContent.trim()')).toBe('Download');
    await look('an export that is done');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^Export ready/ }).click();
    await page.getByRole('button', { name: 'Remove', exact: true }).first().waitFor();
    await look('exports');
    await context.close();
    expect(found).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('signs in by a page that meets it too', async () => {
    const { page, context } = await visit(browser, { url: server.url, token: null });
    await context.addInitScript({ path: AXE });
    await page.goto('/');
    await page.getByRole('heading', { name: 'Sign in to Daybook' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await context.close();
  });

  it('fits a narrow window', async () => {
    const { page, context } = await visit(browser, { url: server.url, viewport: NARROW });
    for (const path of PAGES) {
      await page.goto(path);
      await (path === '/live' ? page.getByText('Following').waitFor() : settled(page));
      expect([path, await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')]).toEqual([path, true]);
    }
    await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('link', { name: 'Search' }).click();
    await page
      .locator('.result')
      .first()
      .click({ position: { x: 40, y: 10 } });
    await page.getByText('In the signed log.').waitFor();
    await page.getByRole('button', { name: 'Close the event' }).click();
    await page.locator('.result').first().waitFor();
    await context.close();
  });
});
