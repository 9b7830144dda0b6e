import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { EventLines } from './event-lines.ts';

const line = fc.string({ unit: 'grapheme', maxLength: 200 }).map((text) => JSON.stringify({ text }));

it('lines are there one behind the other, and those that are kept in their order', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 400 }), fc.array(fc.boolean(), { minLength: 400, maxLength: 400 }), (texts, choice) => {
      const lines = new EventLines();
      for (const text of texts) lines.add(text);
      const whole = texts.map((text) => `${text}\n`).join('');
      expect(lines.body.toString()).toBe(whole);
      expect([lines.count, lines.byteLength]).toEqual([texts.length, Buffer.byteLength(whole)]);
      lines.keep(texts.flatMap((_, i) => (choice[i] ? [i] : [])));
      const kept = texts.filter((_, i) => choice[i]);
      expect(lines.body.toString()).toBe(kept.map((text) => `${text}\n`).join(''));
      expect(lines.count).toBe(kept.length);
      // What is added afterwards stands behind them.
      lines.add('{}');
      expect(lines.body.toString().endsWith('{}\n')).toBe(true);
      lines.release();
      expect([lines.count, lines.byteLength, lines.body.length]).toEqual([0, 0, 0]);
    }),
  );
});
