import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Demand } from './policy.ts';
import type { Door } from './types.ts';

/** So soon after the end of its token or session, or after a change of what it may see, an answer that goes on for minutes ends too. */
const STILL_HOLDS_MS = 2000;

/** Calls `over` once when the credential of a request opens no longer what it opened. Returns what ends the watch. */
export function whileAllowed(access: Door, request: FastifyRequest, permission: Demand, over: () => void): () => void {
  const timer = setInterval(() => {
    if (access.stillHolds(request, permission)) return;
    clearInterval(timer);
    over();
  }, STILL_HOLDS_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** The bare response of a request that is answered without the framework: with the headers that every answer has, which would else stay behind. */
export function takenOver(reply: FastifyReply): ServerResponse {
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) reply.raw.setHeader(name, value);
  return reply.raw;
}
