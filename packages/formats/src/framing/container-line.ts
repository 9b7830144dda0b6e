import { parseRecord } from '@daybook/protocol';

/** A line that a container wrote, and when its runtime took it; the time is as it stands there. */
export interface ContainerLine {
  readonly line: string;
  readonly time: string;
}

/** What a container runtime puts before a line (Kubernetes' logging format). */
const CONTAINER = /^(\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:\d\d)) (?:stdout|stderr) [FP] /;
/** Docker's json-file. */
const DOCKER = '{"log":"';

/** The line within what a container runtime wrote; undefined when it is none of these. */
export function containerLine(text: string): ContainerLine | undefined {
  if (text.startsWith(DOCKER)) {
    const entry = parseRecord(text);
    const log = entry?.['log'];
    const time = entry?.['time'];
    return typeof log === 'string' ? { line: log.replace(/\r?\n$/, ''), time: typeof time === 'string' ? time : '' } : undefined;
  }
  const prefix = text.charCodeAt(4) === HYPHEN ? CONTAINER.exec(text) : null;
  return prefix === null ? undefined : { line: text.slice(prefix[0].length), time: prefix[1] ?? '' };
}

const HYPHEN = 0x2d;
