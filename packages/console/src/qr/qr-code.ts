import { codewordsOf } from './codewords.ts';

/** Dark modules are true; rows from the top, without the quiet zone around them. */
export type QrCode = readonly (readonly boolean[])[];

/** Bits of level M in the format information: ISO/IEC 18004, table 12. */
const LEVEL_M = 0;

/** A text as a QR code of level M, which survives that a seventh of it cannot be read. Throws when the text is longer than 600 bytes. */
export function qrCodeOf(text: string): QrCode {
  const { version, codewords } = codewordsOf(new TextEncoder().encode(text));
  const masked = MASKS.map((isInverted, mask) => {
    const canvas = new Canvas(version);
    canvas.drawFunctionPatterns(mask);
    canvas.drawCodewords(codewords, isInverted);
    return canvas.modules;
  });
  return masked.reduce((best, one) => (unevenness(one) < unevenness(best) ? one : best));
}

/** The eight conditions under which a module of data is inverted; table 10. */
const MASKS: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_x, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

class Canvas {
  readonly modules: boolean[][];
  /** What is no data. */
  readonly #fixed: boolean[][];
  readonly #version: number;
  readonly #size: number;

  constructor(version: number) {
    this.#version = version;
    this.#size = version * 4 + 17;
    const empty = (): boolean[][] => Array.from({ length: this.#size }, () => Array.from({ length: this.#size }, () => false));
    this.modules = empty();
    this.#fixed = empty();
  }

  #set(x: number, y: number, dark: boolean): void {
    const [row, fixed] = [this.modules[y], this.#fixed[y]];
    // Finder patterns reach over the edge with their light border.
    if (row === undefined || fixed === undefined || x < 0 || x >= this.#size) return;
    row[x] = dark;
    fixed[x] = true;
  }

  drawFunctionPatterns(mask: number): void {
    const last = this.#size - 1;
    for (let i = 0; i < this.#size; i++) {
      this.#set(6, i, i % 2 === 0);
      this.#set(i, 6, i % 2 === 0);
    }
    const places = alignmentPlaces(this.#version, this.#size);
    const corner = (a: number, b: number): boolean => (a === 6 && (b === 6 || b === last - 6)) || (a === last - 6 && b === 6);
    for (const x of places) for (const y of places) if (!corner(x, y)) this.#square(x, y, 2, (ring) => ring !== 1);
    for (const [x, y] of [
      [3, 3],
      [last - 3, 3],
      [3, last - 3],
    ] as const)
      this.#square(x, y, 4, (ring) => ring !== 2 && ring !== 4);
    this.#drawFormat(mask);
    if (this.#version >= 7) this.#drawVersion();
  }

  #square(x: number, y: number, reach: number, dark: (ring: number) => boolean): void {
    for (let dy = -reach; dy <= reach; dy++)
      for (let dx = -reach; dx <= reach; dx++) this.#set(x + dx, y + dy, dark(Math.max(Math.abs(dx), Math.abs(dy))));
  }

  /** Level and mask, twice, with ten bits that correct errors: figure 25. */
  #drawFormat(mask: number): void {
    const data = (LEVEL_M << 3) | mask;
    const bits = ((data << 10) | remainder(data, 10, 0x537)) ^ 0x5412;
    const bit = (i: number): boolean => ((bits >>> i) & 1) === 1;
    for (let i = 0; i < 6; i++) this.#set(8, i, bit(i));
    this.#set(8, 7, bit(6));
    this.#set(8, 8, bit(7));
    this.#set(7, 8, bit(8));
    for (let i = 9; i < 15; i++) this.#set(14 - i, 8, bit(i));
    for (let i = 0; i < 8; i++) this.#set(this.#size - 1 - i, 8, bit(i));
    for (let i = 8; i < 15; i++) this.#set(8, this.#size - 15 + i, bit(i));
    this.#set(8, this.#size - 8, true);
  }

  #drawVersion(): void {
    const bits = (this.#version << 12) | remainder(this.#version, 12, 0x1f25);
    for (let i = 0; i < 18; i++) {
      const [a, b] = [this.#size - 11 + (i % 3), Math.floor(i / 3)];
      const dark = ((bits >>> i) & 1) === 1;
      this.#set(a, b, dark);
      this.#set(b, a, dark);
    }
  }

  /** Two columns at a time from the right, upwards and downwards in turns; column 6 belongs to the timing pattern. */
  drawCodewords(codewords: Uint8Array, isInverted: (x: number, y: number) => boolean): void {
    let at = 0;
    for (let right = this.#size - 1; right >= 1; right -= 2) {
      const column = right <= 6 ? right - 1 : right;
      const upwards = ((column + 1) & 2) === 0;
      for (let step = 0; step < this.#size; step++)
        for (const x of [column, column - 1]) {
          const y = upwards ? this.#size - 1 - step : step;
          const row = this.modules[y];
          if (row === undefined || this.#fixed[y]?.[x] === true) continue;
          const dark = (((codewords[at >>> 3] ?? 0) >>> (7 - (at & 7))) & 1) === 1;
          at += 1;
          row[x] = dark !== isInverted(x, y);
        }
    }
  }
}

/** Where the centres of the small squares stand, in both directions: annex E. */
function alignmentPlaces(version: number, size: number): number[] {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2;
  return [6, ...Array.from({ length: count - 1 }, (_, i) => size - 7 - (count - 2 - i) * step)];
}

/** Of a division of polynomials over GF(2): the check bits of format and version. */
function remainder(data: number, degree: number, generator: number): number {
  let rest = data;
  for (let i = 0; i < degree; i++) rest = (rest << 1) ^ ((rest >>> (degree - 1)) * generator);
  return rest;
}

/** How hard a mask makes it for readers: long runs, squares of one colour, and more of one than of the other. */
function unevenness(modules: QrCode): number {
  const size = modules.length;
  const at = (x: number, y: number): boolean | undefined => modules[y]?.[x];
  let sum = 0;
  let dark = 0;
  for (let a = 0; a < size; a++) {
    for (const line of [(b: number) => at(b, a), (b: number) => at(a, b)]) {
      let run = 0;
      for (let b = 0; b < size; b++) {
        run = line(b) === line(b - 1) ? run + 1 : 1;
        if (run === 5) sum += 3;
        else if (run > 5) sum += 1;
      }
    }
    for (let b = 0; b < size; b++) {
      if (at(b, a) === true) dark += 1;
      if (at(b, a) === at(b + 1, a) && at(b, a) === at(b, a + 1) && at(b, a) === at(b + 1, a + 1)) sum += 3;
    }
  }
  return sum + Math.floor(Math.abs((dark / size ** 2) * 20 - 10)) * 10;
}
