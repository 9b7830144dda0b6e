import type { FastifyRequest } from 'fastify';
import { mustHave } from '../base/assert.ts';
import type { By } from '../base/control/tokens.ts';

/** Who makes a change, for the ledger. */
export function byOf(request: FastifyRequest): By {
  const { name, tokenId } = mustHave(request.principal, 'the principal of a route that demands a permission');
  return { name, tokenId };
}
