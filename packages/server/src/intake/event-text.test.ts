import { canonicalise, type Json } from '@daybook/protocol';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { EventText, memberOf } from './event-text.ts';

/** Keys that need escapes, sort by UTF-16 rather than by bytes, or are special to JavaScript. */
const key = fc
  .oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('__proto__', '10', '9', '', '"', '\\', '!', '\u0000', '\ufb33', '\ud83d\ude00', '\u20ac', '{', '},"'),
  )
  .filter((text) => !['attributes', 'daybook', 'mark'].includes(text));
const scalar = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('"', '\\', '\\"', '}]', ',', null, true, false),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const value = fc.oneof(scalar, fc.array(scalar, { maxLength: 4 }), fc.dictionary(key, fc.array(scalar, { maxLength: 2 }), { maxKeys: 4 }));
const members = fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name, maxLength: 6 });
const own = fc.uniqueArray(fc.tuple(fc.constantFrom('conflicts', 'blobs', 'z'), value), { selector: ([name]) => name });

/** What an event is, and its parts as they were given. */
interface Parts {
  readonly event: readonly (readonly [string, Json])[];
  readonly attributes: readonly (readonly [string, Json])[];
  readonly own: readonly (readonly [string, Json])[];
}

function whole(parts: Parts): string {
  const attributes = parts.own.length === 0 ? parts.attributes : [...parts.attributes, ['daybook', object(parts.own)] as const];
  return canonicalise(object(attributes.length === 0 ? parts.event : [...parts.event, ['attributes', object(attributes)] as const]));
}

/** Unlike a literal it takes `__proto__` for a key. */
function object(entries: Parts['event']): Json {
  return Object.fromEntries(entries);
}

const parts: fc.Arbitrary<Parts> = fc.record({ event: members, attributes: members, own });

it('takes any event apart and puts it together as it was', () => {
  fc.assert(
    fc.property(parts, (given) => {
      const text = whole(given);
      const event = new EventText(Buffer.from(text));
      expect(event.bytes().toString()).toBe(text);
      expect(event.length).toBe(Buffer.byteLength(text));
      expect([...event.event.keys()].toSorted()).toEqual(given.event.map(([name]) => name).toSorted());
      expect([...event.attributes.keys()].toSorted()).toEqual(given.attributes.map(([name]) => name).toSorted());
    }),
  );
});

it('is the canonical form of what it was changed to', () => {
  fc.assert(
    fc.property(parts, key, value, (given, name, changed) => {
      const event = new EventText(Buffer.from(whole(given)));
      event.own['mark'] = true;
      event.event.set(name, memberOf(name, changed));
      const rest = given.attributes.slice(1);
      const [removed] = given.attributes;
      if (removed !== undefined) event.attributes.delete(removed[0]);
      const after = whole({
        event: [...given.event.filter(([other]) => other !== name), [name, changed]],
        attributes: rest,
        own: [...given.own, ['mark', true]],
      });
      expect(event.bytes().toString()).toBe(after);
      expect(event.length).toBe(Buffer.byteLength(after));
    }),
  );
});
