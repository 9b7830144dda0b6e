import { eventLine, type Format, type Result } from '@daybook/formats';

/** What the events of an input are sent with, beside what its format read. */
export interface LineOptions {
  /** As JSON text. */
  readonly sourceJson: string;
  readonly keepsOriginal: boolean;
  /** Further members, as JSON text that begins with a comma. */
  readonly idOf: (result: Result) => string;
}

/** The server's bound of an item is 512 KiB; a line with its original twice in it may be longer. */
const LINE_CHARS_MAX = 480 * 1024;

/** The event as one line of JSON; undefined: too long for an event. */
export function lineOf(result: Result, { sourceJson, keepsOriginal, idOf }: LineOptions): string | undefined {
  return eventLine(result.event ?? NO_FIELDS, {
    more: `,"source":${sourceJson}${idOf(result)}`,
    original: keepsOriginal ? result.text : undefined,
    charsMax: LINE_CHARS_MAX,
  });
}

const NO_FIELDS = {};

/**
 * The id of an event that the source numbered: a delivery that comes twice, in another file, is known by it. `event_id` is the producer's, so the format
 * stands before it.
 */
export function sourceId(format: string): (result: Result) => string {
  const head = `,"event_id":${JSON.stringify(`${format}:`).slice(0, -1)}`;
  return ({ event }) => {
    const id = event?.['source_event_id'];
    return typeof id !== 'string' || event?.['event_id'] !== undefined ? '' : `${head}${JSON.stringify(id).slice(1)}`;
  };
}

export function lineOptions(format: Format, source: string): LineOptions {
  return { sourceJson: JSON.stringify(source), keepsOriginal: format.keepsOriginal, idOf: sourceId(format.name) };
}
