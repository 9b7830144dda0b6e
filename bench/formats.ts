/** How fast formats are read: bytes in memory to events, in one thread, without importer, server or disk. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Format, FORMATS, HEAD_BYTES_MAX, openReader, recognise, UTC } from '@daybook/formats';
import { linesOf } from './formats/lines.ts';
import type { Report } from './report.ts';
import { seededRandom } from './workload.ts';

/** A file is handed over in pieces of this size, as the importer does. */
const PIECE_BYTES = 64 * 1024;
const RUNS = 5;
/** What an import of one core's reading must not be slowed down by (issue 5): lines of text logs, and records of the JSON formats that are busiest. */
const TEXT_GOAL = 300_000;
const RECORD_GOAL = 60_000;
const BUSY = new Set(['cloudtrail', 'kubernetes-audit']);
const FIXTURES = path.join(import.meta.dirname, '../packages/formats/src');

export function benchFormats(report: Report, { scale, only }: { scale: number; only: string | undefined }): void {
  for (const format of FORMATS) {
    if (only !== undefined && format.name !== only) continue;
    const { bytes, note } = inputOf(format, Math.max(1, Math.round(24 * 1024 * 1024 * scale)));
    // What is an object is a record, wherever its lines end; text is counted by lines, of which several may make one event.
    const isText = bytes[0] !== OPENING_BRACE;
    const lines = isText ? linesIn(bytes) : undefined;
    const runs = Array.from({ length: RUNS + 1 }, () => rate(format, bytes, lines)).slice(1);
    const median = runs.toSorted((a, b) => a.perSecond - b.perSecond)[Math.floor(RUNS / 2)];
    if (median === undefined) throw new Error('no run');
    const unit = isText ? 'lines/s' : 'records/s';
    const goal = isText ? TEXT_GOAL : BUSY.has(format.name) ? RECORD_GOAL : undefined;
    const told = `${note}; ${Math.round(bytes.length / median.count)} bytes each, ${Math.round((median.events / median.results) * 100)} % events; ${Math.round(median.perCpuSecond).toLocaleString('en-US')} per CPU second`;
    report.add({
      workload: 'formats',
      name: format.name,
      value: median.perSecond,
      unit,
      ...(goal === undefined ? {} : { atLeast: goal }),
      note: told,
    });
  }
}

interface Run {
  readonly perSecond: number;
  /** What neighbours on the machine do not change much: collecting garbage is in it. */
  readonly perCpuSecond: number;
  /** Lines, or records. */
  readonly count: number;
  readonly results: number;
  readonly events: number;
}

/** `lines`: what is counted; without them records are. */
function rate(format: Format, bytes: Uint8Array, lines: number | undefined): Run {
  const reader = openReader(format, { writtenMs: Date.now(), zone: UTC, options: {} });
  let results = 0;
  let events = 0;
  const cpu = process.cpuUsage();
  const began = performance.now();
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    for (const { result } of reader.push(bytes.subarray(at, at + PIECE_BYTES))) {
      results++;
      if (result === 'event') events++;
    }
  }
  for (const { result } of reader.end()) {
    results++;
    if (result === 'event') events++;
  }
  const ms = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  const count = lines ?? results;
  return { perSecond: (count / ms) * 1000, perCpuSecond: (count / (user + system)) * 1e6, count, results, events };
}

function linesIn(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) lines++;
  return lines;
}

const LINE_FEED = 0x0a;
const OPENING_BRACE = 0x7b;

/** A generated file; of a format that has no generator its fixture, over and over. */
function inputOf(format: Format, size: number): { bytes: Uint8Array; note: string } {
  const random = seededRandom(7);
  const line = linesOf(format.name);
  if (line !== undefined) {
    const parts: string[] = [];
    let chars = 0;
    for (let i = 0; chars < size; i++) {
      const text = `${line(random, i)}\n`;
      parts.push(text);
      chars += text.length;
    }
    return { bytes: new TextEncoder().encode(parts.join('')), note: 'generated' };
  }
  const fixture = fixtureOf(format);
  return { bytes: new TextEncoder().encode(fixture.repeat(Math.ceil(size / fixture.length))), note: 'its fixture, repeated' };
}

/** A fixture that is told to be of this format; of several the largest. */
function fixtureOf({ name }: Format): string {
  const files = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.includes('fixtures') && path.extname(file) !== '' && !file.includes('golden'),
  );
  const texts = files.map((file) => readFileSync(path.join(FIXTURES, file), 'utf8'));
  const own = texts.filter((text) => recognise(text.slice(0, HEAD_BYTES_MAX))?.name === name).toSorted((a, b) => b.length - a.length);
  if (own[0] === undefined) throw new Error(`no generator and no fixture of ${name}`);
  return own[0];
}
