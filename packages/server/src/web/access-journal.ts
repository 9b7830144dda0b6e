import type { FastifyRequest } from 'fastify';
import { clientAddress } from '../base/client-address.ts';
import type { Base } from '../base/types.ts';
import type { Ledger } from '../ledger/index.ts';

/** What is told of a sign-in, an attempt, a sign-out. Never a password, a link or a cookie. */
export interface SignInStory {
  readonly eventType:
    | 'session.sign_in'
    | 'session.sign_in_failed'
    | 'session.sign_in_blocked'
    | 'session.sign_out'
    | 'session.end'
    | 'session.logout_refused';
  /**
   * The account; empty when there is none of the name that was given. That name is not kept: people type passwords into the wrong field.
   */
  readonly userId: string;
  readonly sessionId?: string;
  readonly method?: string;
  readonly mfa?: boolean;
  readonly reason?: string;
  readonly target?: string;
}

/** Records who came in and who was turned away. */
export interface AccessJournal {
  record(request: FastifyRequest, story: SignInStory): Promise<void>;
}

const OUTCOMES: Readonly<Record<SignInStory['eventType'], 'success' | 'failure' | 'denied'>> = {
  'session.sign_in': 'success',
  'session.sign_in_failed': 'failure',
  'session.sign_in_blocked': 'denied',
  'session.sign_out': 'success',
  'session.end': 'success',
  'session.logout_refused': 'denied',
};
const USER_AGENT_CHARS_MAX = 300;

export function openAccessJournal(_base: Base, ledger: Ledger): AccessJournal {
  return {
    async record(request, story) {
      const agent = request.headers['user-agent'];
      await ledger.record('daybook.read', {
        action: story.eventType.startsWith('session.sign_in') ? 'login' : 'logout',
        actor_type: story.userId === '' ? 'unknown' : 'user',
        event_type: story.eventType,
        ip_address: clientAddress(request.ip),
        outcome: OUTCOMES[story.eventType],
        request_id: request.id,
        resource: 'daybook',
        resource_type: 'session',
        user_id: story.userId,
        ...(story.method === undefined ? {} : { auth_method: story.method }),
        ...(story.mfa === undefined ? {} : { mfa: story.mfa }),
        ...(story.sessionId === undefined ? {} : { credential_id: story.sessionId, session_id: story.sessionId }),
        ...(story.reason === undefined ? {} : { reason: story.reason }),
        ...(story.target === undefined ? {} : { target_user_id: story.target }),
        ...(agent === undefined || agent === '' ? {} : { user_agent: agent.slice(0, USER_AGENT_CHARS_MAX) }),
      });
    },
  };
}
