/** A carrier's prefix is not longer; bounds what is looked at again with each piece of an input. */
export const PREFIX_BYTES_MAX = 256;

/**
 * What carriers put before a line's object, and no part of it: the time of CloudWatch Logs' export to S3 and of `docker logs -t`, the stream of a
 * container runtime's file (`2024-01-02T03:04:05.6Z stdout F `), `data: ` of server-sent events (`journalctl -o json-sse`), a syslog header of either kind (of Vault's syslog device, of relays), `@cee:`, the name of a node.
 */
export function isPrefix(text: string): boolean {
  return (
    STAMP.test(text) ||
    SYSLOG.test(text) ||
    RFC5424.test(text) ||
    CEE.test(text) ||
    HOST.test(text) ||
    text === 'data: ' ||
    text === 'data:'
  );
}

const STAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)[ \t](?:std(?:out|err) F )?$/;
const SYSLOG =
  /^(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)) [\w.:-]{1,64} [\w./-]{1,64}(?:\[\d{1,10}\])?: ?(?:@cee: ?)?$/;
/** `<14>1 2024-01-02T03:04:05.6Z host app 12 - - `, maybe with the count of octets before it (RFC 6587) and a byte order mark behind. */
const RFC5424 =
  /^(?:\d{1,7} )?<\d{1,3}>1 (?:-|\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:\d\d)) \S{1,128} \S{1,48} \S{1,64} \S{1,32} (?:-|(?:\[[^\]]{1,200}\])+) ?\uFEFF?(?:@cee: ?)?$/;
/** The node, as `oc adm node-logs` writes it before each line: a name with a point or a hyphen in it. */
const HOST = /^(?=[^ ]{0,128}[.-])[a-zA-Z\d][\w.-]{1,252} $/;
const CEE = /^@cee: ?$/;
