import { type JsonRecord, parseRecord } from '@daybook/protocol';

/** A line, or a piece of one, that a program in a container wrote. */
export interface ContainerLine {
  /** Without its line end. */
  readonly line: string;
  /** When the engine took it, as it stands there. */
  readonly time: string;
  /** `stdout`, `stderr`; empty where it is not told. */
  readonly stream: string;
  /** The line ends with this piece. */
  readonly isLast: boolean;
  /** Written by an engine, with nothing of a collector's beside it: then it can be told whether it is a piece. */
  readonly isEngines: boolean;
}

/** containerd and CRI-O (Kubernetes' logging format). */
const CRI = /^(\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:\d\d)) (stdout|stderr) ([FP]) /;
/** Docker's json-file. */
const DOCKER = '{"log":"';
const DOCKER_MEMBERS: ReadonlySet<string> = new Set(['log', 'stream', 'attrs', 'time']);
const HYPHEN = 0x2d;

/** What a container engine wrote down; undefined when this is none of its lines. */
export function containerLine(text: string): ContainerLine | undefined {
  if (text.startsWith(DOCKER)) return dockerLine(text);
  const cri = text.charCodeAt(4) === HYPHEN ? CRI.exec(text) : null;
  if (cri === null) return undefined;
  return { line: text.slice(cri[0].length), time: cri[1] ?? '', stream: cri[2] ?? '', isLast: cri[3] === 'F', isEngines: true };
}

function dockerLine(text: string): ContainerLine | undefined {
  const object = parseRecord(text) ?? {};
  const { log, stream, time } = object;
  if (typeof log !== 'string') return undefined;
  return {
    line: log.slice(0, log.length - (log.endsWith('\r\n') ? 2 : log.endsWith('\n') ? 1 : 0)),
    time: typeof time === 'string' ? time : '',
    stream: typeof stream === 'string' ? stream : '',
    isLast: log.endsWith('\n'),
    isEngines: typeof stream === 'string' && typeof time === 'string' && isDockers(object),
  };
}

function isDockers(object: JsonRecord): boolean {
  for (const name in object) if (!DOCKER_MEMBERS.has(name)) return false;
  return true;
}
