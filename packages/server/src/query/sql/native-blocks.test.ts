import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { cityHash128 } from './city-hash.ts';
import { NativeBlocks } from './native-blocks.ts';

/** Length of bytes 0, 7, 14 … → their CityHash128 by the reference implementation, low half first. */
const VECTORS: readonly (readonly [number, string])[] = [
  [0, '2b9ac064fc9df03d291ee592c340b53c'],
  [1, '2264de61ab714ba07039e237496868f7'],
  [3, 'e07a891e44244c90a549af712c7dd3ea'],
  [4, '1c70f36be39d8a6df6841ea386650ec9'],
  [7, '3e03a3791ecbc12a880d3e33b91d511a'],
  [8, 'b5c979d1e19b8f4fe6407d93197ce37a'],
  [9, '23562f6e08dd65a23b7d8954ea5a33b1'],
  [15, '8d2dcf3705a810a785ee956f49a733e5'],
  [16, '7b836449ac0fec835248a3ab5f5775d2'],
  [17, '3c942c52e8b1346683c83eaa0f0a4584'],
  [31, 'ad277a5163383190dbb031cc04831032'],
  [32, '42206938c0f663fcd710741202d35011'],
  [33, '9c663edf20930b46a4e25008869d8407'],
  [47, 'b2c309d9f0a5e99a0f2afe446627dd45'],
  [48, 'f6ebc761a922b791a7f85bdb04bb7bcc'],
  [63, 'bf0075e935e77ba2bbdc91aa3083063b'],
  [64, '7ef19d25f6b40eac13cdb1bdc97f1d51'],
  [127, 'a19f0ca5334b01920716d66e077cfe90'],
  [128, '446ecd5071774277d8936bd1d9afee35'],
  [129, '655b33419eba80a4ef3f7e4ccc8d525d'],
  [143, '370611638d98fdbe2b83c52e6c5b4a79'],
  [144, '8ab234a62c4b2e69cd50d2ed4e3da74f'],
  [145, 'ebe1b59510ea00d98b6f0195e9b5d69c'],
  [159, '8260a833eb31b7f88ba9155fe4d51973'],
  [160, '62188fc3f1db12c97da14a31bb967a7f'],
  [175, '4b953d9ba45c8998744362d1b4e42016'],
  [255, 'ff2c0c8905fe368a421576f839caba36'],
  [256, '456fefd0bb69e1ea3fd87c92321540d4'],
  [287, '734df8f8fb8d833b2310bcf60d64d810'],
  [299, 'eeee1dc626e31a682eede54f7731cb0a'],
  [1000, '3e463966e0c65342d72983eba0aef12d'],
  [4096, 'a0d8c772e94a8f6cb20052f8dac171ad'],
  [65545, 'c83f65736025f876078f0fefb090c96d'],
];

describe('CityHash128', () => {
  it('is that of version 1.0.2 at every edge of its cases', () => {
    const wrong = VECTORS.filter(([length, expected]) => cityHash128(pattern(length)).toString('hex') !== expected);
    expect(wrong).toEqual([]);
  });
});

describe('blocks', () => {
  it('hold what went in, each with its checksum, however the stream is cut', async () => {
    for (const length of [0, 1, 14, 15, 16, 269, 270, 271, 65_535, 65_536, 65_537, 200_000]) {
      const input = pattern(length);
      const cuts = [input.subarray(0, length / 3), input.subarray(length / 3)].filter((part) => part.length > 0);
      const out = Buffer.concat(await Readable.from(cuts).pipe(new NativeBlocks()).toArray());
      expect(unpack(out).equals(input)).toBe(true);
    }
  });
});

function pattern(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, n) => (n * 7) % 256));
}

/** Reads blocks whose LZ4 sequences are literals only. */
function unpack(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = bytes.readUInt32LE(at + 17);
    const block = bytes.subarray(at + 16, at + 16 + size);
    expect(bytes.subarray(at, at + 16).equals(cityHash128(block))).toBe(true);
    expect(block[0]).toBe(0x82);
    let from = 10;
    let length = block.readUInt8(9) >> 4;
    for (let more = length === 15; more; from += 1) {
      length += block.readUInt8(from);
      more = block.readUInt8(from) === 255;
    }
    expect(length).toBe(block.readUInt32LE(5));
    expect(from + length).toBe(size);
    parts.push(block.subarray(from));
    at += 16 + size;
  }
  return Buffer.concat(parts);
}
