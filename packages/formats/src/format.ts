import type { JsonRecord } from '@daybook/protocol';
import type { TextRecord } from './framing/framer.ts';
import type { Zone } from './time/zone.ts';
import type { Verdict } from './result.ts';

/** One kind of log: how to know it, how to cut it into records, how to read a record. A module outside of this repository may provide one. */
export interface Format {
  /** As given to `--format`. */
  readonly name: string;
  /** For people: `OpenSSH, PAM, sudo and su in auth.log`. */
  readonly title: string;
  /** What `source` is when nobody names one: the product, in lower case. */
  readonly source: string;
  readonly framing: Framing;
  /** Whether the event keeps the original text in `attributes.original`: for text formats. Of JSON everything unmapped is in `attributes` already. */
  readonly keepsOriginal: boolean;
  /**
   * What stands in the midst of an input says too little without its beginning: names of columns, which of several forms it has. Whoever goes on with an input
   * reads it anew from the first byte. Of `json` and `told` that is so in any case.
   */
  readonly needsBeginning?: true;
  /** In a container what this stream carries is another log of the product, which the format of this name reads. Of `lines`. */
  readonly otherStream?: { readonly stream: 'stdout' | 'stderr'; readonly format: string };
  /** Of `json` and `mixed`: the parser takes `record.object`, so that the framer may find a record's end by reading it. */
  readonly takesObjects?: true;
  /**
   * How surely the beginning of a file is of this format: 0 not at all, 1 no doubt. The highest wins, the first of equals. Sees at most the first
   * 64 KiB, cut at a line end where there is one.
   */
  recognise(head: Head): number;
  /** A parser of one input. It may keep state between records: sessions, requests that wait for their answer. */
  open(context: Context): Parser;
  /** What becomes of what, for the reference page. */
  readonly mapping: readonly MappingRow[];
}

/**
 * `lines`: a record a line. `csv`: a line end inside quotes belongs to the record. `json`: objects, in any arrangement. `mixed`: so, and lines of text between them. `journal`: what journalctl writes: objects, its export format, or lines.
 * `told`: elements of XML, values in quotes, or
 * objects, as the first character of the input tells: for products that write one log in several forms.
 */
export type Framing = 'lines' | 'csv' | 'json' | 'mixed' | 'journal' | 'told';

export interface Head {
  readonly text: string;
  readonly lines: readonly string[];
  /** Path or name of the input; empty when there is none. A hint only. */
  readonly name: string;
}

/** What the records of an input can't tell themselves. */
export interface Context {
  /** When the input was last written, ms since 1970 (for a stream: now): where a stamp without a year gets it from. */
  readonly writtenMs: number;
  /** For stamps without a zone. */
  readonly zone: Zone;
  /** Settings of the format, from `daybook.yaml` or the command line, as text: `log_line_prefix`, a field mapping. */
  readonly options: Readonly<Record<string, string>>;
}

export interface Parser {
  /**
   * Judges one whole record by exactly one call of `emit`, now or in a later `parse` or `end` (an event of several records is emitted once, with the
   * places of its first and last record joined by `joined`; the records in between are then part of it). Never throws on any text.
   */
  parse(record: TextRecord, emit: Emit): void;
  /** The input ends, or nothing came for a while: what waits for more is emitted as it is. `parse` may be called again. */
  end(emit: Emit): void;
}

export type Emit = (record: TextRecord, verdict: Verdict) => void;

/** A row of the reference: from what of the source a field is taken. */
export interface MappingRow {
  /** Record types that the row is about; `*` for all. */
  readonly record: string;
  readonly field: string;
  readonly from: string;
}

/** A parser that needs no state. */
export function stateless(judge: (text: string, context: Context, object: JsonRecord | undefined) => Verdict): Format['open'] {
  return (context) => ({
    parse: (record, emit) => emit(record, judge(record.text, context, record.object)),
    end: () => undefined,
  });
}
