import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { totpCode } from '../../packages/server/src/base/totp.ts';
import { Daybook } from '../harness/daybook.ts';
import { OIDC_SECRET, type OidcProvider, startOidcProvider } from '../support/oidc-provider.ts';
import { hasChromium, openBrowser, type Visitor, type VisitorOptions, visit } from './browser.ts';
import { testEvents } from './events.ts';

type Reader = (pixels: Uint8ClampedArray, width: number, height: number) => { readonly data: string } | null;
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a CommonJS module whose types are of another kind of module
const jsQR = createRequire(import.meta.url)('jsqr') as Reader;

const PASSWORD = 'correct horse battery';
const STEP_S = 30;

describe.skipIf(!hasChromium)('access in the console (needs chromium)', () => {
  let server: Daybook;
  let browser: Browser;
  let provider: OidcProvider;
  let home: string;
  const open: Visitor[] = [];

  beforeAll(async () => {
    provider = await startOidcProvider('olga', ['security']);
    home = mkdtempSync(path.join(os.tmpdir(), 'daybook-access-'));
    const settings = [`oidc_issuer: ${provider.url}`, 'oidc_client_id: daybook', 'oidc_roles: {security: auditor}'];
    writeFileSync(path.join(home, 'daybook.yaml'), `${settings.join('\n')}\n`);
    [server, browser] = await Promise.all([Daybook.start({ home, env: { DAYBOOK_OIDC_CLIENT_SECRET: OIDC_SECRET } }), openBrowser()]);
    provider.serves(local());
    await server.send(testEvents(Date.now()).events);
    await server.indexed();
  });
  afterAll(async () => {
    for (const visitor of open) await visitor.close();
    await browser?.close();
    await server?.stop();
    await provider?.close();
    rmSync(home, { recursive: true, force: true });
  });

  /** Cookies of the provider and of the console are of different hosts, as anywhere. */
  const local = () => server.url.replace('127.0.0.1', 'localhost');
  const visitor = async (options: Omit<VisitorOptions, 'url'> = {}) => {
    const one = await visit(browser, { url: local(), ...options });
    open.push(one);
    return one;
  };
  const signOut = async (page: Page) => {
    await page.getByRole('button', { name: 'Preferences' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.locator('.sign-in h1').waitFor();
  };

  it('signs in by the organisation’s provider, with the role of the group', async () => {
    const { page, complaints } = await visitor({ token: null });
    await page.goto('/');
    await page.getByRole('link', { name: 'Sign in by your organisation' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.getByText('olga').first().waitFor();
    await page.getByText('auditor').first().waitFor();
    expect(new URL(page.url()).origin).toBe(local());
    await page.goto('/settings/account');
    await page.getByText('and by nothing else').waitFor();
    expect(complaints).toEqual([]);
  });

  it('sets up codes of an app by a QR code, and asks for one from then on', async () => {
    const admin = await visitor();
    await admin.page.goto('/settings');
    await admin.page.getByRole('button', { name: 'Invite' }).click();
    await admin.page.getByLabel('Name', { exact: true }).fill('tom');
    await admin.page.getByRole('button', { name: 'Make the invitation' }).click();
    const link = new URL((await admin.page.locator('.secret code').textContent()) ?? '');
    const { page, complaints } = await visitor({ token: null, deviceScaleFactor: 1 });
    await page.goto(`/sign-in${link.hash}`);
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.goto('/settings/account');
    await page.getByLabel('New password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Set the password' }).click();
    await page.getByText('The password is set.').waitFor();
    await page.getByRole('button', { name: 'Set up' }).click();
    const uri = await readQr(page);
    const secret = new URL(uri).searchParams.get('secret') ?? '';
    expect(uri).toMatch(/^otpauth:\/\/totp\/Daybook.*tom/);
    expect(await page.locator('.secret code').textContent()).toBe(secret);
    await page.getByRole('textbox', { name: 'Code' }).fill('000000');
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.getByRole('alert').getByText('not a code of now').waitFor();
    const step = Math.floor(Date.now() / 1000 / STEP_S);
    await page.getByRole('textbox', { name: 'Code' }).fill(totpCode(secret, step));
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.getByText('From now on a code is asked for.').waitFor();
    await signOut(page);
    await page.getByLabel('Name').fill('tom');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByLabel(/Code/).waitFor();
    // The code that set it up is used up: the next one opens.
    await page.getByLabel(/Code/).fill(totpCode(secret, step + 1));
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('auditor').first().waitFor();
    expect(complaints).toEqual([]);
  });

  it('makes a role, changes it, gives it to somebody, narrows them, and removes it', async () => {
    const { page } = await visitor();
    await page.goto('/settings/roles');
    await page.getByRole('button', { name: 'New role' }).click();
    await page.getByLabel('Name').fill('shop-support');
    await page.getByLabel('Sources').fill('shop, web shop');
    await page.getByLabel('Never sees these fields').fill('query_text, changes');
    await page.getByRole('button', { name: 'Make the role' }).click();
    const row = page.getByRole('row', { name: /shop-support/ });
    await row.getByText('source shop or web shop').waitFor();
    await row.getByText('changes, query_text').waitFor();
    await row.getByRole('button', { name: 'Change shop-support' }).click();
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Sources').fill('shop');
    await page.getByRole('checkbox', { name: /alerts:handle/ }).check();
    await page.getByRole('button', { name: 'Save' }).click();
    await row.getByText('events:read, alerts:handle').waitFor();
    await page.goto('/settings');
    await page.getByRole('button', { name: 'Invite' }).click();
    await page.getByLabel('Name', { exact: true }).fill('sara');
    await page.getByRole('button', { name: 'Make the invitation' }).click();
    await page.getByRole('button', { name: 'Done' }).click();
    const sara = page.getByRole('row', { name: /sara/ });
    await sara.getByRole('button', { name: 'Change sara' }).click();
    await page.getByRole('button', { name: 'Roles and scope' }).click();
    await page.getByRole('checkbox', { name: 'auditor' }).uncheck();
    await page.getByRole('checkbox', { name: 'shop-support' }).check();
    await page.getByLabel('Tenants').fill('acme');
    await page.getByRole('button', { name: 'Save' }).click();
    await sara.getByText('tenant_id acme').waitFor();
    await page.goto('/settings/roles');
    await row.getByRole('button', { name: 'Change shop-support' }).click();
    await page.getByRole('button', { name: 'Remove' }).click();
    const refusal = page.getByRole('alert').getByText('take it from them first');
    await refusal.waitFor();
    expect(await row.count()).toBe(1);
  });
});

/** What an app's camera would see. */
async function readQr(page: Page): Promise<string> {
  const picture = await page.locator('svg.qr').screenshot();
  const { width, height, data } = await page.evaluate<{ width: number; height: number; data: number[] }>(`(async () => {
    const bytes = Uint8Array.from(atob(${JSON.stringify(picture.toString('base64'))}), (char) => char.charCodeAt(0));
    const { width, height } = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const context = new OffscreenCanvas(width, height).getContext('2d');
    context.drawImage(await createImageBitmap(new Blob([bytes], { type: 'image/png' })), 0, 0);
    return { width, height, data: [...context.getImageData(0, 0, width, height).data] };
  })()`);
  return jsQR(Uint8ClampedArray.from(data), width, height)?.data ?? '';
}
