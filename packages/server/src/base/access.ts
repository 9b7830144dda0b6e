import { DaybookError } from '@daybook/protocol';
import type { FastifyRequest } from 'fastify';
import type { Tokens } from './control/tokens.ts';
import type { Access, Permission, Role } from './types.ts';

const ROLES: Readonly<Record<Permission, readonly Role[]>> = {
  'events:write': ['admin', 'producer'],
  'events:read': ['admin', 'auditor'],
  admin: ['admin'],
  any: ['admin', 'auditor', 'producer'],
};

/** Longer than any token that Daybook makes or that a person sets; beyond it nothing is hashed. */
const CREDENTIAL_CHARS_MAX = 4096;

export function openAccess(tokens: Tokens): Access {
  return {
    require(request, permission) {
      request.principal ??= authenticate(request, tokens);
      if (ROLES[permission].includes(request.principal.role)) return request.principal;
      throw new DaybookError(
        'forbidden',
        `The token ${request.principal.name} (${request.principal.role}) may not do this: it takes ${permission}.`,
      );
    },
  };
}

function authenticate(request: FastifyRequest, tokens: Tokens) {
  const secret = credentialOf(request);
  if (secret === undefined) throw new DaybookError('unauthenticated');
  const principal = secret.length > CREDENTIAL_CHARS_MAX ? undefined : tokens.verify(secret);
  // One sentence for unknown, misspelt and revoked: the sender learns no more than that it doesn't open.
  if (principal === undefined) throw new DaybookError('unauthenticated', 'The token is unknown or was revoked.');
  return principal;
}

/** Bearer, Basic (its password), or the header of ClickHouse's own clients. Never the URL: those are logged all over the world. */
function credentialOf(request: FastifyRequest): string | undefined {
  const header = request.headers.authorization;
  const match = /^(bearer|basic) +(.+)$/i.exec(header ?? '');
  if (match?.[2] !== undefined) return match[1]?.toLowerCase() === 'bearer' ? utf8(match[2].trim()) : passwordOf(match[2].trim());
  const key = request.headers['x-clickhouse-key'];
  return typeof key === 'string' && key !== '' ? utf8(key) : undefined;
}

/** Node reads header bytes as latin1; a token of the operator's own making may have other letters. */
function utf8(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}

function passwordOf(base64: string): string | undefined {
  const pair = Buffer.from(base64, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 || colon === pair.length - 1 ? undefined : pair.slice(colon + 1);
}
