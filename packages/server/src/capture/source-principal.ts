import type { Principal } from '../base/types.ts';
import { BUILT_IN_ROLES, granted } from '../base/policy.ts';

/** Whoever the operator's settings say that a receiver's sender is: it may speak for its one source. */
export function sourcePrincipal(receiver: string, source: string): Principal {
  return {
    kind: 'token',
    tokenId: receiver,
    name: source,
    role: 'producer',
    roles: ['producer'],
    sources: [source],
    tenants: null,
    userId: null,
    ...granted([BUILT_IN_ROLES.producer], null),
  };
}
