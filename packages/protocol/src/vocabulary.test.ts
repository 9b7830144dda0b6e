import { describe, expect, it } from 'vitest';
import { KEYS } from './aliases.ts';
import { FIELDS } from './fields.ts';
import { type Action, actionOf, categoryOf, type Outcome, outcomeOf, severityOf } from './vocabulary.ts';

describe('outcomeOf', () => {
  const f = (word: string, outcome: Outcome | undefined) => it(`${word} is ${outcome}`, () => expect(outcomeOf(word)).toBe(outcome));
  f('success', 'success');
  f('OK', 'success');
  f(' allowed ', 'success');
  f('204', 'success');
  f('302', 'success');
  f('fail', 'failure');
  f('Error', 'failure');
  f('404', 'failure');
  f('500', 'failure');
  f('401', 'denied');
  f('403', 'denied');
  f('Forbidden', 'denied');
  f('unauthorized', 'denied');
  f('100', undefined);
  f('maybe', undefined);
  f('', undefined);
});

describe('actionOf', () => {
  const f = (word: string, action: Action) => it(`${word} is ${action}`, () => expect(actionOf(word)).toBe(action));
  f('update', 'update');
  f('customers.read', 'read');
  f('ConsoleLogin', 'login');
  f('DeleteBucket', 'delete');
  f('GetObject', 'read');
  f('role.grant', 'grant');
  f('document:viewed', 'other');
  f('GET', 'read');
  f('user_logout', 'logout');
  f('frobnicate', 'other');
  f('x'.repeat(10_000), 'other');
});

it('derives category and severity', () => {
  expect([categoryOf('login'), categoryOf('grant'), categoryOf('read'), categoryOf('configure')]).toEqual([
    'authentication',
    'iam',
    'data',
    'config',
  ]);
  expect([severityOf('success'), severityOf('unknown'), severityOf('failure'), severityOf('denied')]).toEqual([1, 1, 2, 3]);
});

describe('the table of fields', () => {
  it('stands in canonical order and fits the bit sets', () => {
    const names = FIELDS.map((field) => field.name);
    expect(names).toEqual([...names].sort());
    expect(names.length).toBeLessThanOrEqual(64);
  });
  it('gives no key two meanings', () => {
    const keys = FIELDS.flatMap((field) => [field.name, ...(field.aliases ?? [])]);
    expect(new Set(keys).size).toBe(keys.length);
    expect(KEYS.size).toBeGreaterThan(keys.length);
  });
});
