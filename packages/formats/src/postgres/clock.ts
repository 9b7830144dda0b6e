import type { Context } from '../format.ts';
import { type Stamp, stampOf } from '../time/stamps.ts';

/**
 * Hours east of UTC that an abbreviation may mean, the likeliest first: `log_timezone` is printed by its abbreviation, and the same letters stand for
 * several zones (CST is Chicago or Shanghai). Only UTC, GMT and numbers are sure; what else is read is marked as guessed.
 */
const ABBREVIATIONS: Readonly<Record<string, readonly number[]>> = {
  WET: [0], WEST: [1], CET: [1], CEST: [2], MET: [1], MEST: [2], EET: [2], EEST: [3], MSK: [3, 4], MSD: [4], TRT: [3], SAST: [2], CAT: [2], EAT: [3], WAT: [1],
  BST: [1, 6, 11], IST: [5.5, 1, 2], IDT: [3], PKT: [5], NPT: [5.75], ICT: [7], WIB: [7], WITA: [8], WIT: [9], HKT: [8], SGT: [8], PHT: [8], JST: [9], KST: [9],
  AWST: [8], ACST: [9.5], ACDT: [10.5], AEST: [10], AEDT: [11], NZST: [12], NZDT: [13],
  NST: [-3.5], NDT: [-2.5], AST: [-4, 3], ADT: [-3, 4], EST: [-5, 10], EDT: [-4, 11], CST: [-6, 8, 9.5, -5], CDT: [-5, -4, 9], MST: [-7, 8], MDT: [-6], PST: [-8, 8], PDT: [-7],
  AKST: [-9], AKDT: [-8], HST: [-10], BRT: [-3], BRST: [-2], ART: [-3], CLT: [-4], CLST: [-3], COT: [-5], PET: [-5],
}; // biome-ignore format: a table

const ZONE_CHARS_MAX = 12;

/**
 * Reads the stamps of PostgreSQL's logs: `2024-01-02 10:00:00.123 CET` (%m, csvlog, jsonlog; %t and %s without the fraction), with an abbreviation of
 * the zone or, where the zone has none, its offset (`+03`, `-0330`).
 */
export class PgClock {
  readonly #context: Context;
  /** Lines that follow one another share their second: the stamp up to the second, its zone, and what they became. */
  #second = '';
  #zone = '';
  #text: string | undefined;
  #guessed: readonly string[] | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  read(stamp: string): Stamp | undefined {
    let end = 19;
    if (stamp.charCodeAt(end) === POINT) for (end = 20; isDigit(stamp.charCodeAt(end)); ) end++;
    const second = stamp.slice(0, 19);
    const zone = stamp.slice(end);
    if (second !== this.#second || zone !== this.#zone) this.#remember(second, zone);
    if (this.#text === undefined) return undefined;
    const text = end > 20 ? `${this.#text}${stamp.slice(19, end)}Z` : `${this.#text}Z`;
    return this.#guessed === undefined ? { text } : { text, guessed: this.#guessed };
  }

  #remember(second: string, zone: string): void {
    const stamp = this.#stamp(second, zone);
    this.#second = second;
    this.#zone = zone;
    this.#text = stamp?.text.slice(0, -1);
    this.#guessed = stamp?.guessed;
  }

  #stamp(second: string, zone: string): Stamp | undefined {
    const match = STAMP.exec(second);
    const name = zone.trim();
    if (match === null || name.length > ZONE_CHARS_MAX) return undefined;
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, seconds = 0] = match.slice(1).map(Number);
    const reading = { year, month: month - 1, day, hour, minute, second: seconds };
    const sure = sureOffset(name);
    if (sure !== undefined) return stampOf(reading, this.#context, sure);
    const ours = this.#context.zone.offsetMinutes(Date.UTC(year, month - 1, day, hour, minute, seconds));
    const possible = (Object.hasOwn(ABBREVIATIONS, name) ? ABBREVIATIONS[name] : undefined)?.map((hours) => hours * 60);
    // The zone that the operator named settles which of several is meant.
    const offset = possible === undefined || possible.includes(ours) ? ours : (possible[0] ?? ours);
    const stamp = stampOf(reading, this.#context, offset);
    return stamp === undefined ? undefined : { text: stamp.text, guessed: ['zone'] };
  }
}

/** Minutes east of UTC where the text leaves no doubt. */
function sureOffset(name: string): number | undefined {
  if (name === 'UTC' || name === 'GMT' || name === 'Z') return 0;
  const match = /^([+-])(\d\d)(?::?(\d\d))?(?::?\d\d)?$/.exec(name);
  if (match === null) return undefined;
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3] ?? 0));
}

const STAMP = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)$/;
const POINT = 0x2e;

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
