import type { ACTIONS, ACTOR_TYPES, CATEGORIES, OUTCOMES } from '@daybook/protocol';
import { addressOf } from '../addresses.ts';
import { event, type Verdict } from '../result.ts';
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
  readonly userAgent?: string | undefined;
  readonly changes?: Readonly<Record<string, unknown>> | undefined;
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

export function assembled(claim: Claim, { stamp, message, attributes, fields }: Frame): Verdict {
  const ip = addressOf(claim.from);
  const actor = claim.actor ?? (claim.user === undefined || claim.user === '' ? 'unknown' : 'user');
  const own = claim.resource === undefined || claim.resource === '';
  return event({
    ...fields,
    timestamp: stamp?.text,
    user_id: claim.user,
    actor_type: actor,
    effective_user_id: claim.effectiveUser,
    target_user_id: claim.target,
    session_id: claim.session ?? fields?.['session_id'],
    credential_id: claim.credential,
    auth_method: claim.authMethod,
    mfa: claim.mfa,
    event_type: claim.type,
    action: claim.action,
    category: claim.category,
    resource: own ? message.host || message.program : claim.resource,
    resource_type: own ? 'host' : claim.resourceType,
    resource_id: claim.resourceId,
    changes: claim.changes,
    bytes_out: claim.bytesOut,
    ip_address: ip,
    host: message.host,
    user_agent: claim.userAgent,
    protocol: claim.protocol,
    method: claim.method,
    outcome: claim.outcome,
    status_code: claim.status,
    reason: claim.reason,
    attributes: {
      program: message.program,
      ...(message.pid === '' ? {} : { pid: message.pid }),
      ...(stamp?.guessed === undefined ? {} : { time_guessed: stamp.guessed }),
      ...(ip === undefined && hasText(claim.from) ? { client_host: claim.from } : {}),
      ...claim.attributes,
      ...attributes,
    },
  });
}

function hasText(text: string | undefined): boolean {
  return text !== undefined && text !== '' && text !== 'UNKNOWN' && text !== '?';
}
