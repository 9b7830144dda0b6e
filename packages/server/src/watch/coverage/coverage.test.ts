import { microsToText } from '@daybook/protocol';
import { describe, expect, it } from 'vitest';
import type { ExpectedSource } from '../../base/source-settings.ts';
import type { CanaryState } from '../types.ts';
import { type CoverageFacts, coverageOf } from './coverage.ts';

const NOW = 1_772_366_400_000_000;
const MINUTE = 60_000_000;
const source = (name: string, more: Partial<ExpectedSource> = {}): ExpectedSource => ({
  name,
  owner: 'it',
  note: '',
  expect: [],
  silenceS: undefined,
  ...more,
});
const seen = (name: string, kind: CoverageFacts['seen'][number]['kind'], count = 1, agoMicros = MINUTE) => ({
  source: name,
  kind,
  count,
  last: microsToText(NOW - agoMicros),
});
const canary = (more: Partial<CanaryState> = {}): CanaryState => ({
  name: 'door', kind: 'http', source: 'shop', proves: 'failed_login', every_s: 600, within_s: 60, running: false,
  last: { at: microsToText(NOW - 4 * MINUTE), result: 'seen', visible_ms: 340, reason: '' }, ...more,
}); // biome-ignore format: short
const cover = (more: Partial<CoverageFacts> = {}) =>
  coverageOf({
    nowMicros: NOW,
    fromMicros: NOW - 30 * 1440 * MINUTE,
    days: 30,
    indexLagMs: 0,
    register: [],
    seen: [],
    last: new Map(),
    silentSince: new Map(),
    lines: new Map(),
    quarantine: [],
    gaps: [],
    canaries: [],
    ...more,
  });

describe('the answer', () => {
  it('is none when nothing is expected, whatever is seen', () => {
    const { answer, notes, sources } = cover({ seen: [seen('shop', 'read', 5)] });
    expect({ answer, notes }).toEqual({ answer: 'nothing_expected', notes: [] });
    expect(sources).toMatchObject([
      { name: 'shop', registered: false, events: 5, cells: [{ kind: 'read', state: 'seen', expected: false }] },
    ]);
  });

  it('is yes when each expected kind was seen, or is proven by a canary', () => {
    const register = [source('shop', { expect: ['read', 'failed_login'] })];
    const { answer, sources } = cover({ register, seen: [seen('shop', 'read', 5)], canaries: [canary()] });
    expect(answer).toBe('yes');
    expect(sources[0]?.cells).toMatchObject([
      { kind: 'failed_login', state: 'proven', expected: true, count: 0, canary: { name: 'door', visible_ms: 340 } },
      { kind: 'read', state: 'seen', count: 5, canary: null },
    ]);
  });

  it('is no when an expected kind was neither seen nor proven', () => {
    const { answer, problems } = cover({ register: [source('shop', { expect: ['login'] })], seen: [seen('shop', 'read')] });
    expect({ answer, problems }).toMatchObject({ answer: 'no', problems: [{ code: 'never_seen', source: 'shop', kind: 'login' }] });
  });

  it('is no when a source is silent, when numbers are missing, when a canary failed', () => {
    const silent = cover({
      register: [source('shop', { silenceS: 3600 }), source('new', { silenceS: 3600 })],
      last: new Map([['shop', NOW - 200 * MINUTE]]),
      silentSince: new Map([
        ['shop', NOW - 200 * MINUTE],
        ['new', NOW - 100 * MINUTE],
      ]),
    });
    expect(silent.problems.map(({ message }) => message)).toEqual([
      'shop was heard last 3 hours ago; normal is at most 1 hour.',
      'new has never said anything; normal is at most 1 hour.',
    ]);
    const gap = { producer: 'shop', src: 'shop/web-1', first: 7, last: 1006, since: microsToText(NOW) };
    expect(cover({ gaps: [gap] })).toMatchObject({
      answer: 'no',
      problems: [{ code: 'gap', source: 'shop', message: 'shop/web-1 used numbers 7 to 1006 (1,000), and nothing of that came.' }],
    });
    const failed = canary({ last: { at: microsToText(NOW), result: 'not_seen', visible_ms: null, reason: 'its event did not come.' } });
    expect(cover({ canaries: [failed] })).toMatchObject({ answer: 'no', problems: [{ code: 'canary_failed', source: 'shop' }] });
  });
});

it('a proof grows old', () => {
  const old = canary({ last: { at: microsToText(NOW - 22 * MINUTE), result: 'seen', visible_ms: 1, reason: '' } });
  expect(cover({ register: [source('shop', { expect: ['failed_login'] })], canaries: [old] }).problems.map(({ code }) => code)).toEqual([
    'never_seen',
    'canary_failed',
  ]);
  expect(cover({ canaries: [canary({ last: null })] })).toMatchObject({ answer: 'yes', problems: [] });
});

it('says what became of lines, and what lies in quarantine', () => {
  const { sources, notes, answer } = cover({
    register: [source('web')],
    lines: new Map([
      ['web\0nginx-access', { events: 10, noise: { static: 3 }, folded: { health: 50 }, quarantine: { bad_time: 2 } }],
      ['web\0nginx-error', { events: 1, noise: { static: 1 }, folded: {}, quarantine: {} }],
    ]),
    quarantine: [{ source: 'web', format: 'nginx-access', code: 'bad_time', count: 2, open: 2, last: '' }],
    seen: [seen('stranger', 'read')],
  });
  expect(sources[0]).toMatchObject({
    lines: { events: 11, noise: { static: 4 }, folded: { health: 50 }, quarantine: { bad_time: 2 } },
    quarantine: 2,
  });
  expect(notes.map(({ code, source: name }) => `${code} ${name}`)).toEqual(['quarantine web', 'unregistered stranger']);
  expect(answer).toBe('yes');
});
