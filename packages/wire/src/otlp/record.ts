import type { Json } from '@daybook/protocol';

/** Values by name; a name that comes twice keeps its last value, for OpenTelemetry demands that names are unique. */
export type Attributes = Record<string, Json>;

/** One LogRecord of opentelemetry.proto.logs.v1 with what stands around it. What is absent is undefined, empty, or 0 where the protocol means that by it. */
export interface LogRecord {
  /** Microseconds since 1970; 0: unknown. */
  readonly timeMicros: number;
  readonly observedMicros: number;
  /** 1 … 24; 0: unspecified. */
  readonly severityNumber: number;
  readonly severityText: string;
  readonly eventName: string;
  readonly body: Json | undefined;
  readonly attributes: Attributes;
  readonly droppedAttributes: number;
  readonly flags: number;
  /** In hex; empty when absent. */
  readonly traceId: string;
  readonly spanId: string;
  /** Members that this version does not know, of the JSON form alone: Protocol Buffers have no names for them. */
  readonly unknown: Attributes | undefined;
  /** Bytes that were no UTF-8 were replaced by U+FFFD somewhere in it. */
  readonly replaced: boolean;
  readonly resource: Attributes;
  readonly scope: Scope;
}

export interface Scope {
  readonly name: string;
  readonly version: string;
  readonly attributes: Attributes;
}

export const NO_SCOPE: Scope = { name: '', version: '', attributes: {} };

/** Deeper values are replaced: an event nests 16 levels, some of which are its own. */
export const VALUE_DEPTH_MAX = 12;
/** What stands for a value that nests deeper. */
export const TOO_DEEP = '[nested too deeply]';

/** `__proto__` is a name like any other. */
export function put(into: Attributes, key: string, value: Json): void {
  if (key === '__proto__') Object.defineProperty(into, key, { value, enumerable: true, writable: true, configurable: true });
  else into[key] = value;
}

/** JSON has no NaN and no infinity. */
export function finite(value: number): Json {
  return Number.isFinite(value) ? value : String(value);
}
