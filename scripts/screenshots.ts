/**
 * `npm run screenshots`: the pictures of README and guides, taken of the running product with the demo company's last 30 days in it. Needs a build and Debian's
 * chromium. The pictures are committed; look at them before you commit new ones. With names behind `--`, only these are taken.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { APPLICATIONS, type Application, sendHistory } from '../demo/index.ts';
import { parseRecord, textOf } from './pack/json.ts';
import { ADMIN, Daybook } from '../test/harness/daybook.ts';
import { putAside, startDoor, withoutDoors } from './screenshots/troubles.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const OUT = path.join(ROOT, 'docs', 'pictures');
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const SIZE = { width: 1280, height: 800 };
const NARROW = { width: 390, height: 780 };

interface Picture {
  readonly name: string;
  readonly at: string;
  readonly theme?: 'light' | 'dark';
  readonly narrow?: boolean;
  /** Until it shows what it is to show. */
  readonly ready: (page: Page) => Promise<unknown>;
}

const openFirst = async (page: Page) => {
  await page
    .locator('.result')
    .nth(1)
    .click({ position: { x: 40, y: 10 } });
  await page.getByText('In the signed log.').waitFor();
};

const PICTURES: readonly Picture[] = [
  { name: 'overview', at: '/?range=30d', ready: (page) => page.locator('.heads li').first().waitFor() },
  { name: 'overview-dark', at: '/?range=30d', theme: 'dark', ready: (page) => page.locator('.heads li').first().waitFor() },
  {
    name: 'search',
    at: '/search?range=30d&q=kind:event+outcome:(failure+denied)',
    ready: (page) => page.locator('.facet').nth(4).waitFor(),
  },
  { name: 'export', at: '/search?range=30d&q=outcome:denied', ready: makeExport },
  { name: 'event', at: '/search?range=30d&q=outcome:denied+action:export', ready: openFirst },
  { name: 'person', at: '/?range=30d', ready: openPerson },
  { name: 'sql', at: '/query', theme: 'dark', ready: runSql },
  { name: 'integrity', at: '/integrity', ready: (page) => page.getByText('The signed heads fit.').waitFor() },
  { name: 'evidence', at: '/evidence', ready: (page) => page.locator('.drop').waitFor() },
  { name: 'coverage', at: '/coverage', ready: (page) => page.locator('.matrix').waitFor() },
  { name: 'quarantine', at: '/quarantine', ready: (page) => page.locator('.quarantined').first().waitFor() },
  { name: 'narrow', at: '/?range=30d', narrow: true, ready: (page) => page.locator('.heads li').first().waitFor() },
];

/** Whoever was denied most. */
async function openPerson(page: Page): Promise<void> {
  await page.locator('.card', { hasText: 'Denied accesses by user' }).locator('a.clip').first().click();
  await page.locator('.lines .live-row').first().waitFor();
}

/** One that is done, in the tray. */
async function makeExport(page: Page): Promise<void> {
  await page.locator('.facet').nth(4).waitFor();
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Export', exact: true }).click();
  await dialog.getByRole('button', { name: 'Download' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^Export ready/ }).click();
  await page.getByRole('button', { name: 'Remove', exact: true }).waitFor();
}

async function runSql(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Run/ }).click();
  await page.getByRole('button', { name: 'Chart' }).click();
  await page.locator('.chart').waitFor();
}

async function main(): Promise<void> {
  if (!existsSync(CHROMIUM)) throw new Error(`${CHROMIUM} is not there: apt-get install chromium, or name another by CHROMIUM`);
  const home = mkdtempSync(path.join(os.tmpdir(), 'daybook-pictures-'));
  const company = await startDoor(home);
  const server = await Daybook.start({ home, env: { DAYBOOK_ORIGIN: 'log.acme.example' } });
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  try {
    const tokens = await tokensOf(server);
    await sendHistory(withoutDoors(new Date()), { url: server.url, tokens });
    await putAside(server, tokens.backoffice);
    await server.indexed();
    await company.prove(server, tokens.backoffice);
    mkdirSync(OUT, { recursive: true });
    const wanted = process.argv.slice(2);
    for (const picture of PICTURES.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) await take(browser, server, picture);
  } finally {
    await browser.close();
    await server.stop();
    company.close();
    rmSync(home, { recursive: true, force: true });
  }
}

async function tokensOf(server: Daybook): Promise<Record<Application, string>> {
  const made = await Promise.all(
    APPLICATIONS.map(async (name) => {
      const headers = { 'content-type': 'application/json' };
      const answer = await server.fetch('/v1/tokens', { method: 'POST', headers, body: JSON.stringify({ name, role: 'producer' }) });
      return [name, textOf(parseRecord(await answer.text())['token'])] as const;
    }),
  );
  const tokens = new Map<string, string>(made);
  const of = (name: Application) => tokens.get(name) ?? '';
  return { api: of('api'), backoffice: of('backoffice'), doors: of('doors'), nightly: of('nightly'), shop: of('shop') };
}

async function take(browser: Browser, server: Daybook, { name, at, theme = 'light', narrow = false, ready }: Picture): Promise<void> {
  const viewport = narrow ? NARROW : SIZE;
  const context = await browser.newContext({ baseURL: server.url, viewport, colorScheme: theme, timezoneId: 'UTC' });
  await context.addInitScript({ content: `sessionStorage.setItem('daybook.token', '${ADMIN}')` });
  const page = await context.newPage();
  await page.goto(at);
  await ready(page);
  await page.waitForLoadState('networkidle');
  await page.mouse.move(0, 0);
  await page.screenshot({ path: path.join(OUT, `${name}.png`), animations: 'disabled' });
  console.log(`docs/pictures/${name}.png`);
  await context.close();
}

await main();
