import type { Format, Head } from '../format.ts';
import { AUDIT } from './audit.ts';
import { withoutCarrier } from './carrier.ts';
import { MAPPING } from './mapping.ts';
import { StderrLines } from './stderr-line.ts';
import { StderrParser } from './stderr-parser.ts';
import { syslogLine } from './syslog-line.ts';
import { UTC } from '../time/zone.ts';

/** `log_destination = 'stderr'` or `'syslog'`; option `log_line_prefix` as it stands in postgresql.conf. */
export const pgauditStderr: Format = {
  name: 'pgaudit-stderr',
  title: 'PostgreSQL and pgaudit, text log with any log_line_prefix, also by syslog',
  source: 'postgresql',
  framing: 'lines',
  keepsOriginal: true,
  recognise,
  open: (context) => new StderrParser(context),
  mapping: MAPPING,
};

/** As many lines are looked at; the first may be the rest of a message. */
const LINES_MAX = 60;
/** Says nothing of PostgreSQL yet: other programs write times and severities, too. */
const COMMON = 0.3;

function recognise(head: Head): number {
  const lines = new StderrLines(undefined);
  let read = 0;
  let seen = 0;
  let own = 0;
  for (const whole of head.lines.slice(0, LINES_MAX)) {
    const line = withoutCarrier(whole);
    if (line.startsWith('\t')) continue;
    seen++;
    const syslog = syslogLine(line, { writtenMs: 0, zone: UTC, options: {} });
    const text = syslog?.text ?? line;
    if (/^AUDIT: (?:SESSION|OBJECT),\d/.test(text)) own++;
    const reading = lines.read(text);
    if (reading.kind === 'none') continue;
    read++;
    const message = reading.kind === 'one' ? reading.line.message : '';
    if (message.startsWith(AUDIT) || OWN.test(message)) own++;
  }
  if (seen === 0) return 0;
  if (own > 0) return 0.6 + 0.35 * Math.min(1, Math.max(read, own) / seen);
  return read === 0 ? 0 : COMMON + 0.5 * (read / seen);
}

const OWN =
  /^(?:connection (?:received|authorized|authenticated): |disconnection: session time: |database system |checkpoint |starting PostgreSQL|listening on |automatic (?:vacuum|analyze)|duration: [\d.]+ ms|statement: |execute [^:]{1,80}: |parameters: |[\w ]+ authentication failed for user |permission denied for |relation ".*" does not exist)/;
