/** A carrier's prefix is not longer; bounds what is looked at again with each piece of an input. */
export const PREFIX_BYTES_MAX = 256;

/**
 * What carriers put before a line's object, and no part of it: the time of CloudWatch Logs' export to S3 and of `docker logs -t`, the stream of a
 * container runtime's file (`2024-01-02T03:04:05.6Z stdout F `), a syslog header (of Vault's syslog device), `@cee:`.
 */
export function isPrefix(text: string): boolean {
  return STAMP.test(text) || SYSLOG.test(text) || CEE.test(text);
}

const STAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)[ \t](?:std(?:out|err) F )?$/;
const SYSLOG =
  /^(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)) [\w.:-]{1,64} [\w./-]{1,64}(?:\[\d{1,10}\])?: ?(?:@cee: ?)?$/;
const CEE = /^@cee: ?$/;
