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
  /** Of the other end. */
  readonly port?: string | undefined;
  /** The user is a name that the program does not know. */
  readonly invalid?: boolean | undefined;
  /** What is undefined in it is left out. */
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

/**
 * An object's first fields are cheap when they are written down together and dear when they are added one by one, so those that nearly every event has stand
 * in one literal. Fields that there are not are left out: nothing here is undefined.
 */
export function assembled(claim: Claim, frame: Frame): Verdict {
  const { stamp, message, fields } = frame;
  const ip = addressOf(claim.from);
  const attributes = attributesOf(claim, frame, ip === undefined ? claim.from : undefined);
  const own = !hasText(claim.resource);
  const resource = own ? (message.host === '' ? message.program : message.host) : claim.resource;
  const resourceType = own ? 'host' : claim.resourceType;
  const { type, action, category, outcome, user, protocol } = claim;
  const whole =
    stamp !== undefined && message.host !== '' && hasText(resourceType) && hasText(user) && ip !== undefined && protocol !== undefined;
  const made: Record<string, unknown> = whole
    ? { timestamp: stamp.text, user_id: user, actor_type: claim.actor ?? 'user', event_type: type, action, category, resource, resource_type: resourceType, host: message.host, ip_address: ip, protocol, outcome, attributes } // biome-ignore format: one literal
    : {
        actor_type: claim.actor ?? (hasText(user) ? 'user' : 'unknown'),
        event_type: type,
        action,
        category,
        resource,
        outcome,
        attributes,
      };
  if (!whole) {
    if (stamp !== undefined) made['timestamp'] = stamp.text;
    if (hasText(user)) made['user_id'] = user;
    if (hasText(resourceType)) made['resource_type'] = resourceType;
    if (message.host !== '') made['host'] = message.host;
    if (ip !== undefined) made['ip_address'] = ip;
    if (protocol !== undefined) made['protocol'] = protocol;
  }
  addRare(made, claim);
  for (const name in fields) if (fields[name] !== undefined && made[name] === undefined) made[name] = fields[name];
  return { result: 'event', event: made };
}

function addRare(made: Record<string, unknown>, claim: Claim): void {
  if (hasText(claim.authMethod)) made['auth_method'] = claim.authMethod;
  if (hasText(claim.status)) made['status_code'] = claim.status;
  if (hasText(claim.reason)) made['reason'] = claim.reason;
  if (hasText(claim.effectiveUser)) made['effective_user_id'] = claim.effectiveUser;
  if (hasText(claim.resourceId)) made['resource_id'] = claim.resourceId;
  if (hasText(claim.credential)) made['credential_id'] = claim.credential;
  if (hasText(claim.session)) made['session_id'] = claim.session;
  if (hasText(claim.target)) made['target_user_id'] = claim.target;
  if (hasText(claim.method)) made['method'] = claim.method;
  if (claim.mfa !== undefined) made['mfa'] = claim.mfa;
  if (claim.bytesOut !== undefined) made['bytes_out'] = claim.bytesOut;
}

function attributesOf(claim: Claim, { stamp, message, attributes }: Frame, name: string | undefined): Readonly<Record<string, unknown>> {
  const made: Record<string, unknown> = message.pid === '' ? { program: message.program } : { program: message.program, pid: message.pid };
  if (stamp?.guessed !== undefined) made['time_guessed'] = stamp.guessed;
  if (hasText(name) && name !== 'UNKNOWN' && name !== '?') made['client_host'] = name;
  if (claim.port !== undefined) made['port'] = Number(claim.port);
  if (claim.invalid === true) made['invalid_user'] = true;
  for (const key in claim.attributes) if (claim.attributes[key] !== undefined) made[key] = claim.attributes[key];
  for (const key in attributes) if (attributes[key] !== undefined) made[key] = attributes[key];
  return made;
}

function hasText(text: string | undefined): boolean {
  return text !== undefined && text !== '';
}
