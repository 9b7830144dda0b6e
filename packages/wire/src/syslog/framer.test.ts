import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { datagramFrame, FRAME_BYTES_MAX, type Frame, SyslogFramer } from './framer.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

function framesOf(input: string | Uint8Array, cuts: readonly number[] = [], max?: number): Frame[] {
  const bytes = typeof input === 'string' ? bytesOf(input) : input;
  const framer = new SyslogFramer(max);
  const frames: Frame[] = [];
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    frames.push(...framer.push(bytes.subarray(from, cut)));
    from = cut;
  }
  return [...frames, ...framer.end()];
}

const counted = (...messages: string[]) => messages.map((message) => `${bytesOf(message).length} ${message}`).join('');
const texts = (frames: readonly Frame[]) =>
  frames.map(({ text, fault }) => (fault === undefined ? text : `${fault}: ${text.slice(0, 40)}`));

describe('SyslogFramer', () => {
  const cases: [string, string, string[]][] = [
    ['counted', counted('<1>a', '<2>bc\nd', '<3>é'), ['<1>a', '<2>bc\nd', '<3>é']],
    ['counted, with line ends that some senders add', '5 <1>a\n6 <1>a\r\n', ['<1>a', '<1>a']],
    ['lines', '<1>a\n<2>b\r\n\n<3>c', ['<1>a', '<2>b', '<3>c']],
    ['lines ended by NUL', '<1>a\0<2>b\0', ['<1>a', '<2>b']],
    ['a NUL within a line', '<1>a\0b\n<2>c\n', ['<1>a\0b', '<2>c']],
    ['lines without priority that begin with digits', '2024-01-01 x\n17 y\n', ['2024-01-01 x', '17 y']],
    ['a number and a blank that are no count', '12 monkeys\n', ['12 monkeys']],
    ['a length too long for the message', `19 <1>a\n<2>b`, ['cut_off: 19 <1>a\n<2>b']],
    ['a length too short', '3 <1>abc 5 <2>de', ['<1>', 'broken: abc 5 <2>de']],
    ['a length of zero', '4 <1>a0 <2>b', ['<1>a', 'broken: 0 <2>b']],
    ['a length beyond every message', `4 <1>a${FRAME_BYTES_MAX + 1} <2>b`, ['<1>a', `broken: ${FRAME_BYTES_MAX + 1} <2>b`]],
    ['nothing', '', []],
    ['only line ends', '\n\n', []],
  ];
  it.each(cases)('%s', (_name, input, expected) => {
    const whole = texts(framesOf(input));
    expect(whole).toEqual(expected);
    const bytes = bytesOf(input);
    // A NUL at a cut ends a message or stands within one: only what follows tells, and the first piece must not be held back for it.
    if (input.includes('a\0b')) return;
    // Of what is broken, what has come by then is shown.
    const kinds = (all: readonly string[]) => all.map((text) => (text.startsWith('broken') ? 'broken' : text));
    for (let cut = 0; cut <= bytes.length; cut++) expect(kinds(texts(framesOf(input, [cut]))), `cut at ${cut}`).toEqual(kinds(whole));
  });

  it('shows the beginning of a message that is too long, and reads on behind it', () => {
    const long = `<1>${'x'.repeat(5000)}`;
    for (const input of [counted('<1>a', long, '<2>b'), `<1>a\n${long}\n<2>b\n`]) {
      for (const cuts of [[], [3000], [20, 1500, 4000], [5009], [5010]]) {
        const frames = framesOf(input, cuts, 2048);
        expect(frames.map(({ fault }) => fault)).toEqual([undefined, 'too_long', undefined]);
        expect(frames[1]?.text.startsWith('<1>xxx')).toBe(true);
        expect(frames[2]?.text).toBe('<2>b');
      }
    }
  });

  it('marks bytes that are no UTF-8, and keeps memory bounded whatever comes', () => {
    expect(framesOf(new Uint8Array([0x3c, 0x31, 0x3e, 0xff, 0x0a]))).toEqual([{ text: '<1>\uFFFD', fault: 'not_utf8' }]);
    const framer = new SyslogFramer(2048);
    for (let i = 0; i < 1000; i++) framer.push(new Uint8Array(4096).fill(0x41));
    expect(framer.end()).toEqual([]);
  });

  it('says nothing more once its frames are broken', () => {
    const framer = new SyslogFramer();
    framer.push(bytesOf('4 <1>ax <2>b'));
    expect(framer.broken).toBe(true);
    expect([...framer.push(bytesOf('4 <1>a')), ...framer.end()]).toEqual([]);
  });

  it('gives every counted message, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 30 }), { maxLength: 10 }), fc.array(fc.nat(500)), (ends, cuts) => {
        const messages = ends.map((end, i) => `<${i}>${end}`.replace(/[\0\r\n]+$/, '.'));
        const input = counted(...messages);
        const { length } = bytesOf(input);
        const sorted = cuts.filter((cut) => cut <= length).sort((a, b) => a - b);
        expect(framesOf(input, sorted).map(({ text }) => text)).toEqual(messages);
      }),
    );
  });

  it('never throws on rubbish', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, cut) => {
        framesOf(bytes, [Math.min(cut, bytes.length)], 2048);
      }),
    );
  });
});

describe('datagramFrame', () => {
  it('takes a datagram as one message, without its line end', () => {
    expect(datagramFrame(bytesOf('<1>a\nb\r\n\0'))).toEqual({ text: '<1>a\nb' });
    expect(datagramFrame(bytesOf('\n'))).toBeUndefined();
    expect(datagramFrame(new Uint8Array(70_000).fill(0x41))?.fault).toBe('too_long');
  });
});
