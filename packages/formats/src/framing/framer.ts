import type { JsonRecord } from '@daybook/protocol';
import type { Place } from '../result.ts';

/** One record of the input as text. */
export interface TextRecord extends Place {
  /** Without its line end. Of a record that is too long, its beginning. */
  readonly text: string;
  readonly fault?: RecordFault;
  /** Where a container engine wrote it down: what the program wrote it to. */
  readonly stream?: string;
  /** There too: when the engine took it, as it stands there. */
  readonly takenAt?: string;
  /** What stood around the list of records before it, without them: an access only when it says so itself. */
  readonly isWrapper?: true;
  /** The object that the text holds, where it was read to find the record's end; who takes it may use it up. */
  readonly object?: JsonRecord;
}

/**
 * `too_long`: beyond RECORD_BYTES_MAX. `cut_off`: the input, or the line, ended inside. `not_utf8`: bytes that are no UTF-8, each shown as U+FFFD. The first
 * two are quarantined without asking the format; the third marks the event.
 */
export type RecordFault = 'too_long' | 'cut_off' | 'not_utf8';

/** Fed with the pieces of an input in order; keeps what is not yet whole. */
export interface Framer {
  push(bytes: Uint8Array): readonly TextRecord[];
  /** The input ends here. */
  end(): readonly TextRecord[];
}

/** A longer record is no log line: its beginning goes to quarantine, the rest is read past, so that memory stays bounded. */
export const RECORD_BYTES_MAX = 1024 * 1024;
/** As much of a too long record as quarantine shows. */
export const HEAD_BYTES = 1024;

/** One record made of several: the text and the extent of both. */
export function joined(first: TextRecord, last: TextRecord, text: string): TextRecord {
  return { ...first, lastLine: last.lastLine, end: last.end, text };
}
