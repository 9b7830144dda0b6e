import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { ADMIN } from '../harness/daybook.ts';

/** Debian's; scripts/services.mjs installs it where that is allowed. */
const CHROMIUM = '/usr/bin/chromium';
export const hasChromium = existsSync(CHROMIUM);
/** A busy machine with two cores draws slowly. */
const ACTION_MS_MAX = 20_000;

export function openBrowser(): Promise<Browser> {
  // As root, as in CI, Chromium has no sandbox of its own; pages come from our own server alone.
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
}

export interface Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page complained of: exceptions, errors on the console, breaches of its policy. */
  readonly complaints: string[];
  /** Addresses that were asked for outside of the server. */
  readonly strangers: string[];
  close(): Promise<void>;
}

export interface VisitorOptions extends BrowserContextOptions {
  readonly url: string;
  /** Signs in by it; null: nobody. */
  readonly token?: string | null;
}

/** A person with a browser of their own: nothing is kept from another. Times are in UTC. */
export async function visit(browser: Browser, { url, token = ADMIN, ...options }: VisitorOptions): Promise<Visitor> {
  const context = await browser.newContext({ baseURL: url, timezoneId: 'UTC', viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(ACTION_MS_MAX);
  if (token !== null) await context.addInitScript({ content: `sessionStorage.setItem('daybook.token', ${JSON.stringify(token)})` });
  const page = await context.newPage();
  const complaints: string[] = [];
  const strangers: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  // A refused request is told on the console too; whether it was to be refused is for the test to say.
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) strangers.push(request.url());
  });
  return { page, context, complaints, strangers, close: () => context.close() };
}

/** Waits until the page has asked for all that it shows. */
export async function settled(page: Page): Promise<void> {
  await page.locator('#main h1, .sign-in h1').waitFor();
  await page.locator('.progress-line.on').waitFor({ state: 'detached' });
}
