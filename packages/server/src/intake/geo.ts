import { Reader, type Response } from 'mmdb-lib';
import { DaybookError } from '@daybook/protocol';
import type { Base } from '../base/types.ts';

/** Where an address is, from the operator's MMDB files (GeoLite2 or alike). */
export interface Place {
  readonly countryCode: string | undefined;
  readonly city: string | undefined;
  readonly asn: number | undefined;
  readonly asOrg: string | undefined;
}

/** Addresses whose answers are kept; beyond it all are forgotten and looked up anew (some microseconds each). */
const CACHE_MAX = 65_536;
const NOWHERE: Place = { countryCode: undefined, city: undefined, asn: undefined, asOrg: undefined };

export class Geo {
  readonly #readers: readonly Reader<Response>[];
  readonly #cache = new Map<string, Place>();

  constructor(readers: readonly Reader<Response>[]) {
    this.#readers = readers;
  }

  get configured(): boolean {
    return this.#readers.length > 0;
  }

  of(ip: string): Place {
    const known = this.#cache.get(ip);
    if (known !== undefined) return known;
    if (this.#cache.size >= CACHE_MAX) this.#cache.clear();
    const place = this.#lookUp(ip);
    this.#cache.set(ip, place);
    return place;
  }

  #lookUp(ip: string): Place {
    let place = NOWHERE;
    for (const reader of this.#readers) place = merge(place, recordOf(reader, ip));
    return place;
  }
}

/** Reads the files of the setting `mmdb`. One that cannot be read stops the start: an operator who configured it relies on it. */
export async function openGeo(base: Pick<Base, 'config' | 'files'>): Promise<Geo> {
  const readers: Reader<Response>[] = [];
  for (const file of base.config.mmdb) {
    const bytes = await base.files.read(file);
    if (bytes === undefined) throw new DaybookError('bad_setting', `mmdb: ${file} does not exist; correct the path or remove it.`);
    try {
      readers.push(new Reader<Response>(bytes));
    } catch (error) {
      throw new DaybookError('bad_setting', `mmdb: ${file} is not an MMDB file; replace it or remove it from the setting.`, {
        cause: error,
      });
    }
  }
  return new Geo(readers);
}

function recordOf(reader: Reader<Response>, ip: string): unknown {
  try {
    return reader.get(ip);
  } catch {
    // A damaged record, or an IPv6 address in an IPv4 file: the event is kept without a place.
    return undefined;
  }
}

/** The file that is named first wins. */
function merge(place: Place, record: unknown): Place {
  return {
    countryCode: place.countryCode ?? text(at(record, 'country', 'iso_code')),
    city: place.city ?? text(at(record, 'city', 'names', 'en')),
    asn: place.asn ?? count(at(record, 'autonomous_system_number')),
    asOrg: place.asOrg ?? text(at(record, 'autonomous_system_organization')),
  };
}

function at(record: unknown, ...path: readonly string[]): unknown {
  let value = record;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
