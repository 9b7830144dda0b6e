import { microsToText } from '@daybook/protocol';
import type { Principal } from '../base/types.ts';
import { AHEAD_MARKED_MICROS, AHEAD_REPLACED_MICROS } from './limits.ts';
import type { Channel, Envelope } from './types.ts';

/** What all items of a request (times: of a slice of it) have in common, made into bytes once. */
export interface RequestContext {
  readonly principal: Principal;
  readonly envelope: Envelope | undefined;
  readonly channel: Uint8Array;
  readonly source: Uint8Array;
  /** The tenant that stands when none is claimed. */
  readonly tenant: Uint8Array | undefined;
  readonly received: ReceiveTime;
}

export interface ReceiveTime {
  readonly micros: number;
  /** Canonical text with quotes. */
  readonly bytes: Uint8Array;
  /** Claims later than these texts, counted from the whole second, are marked, or replaced. */
  readonly markedAfter: Uint8Array;
  readonly replacedAfter: Uint8Array;
}

/** The limits of a second are made once: three dates per request would be a tenth of what a single event costs. */
let limitsSecond = Number.NaN;
let markedAfter: Uint8Array = new Uint8Array(0);
let replacedAfter: Uint8Array = new Uint8Array(0);

export function receiveTime(micros: number): ReceiveTime {
  const second = Math.floor(micros / 1_000_000);
  if (second !== limitsSecond) {
    limitsSecond = second;
    markedAfter = jsonBytes(microsToText(second * 1_000_000 + AHEAD_MARKED_MICROS));
    replacedAfter = jsonBytes(microsToText(second * 1_000_000 + AHEAD_REPLACED_MICROS));
  }
  return { micros, bytes: jsonBytes(microsToText(micros)), markedAfter, replacedAfter };
}

export function requestContext(request: {
  readonly principal: Principal;
  readonly channel: Channel;
  readonly envelope?: Envelope | undefined;
  readonly nowMicros: number;
}): RequestContext {
  const { principal } = request;
  // A token for one tenant only need not say which.
  const tenant = principal.tenants?.length === 1 ? principal.tenants[0] : undefined;
  return {
    principal,
    envelope: request.envelope,
    channel: knownBytes(request.channel),
    source: knownBytes(principal.name),
    tenant: tenant === undefined || tenant === '' ? undefined : knownBytes(tenant),
    received: receiveTime(request.nowMicros),
  };
}

/** Names of tokens and their tenants, of which there are few: beyond so many, all are made again. */
const KNOWN_MAX = 1000;
const known = new Map<string, Uint8Array>();

function knownBytes(text: string): Uint8Array {
  let bytes = known.get(text);
  if (bytes === undefined) {
    if (known.size === KNOWN_MAX) known.clear();
    bytes = jsonBytes(text);
    known.set(text, bytes);
  }
  return bytes;
}

/** The canonical JSON of a string, as bytes. */
export function jsonBytes(text: string): Uint8Array {
  return Buffer.from(JSON.stringify(text));
}
