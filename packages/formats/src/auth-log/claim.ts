import type { ACTIONS, ACTOR_TYPES, CATEGORIES, OUTCOMES } from '@daybook/protocol';
import { addressOf } from '../addresses.ts';
import type { Verdict } from '../result.ts';
import type { Stamp } from '../time/stamps.ts';

/** What a message says happened; the line's own parts (when, where, which program) are added by `assembled`. */
export interface Claim {
  /** The source's own word. */
  readonly type: string;
  readonly action: (typeof ACTIONS)[number];
  readonly category: (typeof CATEGORIES)[number];
  readonly outcome: (typeof OUTCOMES)[number];
  /** Absent or empty: the message names nobody. */
  readonly user?: string | undefined;
  /** Else `user` when the message names one, and `unknown` when not. */
  readonly actor?: (typeof ACTOR_TYPES)[number] | undefined;
  readonly effectiveUser?: string | undefined;
  readonly target?: string | undefined;
  /** The other end: an address, or a name that the program resolved it to. */
  readonly from?: string | undefined;
  readonly authMethod?: string | undefined;
  readonly mfa?: boolean | undefined;
  readonly credential?: string | undefined;
  readonly session?: string | undefined;
  /** Else the host. */
  readonly resource?: string | undefined;
  readonly resourceType?: string | undefined;
  readonly resourceId?: string | undefined;
  readonly protocol?: string | undefined;
  readonly method?: string | undefined;
  readonly reason?: string | undefined;
  readonly status?: string | undefined;
  readonly bytesOut?: number | undefined;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
}

/** A claim, the code of a noise, or undefined: the program said something that is not known. */
export type Finding = Claim | string | undefined;

/** A message and whose it is. */
export interface Message {
  /** Name of the program, without path and the like. */
  readonly program: string;
  readonly pid: string;
  readonly host: string;
  readonly text: string;
}

/** What the frame around the message knows. */
export interface Frame {
  readonly stamp: Stamp | undefined;
  readonly message: Message;
  /** More for `attributes`. */
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  /** More fields, where the claim says nothing. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
}

/** Fields are set one by one and only when there is something to set: a copy without the absent ones would cost as much as reading the line. */
export function assembled(claim: Claim, frame: Frame): Verdict {
  const { stamp, message, fields } = frame;
  const made: Record<string, unknown> = { ...fields };
  if (stamp !== undefined) made['timestamp'] = stamp.text;
  made['actor_type'] = claim.actor ?? (hasText(claim.user) ? 'user' : 'unknown');
  for (const [from, to] of TEXT_FIELDS) {
    const value = claim[from];
    if (value !== undefined && value !== '') made[to] = value;
  }
  if (claim.resource === undefined || claim.resource === '') {
    made['resource'] = message.host === '' ? message.program : message.host;
    made['resource_type'] = 'host';
  }
  if (message.host !== '') made['host'] = message.host;
  const ip = addressOf(claim.from);
  if (ip !== undefined) made['ip_address'] = ip;
  made['attributes'] = attributesOf(claim, frame, ip === undefined ? claim.from : undefined);
  return { result: 'event', event: made };
}

/** What the claim's parts are called in the event. */
const TEXT_FIELDS: readonly (readonly [keyof Claim, string])[] = [
  ['user', 'user_id'],
  ['effectiveUser', 'effective_user_id'],
  ['target', 'target_user_id'],
  ['session', 'session_id'],
  ['credential', 'credential_id'],
  ['authMethod', 'auth_method'],
  ['mfa', 'mfa'],
  ['type', 'event_type'],
  ['action', 'action'],
  ['category', 'category'],
  ['resource', 'resource'],
  ['resourceType', 'resource_type'],
  ['resourceId', 'resource_id'],
  ['bytesOut', 'bytes_out'],
  ['protocol', 'protocol'],
  ['method', 'method'],
  ['outcome', 'outcome'],
  ['status', 'status_code'],
  ['reason', 'reason'],
];

function attributesOf(claim: Claim, { stamp, message, attributes }: Frame, name: string | undefined): Readonly<Record<string, unknown>> {
  const made: Record<string, unknown> = { program: message.program };
  if (message.pid !== '') made['pid'] = message.pid;
  if (stamp?.guessed !== undefined) made['time_guessed'] = stamp.guessed;
  if (hasText(name) && name !== 'UNKNOWN' && name !== '?') made['client_host'] = name;
  for (const key in claim.attributes) if (claim.attributes[key] !== undefined) made[key] = claim.attributes[key];
  for (const key in attributes) if (attributes[key] !== undefined) made[key] = attributes[key];
  return made;
}

function hasText(text: string | undefined): boolean {
  return text !== undefined && text !== '';
}
