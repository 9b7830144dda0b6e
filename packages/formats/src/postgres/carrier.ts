/**
 * What a collector of containers' output wrote before the log's own line: containerd and CRI-O (`<time> stderr F `), `docker logs -t` (`<time> `),
 * `docker compose logs` (`<name>  | `). Without the name of a stream only a line of the log, or the tab of one that goes on, makes it sure.
 */
const CARRIER =
  /^(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d) (?:std(?:out|err) [FP] |(?=\t|\d{4}-\d\d-\d\d \d\d:))|[\w.-]{1,128} {1,64}\| (?=\t|\d{4}-\d\d-\d\d \d\d:))/;
/** A line of the log begins with a date, and a blank where these have their T. */
const DATE_CHARS = 10;

/** The line as the server wrote it. */
export function withoutCarrier(line: string): string {
  const first = line.charCodeAt(0);
  if (first === TAB || (first >= 0x30 && first <= 0x39 && line[DATE_CHARS] === ' ')) return line;
  const carrier = CARRIER.exec(line);
  return carrier === null ? line : line.slice(carrier[0].length);
}

const TAB = 0x09;
