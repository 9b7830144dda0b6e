import { type AddressRanges, addressRanges } from '../../base/address-ranges.ts';
import type { SyslogListener } from '../../base/capture-settings.ts';

/** Who a sender is, by what it cannot choose: its address, and its certificate. What a message says of itself is text. */
export interface Sender {
  readonly source: string;
  /** Judges whatever it sends; undefined: by program. */
  readonly format: string | undefined;
  readonly options: Readonly<Record<string, string>>;
}

interface Entry extends Sender {
  readonly ranges: AddressRanges | undefined;
  readonly certificate: string | undefined;
}

export class Senders {
  readonly #entries: readonly Entry[];
  readonly #fallback: Sender | undefined;

  constructor({ senders, source, format, options }: SyslogListener) {
    this.#entries = senders.map((one) => ({
      source: one.source,
      format: one.format ?? format,
      options: { ...options, ...one.options },
      ranges: one.from.length === 0 ? undefined : addressRanges(one.from),
      certificate: one.certificate,
    }));
    this.#fallback = source === undefined ? undefined : { source, format, options };
  }

  /** undefined: nobody who may send here. */
  of(address: string, certificate: string | undefined): Sender | undefined {
    const fits = (entry: Entry) =>
      (entry.ranges === undefined || entry.ranges.has(address)) && (entry.certificate === undefined || entry.certificate === certificate);
    return this.#entries.find(fits) ?? this.#fallback;
  }
}
