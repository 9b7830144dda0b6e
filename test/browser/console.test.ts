import { readFile } from 'node:fs/promises';
import { parseJson } from '@daybook/protocol';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Daybook } from '../harness/daybook.ts';
import { hasChromium, openBrowser, settled, type Visitor, type VisitorOptions, visit } from './browser.ts';
import { HOSTILE, testEvents } from './events.ts';

/** What a first visit may cost on the wire, compressed. */
const INITIAL_BYTES_MAX = 200_000;

describe.skipIf(!hasChromium)('the console in a browser (needs chromium)', () => {
  let server: Daybook;
  let browser: Browser;
  let told: ReturnType<typeof testEvents>;
  const open: Visitor[] = [];

  beforeAll(async () => {
    [server, browser] = await Promise.all([Daybook.start(), openBrowser()]);
    told = testEvents(Date.now());
    const answer = await server.send(told.events);
    if (!answer.ok) throw new Error(await answer.text());
    await server.indexed();
  });
  afterAll(async () => {
    for (const visitor of open) await visitor.close();
    await browser?.close();
    await server?.stop();
    server?.remove();
  });
  const visitor = async (options: Omit<VisitorOptions, 'url'> = {}) => {
    const one = await visit(browser, { url: server.url, ...options });
    open.push(one);
    return one;
  };

  it('loads little, from nowhere else, and breaks no rule of its policy', async () => {
    const { page, complaints, strangers } = await visitor();
    let bytes = 0;
    page.on('response', (response) => {
      bytes += Number(response.headers()['content-length'] ?? 0);
    });
    await page.goto('/');
    await settled(page);
    await page.getByRole('heading', { name: 'Events over time' }).waitFor();
    expect(bytes).toBeGreaterThan(100_000);
    expect(bytes).toBeLessThan(INITIAL_BYTES_MAX);
    expect(complaints).toEqual([]);
    expect(strangers).toEqual([]);
  });

  it('signs in by a token, and says so when it opens nothing', async () => {
    const { page } = await visitor({ token: null });
    await page.goto('/search?q=outcome:denied');
    await page.getByRole('button', { name: 'API token' }).click();
    await page.getByLabel('Token').fill('dbk_wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('unknown or was revoked').waitFor();
    await page.getByLabel('Token').fill('harness-admin-token-0123456789abcdef');
    await page.getByRole('button', { name: 'Sign in' }).click();
    // Where one wanted to go.
    await page.getByRole('grid', { name: 'Events' }).waitFor();
    expect(page.url()).toContain('q=outcome:denied');
  });

  it('invites, signs in by the link, sets a password, signs out and in again', async () => {
    const admin = await visitor();
    await admin.page.goto('/settings');
    await admin.page.getByRole('heading', { name: 'No accounts yet' }).waitFor();
    await admin.page.getByRole('button', { name: 'Invite' }).click();
    await admin.page.getByLabel('Name', { exact: true }).fill('paula');
    await admin.page.getByRole('button', { name: 'Make the invitation' }).click();
    const link = await admin.page.locator('.secret code').textContent();
    // Browsers make no passkey at 127.0.0.1; the link says localhost.
    const guest = await visitor({ token: null, baseURL: new URL(link ?? '').origin });
    await guest.page.goto(`/sign-in${new URL(link ?? '').hash}`);
    await guest.page.getByRole('heading', { name: 'Overview' }).waitFor();
    expect(guest.page.url()).not.toContain('link=');
    await guest.page.goto('/settings/account');
    await guest.page.getByLabel('New password').fill('correct horse battery');
    await guest.page.getByRole('button', { name: 'Set the password' }).click();
    await guest.page.getByText('The password is set.').waitFor();
    // By the browser's own download, which the cookie opens.
    await guest.page.goto('/search?q=outcome:denied');
    await settled(guest.page);
    await guest.page.getByRole('button', { name: 'Export', exact: true }).click();
    const dialog = guest.page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Export', exact: true }).click();
    const [download] = await Promise.all([guest.page.waitForEvent('download'), dialog.getByRole('link', { name: 'Download' }).click()]);
    expect(await readFile(await download.path(), 'utf8')).toContain('"denied"');
    await guest.page.goto('/settings/account');
    const devices = await guest.context.newCDPSession(guest.page);
    await devices.send('WebAuthn.enable');
    const options = {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
    } as const;
    await devices.send('WebAuthn.addVirtualAuthenticator', { options });
    await guest.page.getByLabel('Name of the device').fill('a test device');
    await guest.page.getByRole('button', { name: 'Add a passkey' }).click();
    await guest.page.getByRole('button', { name: 'Give up a test device' }).waitFor();
    await guest.page.getByRole('button', { name: 'Preferences' }).click();
    await guest.page.getByRole('button', { name: 'Sign out' }).click();
    // The page that is left has fields of these names, too.
    await guest.page.locator('.sign-in h1').waitFor();
    await guest.page.getByLabel('Name').fill('paula');
    await guest.page.getByLabel('Password').fill('correct horse battery');
    await guest.page.getByRole('button', { name: 'Sign in' }).click();
    await guest.page.getByText('auditor').waitFor();
    await guest.page.getByRole('button', { name: 'Preferences' }).click();
    await guest.page.getByRole('button', { name: 'Sign out' }).click();
    await guest.page.getByRole('button', { name: 'Use a passkey' }).click();
    await guest.page.getByText('auditor').waitFor();
  });

  it('shows what happened, and each number leads to its events', async () => {
    const { page } = await visitor();
    await page.goto('/');
    const denied = page.locator('.figure', { hasText: 'Denied' });
    expect(await denied.locator('.figure-value').textContent()).toBe(String(told.denied));
    const logins = page.locator('.figure', { hasText: 'Failed logins' });
    expect(await logins.locator('.figure-value').textContent()).toBe(String(told.failedLogins + 1));
    await denied.click();
    await page.getByText(`${told.denied} events`, { exact: true }).waitFor();
    expect(page.url()).toContain('/search');
  });

  it('finds by typing, by keyboard alone, and opens what it found', async () => {
    const { page, complaints } = await visitor();
    await page.goto('/');
    await settled(page);
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.getByRole('grid', { name: 'Events' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('us');
    await page.getByRole('option', { name: /^user_id:/ }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('option', { name: /^ben/ }).waitFor();
    await page.keyboard.type('be');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.keyboard.type('outcome:success');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    await page.getByRole('list', { name: 'Conditions' }).getByText('ben').waitFor();
    await settled(page);
    await page.getByRole('grid', { name: 'Events' }).focus();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByText('In the signed log.').waitFor();
    expect(page.url()).toMatch(/q=user_id:ben\+outcome:success.*event=routine:\d+/);
    const sentence = await page.locator('.sentence').textContent();
    expect(sentence).toMatch(/^ben read \/customers\/\d+/);
    await page.keyboard.press('Escape');
    await page.locator('.drawer').waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
  });

  it('has its whole state in the address', async () => {
    const { page } = await visitor();
    await page.goto('/search?range=30d&q=event_type:customer.update');
    await page
      .locator('.result')
      .first()
      .click({ position: { x: 40, y: 10 } });
    await page.getByText('In the signed log.').waitFor();
    const again = await visitor();
    await again.page.goto(page.url());
    await again.page.locator('.changes').getByText('new@example.com').waitFor();
    expect(await again.page.locator('.changes tbody tr').count()).toBe(1);
    await again.page.getByRole('tab', { name: 'Around it' }).click();
    await again.page.locator('.neighbours li[aria-current]').waitFor();
  });

  it('narrows by facets and by dragging over time', async () => {
    const { page } = await visitor();
    await page.goto('/search?q=kind:event');
    await page.getByRole('button', { name: /^denied/ }).click();
    await page.getByText(`${told.denied} events`, { exact: true }).waitFor();
    await page.getByRole('slider').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Shift+ArrowRight');
    await page.keyboard.press('Enter');
    await page.waitForURL(/range=.*\.\./);
    expect(page.url()).toContain('outcome:denied');
  });

  it('shows red when the server does not show what was signed', async () => {
    const { page } = await visitor();
    await page.route(/\/v1\/events\/routine\/\d+$/, async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, body: (await answer.text()).replace('"action":"read"', '"action":"list"') });
    });
    await page.goto('/search?q=user_id:ben action:read outcome:success');
    await page
      .locator('.result')
      .first()
      .click({ position: { x: 40, y: 10 } });
    await page.getByText('does not match the signed log').waitFor();
    await page.locator('.proof .note.bad').waitFor();
    expect(await page.locator('.proof .note.good').count()).toBe(0);
  });

  it('makes an evidence file of an event, and checks it where it is dropped', async () => {
    const { page } = await visitor();
    await page.goto('/search?q=user_id:ann action:update');
    await page
      .locator('.result')
      .first()
      .click({ position: { x: 40, y: 10 } });
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Evidence file' }).click()]);
    const file = await download.path();
    const checked = await server.cli(['verify', file]);
    expect([checked.status, checked.err]).toEqual([0, '']);
    const guest = await visitor({ token: null });
    await guest.page.goto('/evidence');
    await guest.page.setInputFiles('input[type=file]', file);
    await guest.page.getByText('Nothing is wrong with this file').waitFor();
    await guest.page.getByRole('cell', { name: /^ann changed \/customers\/4711/ }).waitFor();
    const bytes = await readFile(file);
    const at = bytes.indexOf('new@example.com');
    bytes.write('bad', at);
    await drop(guest, bytes);
    await guest.page.getByText('Do not rely on this file').waitFor();
    await drop(guest, Buffer.from('no zip at all'));
    await guest.page.getByText('evidence_unreadable').waitFor();
  });

  it('exports what is on screen, harmless for spreadsheets', async () => {
    const { page } = await visitor();
    await page.goto('/search?q=outcome:denied');
    await settled(page);
    await page.getByRole('button', { name: 'Export', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(`${told.denied} events of this filter`).waitFor();
    await dialog.getByRole('radio', { name: /^Those on screen/ }).check();
    await dialog.getByRole('button', { name: 'Export', exact: true }).click();
    const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'Download' }).click()]);
    const text = await readFile(await download.path(), 'utf8');
    expect(text.split('\n')[0]).toContain('"user_id"');
    expect(text).toContain(`"'=cmd`);
    expect(text).not.toMatch(/(^|,)"=cmd/m);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Export', exact: true }).click();
    await dialog.getByRole('radio', { name: /^Evidence file/ }).check();
    const [evidence] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'Download' }).click()]);
    const checked = await server.cli(['verify', await evidence.path()]);
    expect([checked.status, checked.out]).toEqual([0, expect.stringContaining(`checked ${told.denied} entries`)]);
  });

  it('makes an export while one is elsewhere, and keeps it for when one comes back', async () => {
    const { token } = parseJson(
      await (
        await server.fetch('/v1/tokens', {
          method: 'POST',
          body: '{"name":"exporter","role":"auditor"}',
          headers: { 'content-type': 'application/json' },
        })
      ).text(),
    ) as { token: string };
    const first = await visitor({ token });
    const { page } = first;
    // It takes as long as the test wants: what the server tells of it is held at the half.
    let held = true;
    await page.route('**/v1/exports', async (route) => {
      const answer = await route.fetch();
      const told = (await answer.text()).replace(/"state":"done"/, '"state":"running"').replace(/"rows":\d+/, '"rows":1');
      await (held ? route.fulfill({ response: answer, body: told }) : route.fulfill({ response: answer }));
    });
    await page.goto('/search?q=outcome:denied');
    await settled(page);
    expect(await page.locator('.tray').count()).toBe(0);
    await page.getByRole('button', { name: 'Export', exact: true }).click();
    await page.getByRole('radio', { name: /^NDJSON/ }).check();
    await page.getByRole('dialog').getByRole('button', { name: 'Export', exact: true }).click();
    await page.getByText('it goes on, and waits under Exports').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.getByRole('button', { name: /^Exporting/ }).press('Enter');
    await page.getByText(`1 of ${told.denied} events`).waitFor();
    held = false;
    await page.getByRole('button', { name: /^Export ready/ }).waitFor();
    await first.close();
    const again = await visitor({ token });
    await again.page.goto('/integrity');
    await again.page.getByRole('button', { name: /^Export ready/ }).press('Enter');
    const [download] = await Promise.all([
      again.page.waitForEvent('download'),
      again.page.getByRole('button', { name: 'Download' }).click(),
    ]);
    const rows = (await readFile(await download.path(), 'utf8')).trim().split('\n');
    const denied = rows.filter((row) => (parseJson(row) as { outcome: string }).outcome === 'denied');
    expect([rows.length, denied.length]).toEqual([told.denied, told.denied]);
    await again.page.getByRole('button', { name: 'Remove' }).click();
    await again.page.locator('.tray').first().waitFor({ state: 'detached' });
    expect([...first.complaints, ...again.complaints]).toEqual([]);
  });

  it('follows what happens, and waits while it is paused', async () => {
    const { page } = await visitor();
    await page.goto('/live');
    await page.getByText('Following').waitFor();
    await server.send([{ user_id: 'zoe', action: 'read', resource: '/live/1', outcome: 'success' }]);
    await page.getByText('/live/1').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await server.send([{ user_id: 'zoe', action: 'read', resource: '/live/2', outcome: 'denied' }]);
    await page.getByRole('button', { name: 'Show 1 new event' }).waitFor();
    expect(await page.getByText('/live/2').count()).toBe(0);
    await page.getByRole('button', { name: 'Show 1 new event' }).click();
    await page.getByText('/live/2').waitFor();
  });

  it('answers SQL, and shows what the engine says of bad SQL', async () => {
    const { page } = await visitor();
    await page.goto('/query');
    await page
      .getByLabel('SQL', { exact: true })
      .fill("SELECT user_id, count() AS n FROM access_logs WHERE action = 'login' AND user_id = 'eve' GROUP BY user_id");
    await page.keyboard.press('Control+Enter');
    await page.getByRole('cell', { name: String(told.failedLogins), exact: true }).waitFor();
    await page.getByLabel('SQL', { exact: true }).fill('SELECT nothing_of_the_kind FROM access_logs');
    await page.keyboard.press('Control+Enter');
    await page.getByRole('alert').getByText('nothing_of_the_kind').waitFor();
    await page.getByRole('button', { name: 'History' }).click();
    expect(await page.getByRole('button', { name: /^SELECT user_id, count/ }).count()).toBe(1);
  });

  it('makes a token, shows it once, and revokes it', async () => {
    const { page } = await visitor();
    await page.goto('/settings/tokens');
    await page.getByRole('button', { name: 'New token' }).click();
    await page.getByRole('textbox', { name: /^Name/ }).fill('billing');
    await page.getByRole('button', { name: 'Make the token' }).click();
    const secret = await page.locator('.secret code').textContent();
    expect(secret).toMatch(/^dbk_/);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: 'Revoke billing' }).click();
    await page.locator('tr.gone', { hasText: 'billing' }).waitFor();
    expect((await server.fetch('/v1/whoami', { token: secret ?? '' })).status).toBe(401);
  });

  it('checks the heads of the logs and compares the index', async () => {
    const { page } = await visitor();
    await page.goto('/integrity');
    await page.getByText('The signed heads fit.').waitFor();
    await page.getByRole('button', { name: 'Compare with the ledger' }).click();
    await page.getByText('The index is what the ledger says.').waitFor();
    await page.route('**/logs/routine/checkpoint', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({
        response: answer,
        body: (await answer.text()).replace(/^(.*\n)(\d+)/, (_, origin: string, size: string) => `${origin}${Number(size) + 1}`),
      });
    });
    await page.getByRole('button', { name: 'Check again' }).click();
    await page.getByText('A signed head does not fit.').waitFor();
    expect(await page.locator('.note.good', { hasText: 'The signed heads fit.' }).count()).toBe(0);
  });

  it('says what is wrong: nothing found, not allowed, not reachable, a filter that is none', async () => {
    const { page } = await visitor();
    await page.goto('/search?q=user_id:nobody');
    await page.getByText('No events', { exact: true }).waitFor();
    await page.getByLabel('Filter', { exact: true }).fill('no_such_field:1');
    await page.getByText('There is no field “no_such_field”.').waitFor();
    for (const at of ['/search', '/live']) {
      await page.goto(`${at}?q=outcome:(`);
      await page.getByRole('heading', { name: 'Nothing was asked' }).waitFor();
      expect(await page.getByText(/No events|Following/).count()).toBe(0);
    }
    const missing = await page.goto('/no/such/page');
    expect([missing?.status(), missing?.headers()['cache-control']]).toEqual([404, 'no-store']);
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
    for (const at of ['/v1/no-such-route', '/sql/no', '/logs/none', '/console/none.js'])
      expect([at, (await page.goto(at))?.headers()['content-type']]).toEqual([at, 'application/problem+json; charset=utf-8']);
    const made = (await (
      await server.fetch('/v1/tokens', {
        method: 'POST',
        body: '{"name":"till","role":"producer"}',
        headers: { 'content-type': 'application/json' },
      })
    ).json()) as { token: string };
    const till = await visitor({ token: made.token });
    await till.page.goto('/search');
    await till.page.getByText('Not for this account').waitFor();
    await page.route('**/v1/events?**', (route) => route.abort());
    await page.goto('/search?q=user_id:ann');
    await page.getByRole('heading', { name: 'The server does not answer' }).waitFor();
    await page.unroute('**/v1/events?**');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.result').first().waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('takes no text of an event for anything but text', async () => {
    const { page, complaints, strangers } = await visitor();
    page.on('dialog', () => complaints.push('a dialog'));
    const harmless = async () => {
      await settled(page);
      expect(await page.evaluate(`[document.querySelectorAll('#root img, #root script').length, window.harmed ?? 'unharmed']`)).toEqual([
        0,
        'unharmed',
      ]);
    };
    // What is no event lies in quarantine as it came.
    expect(await (await server.send([HOSTILE, { user_id: 'x', ip_address: HOSTILE, schema_version: HOSTILE }])).text()).toContain(
      'rejected',
    );
    await page.goto('/quarantine');
    await page.getByText('window.harmed').first().waitFor();
    await harmless();
    for (const path of ['/', '/coverage', '/settings/sessions', '/query?sql=SELECT+*+FROM+access_logs+WHERE+action%3D%27login%27']) {
      await page.goto(path);
      await harmless();
    }
    await page.goto('/search?q=action:login+outcome:denied');
    await page
      .locator('.result')
      .first()
      .click({ position: { x: 40, y: 10 } });
    await page.getByText('In the signed log.').waitFor();
    for (const tab of ['Details', 'Around it', 'Raw']) {
      await page.getByRole('tab', { name: tab }).click();
      await harmless();
    }
    expect(await page.locator('.drawer').textContent()).toContain('<img src=x onerror=');
    // What has no shape is shown by its number.
    await page.getByRole('tab', { name: 'Details' }).click();
    expect(await page.locator('.drawer .sentence').textContent()).toContain('⟨202e⟩');
    await page.goto('/live');
    await page.getByText('Following').waitFor();
    await server.send([{ user_id: HOSTILE, user_name: HOSTILE, action: 'read', resource: HOSTILE, source: 'shop', outcome: 'denied' }]);
    await page.locator('.live-row').waitFor();
    expect(await page.locator('.live-row').textContent()).toContain('<img');
    expect([complaints, strangers]).toEqual([[], []]);
  });
});

async function drop({ page }: Visitor, bytes: Buffer): Promise<void> {
  const data = await page.evaluateHandle(`(() => {
    const transfer = new DataTransfer();
    const bytes = Uint8Array.from(atob('${bytes.toString('base64')}'), (char) => char.charCodeAt(0));
    transfer.items.add(new File([bytes], 'x.daybook'));
    return transfer;
  })()`);
  await page.dispatchEvent('.drop', 'drop', { dataTransfer: data });
}
