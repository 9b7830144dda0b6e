import type { JsonRecord } from '@daybook/protocol';

/* What the API server says of itself (k8s.io/klog): it stands between audit events where both go to the standard output (`--audit-log-path=-`). */

export const SERVER_LOG = 'server_log';
const LINE =
  /^(?:\S{20,40} std(?:out|err) [FP] )?(?:[IWEF]\d{4} \d\d:\d\d:\d\d\.\d{6} +\d{1,10} [\w.-]{1,128}:\d{1,6}\] |Trace\[\d{1,20}\]: )/;

export function isKlogLine(text: string): boolean {
  return LINE.test(text);
}

/** `--logging-format=json`. */
export function isKlogObject(object: JsonRecord): boolean {
  return typeof object['ts'] === 'number' && typeof object['msg'] === 'string' && typeof object['caller'] === 'string';
}
