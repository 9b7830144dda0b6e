import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseJson } from '@daybook/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Application, APPLICATIONS, type Company, generateHistory, liveTraffic, sendHistory, startCompany } from '../../demo/index.ts';
import { Daybook, ROOT } from '../harness/daybook.ts';
import { until } from '../harness/until.ts';

/** How long the machines of partners may be silent in this test, which has no ten minutes. */
const SILENCE = '10s';
const DAYS = 10;

interface Coverage {
  readonly answer: string;
  readonly problems: readonly { readonly code: string; readonly source: string }[];
}

let dir: string;
let daybook: Daybook;
let tokens: Record<Application, string>;

beforeAll(async () => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'daybook-coverage-'));
  const register = readFileSync(path.join(ROOT, 'demo', 'daybook.yaml'), 'utf8');
  const config = path.join(dir, 'daybook.yaml');
  writeFileSync(config, register.replace('silence: 10m', `silence: ${SILENCE}`));
  daybook = await Daybook.start({ env: { DAYBOOK_CONFIG: config } });
  tokens = Object.fromEntries(await Promise.all(APPLICATIONS.map(async (name) => [name, await tokenOf(name)]))) as Record<
    Application,
    string
  >;
});
afterAll(async () => {
  await daybook.stop();
  daybook.remove();
  rmSync(dir, { recursive: true, force: true });
});

async function tokenOf(name: string): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const answer = await daybook.fetch('/v1/tokens', { method: 'POST', headers, body: JSON.stringify({ name, role: 'producer' }) });
  return (parseJson(await answer.text()) as { token: string }).token;
}

/** The company works, and the check is made while it does. */
async function atWork<T>(silent: readonly Application[], check: (company: Company) => Promise<T>): Promise<T> {
  const company = await startCompany({ url: daybook.url, tokens, spool: path.join(dir, 'spool'), silent });
  const ending = new AbortController();
  const traffic = liveTraffic(company, { rate: 20, seed: 'coverage', signal: ending.signal });
  try {
    return await check(company);
  } finally {
    ending.abort();
    await traffic;
    await company.stop();
  }
}

const asked = async (): Promise<Coverage> => parseJson(await (await daybook.fetch('/v1/coverage?days=12')).text()) as Coverage;
const answers = (what: string, answer: string) =>
  until(what, async () => ((await asked()).answer === answer ? true : undefined), { ms: 60_000, everyMs: 250 });
/** What a person types, or a monitor runs. */
const checked = async () => {
  const { status, out } = await daybook.cli(['coverage', '--days', '12', '--json']);
  return { status, ...(parseJson(out) as Coverage) };
};

describe('are all expected accesses of the demo company captured?', () => {
  it('yes; and no when one source is cut', async () => {
    await sendHistory(generateHistory({ days: DAYS, end: new Date() }), { url: daybook.url, tokens });
    await daybook.indexed();
    await atWork([], async () => {
      await answers('everything is there', 'yes');
      expect(await checked()).toMatchObject({ status: 0, answer: 'yes', problems: [] });
    });
    await atWork(['api'], async () => {
      await answers('it is missed', 'no');
      expect(await checked()).toMatchObject({ status: 1, problems: [{ code: 'silent', source: 'api' }] });
      const told = "SELECT count() FROM access_logs WHERE event_type = 'daybook.source_silent' AND resource_id = 'api'";
      await until('it is on record, once', async () => ((await daybook.sql(told)) === '1' ? true : undefined), {
        ms: 30_000,
        everyMs: 250,
      });
    });
    await atWork([], async () => answers('it is back', 'yes'));
  });
});
