import { DaybookError, parseJson } from '@daybook/protocol';
import type { FastifyInstance } from 'fastify';

/** Requests that are not events are small: a token, a filter. */
const BODY_BYTES_MAX = 65_536;

/** Lets the routes of a scope take small JSON bodies. Not for events: those are parsed strictly by intake. */
export function jsonBodies(scope: FastifyInstance): void {
  scope.addContentTypeParser('application/json', { parseAs: 'buffer', bodyLimit: BODY_BYTES_MAX }, (_request, body, done) => {
    try {
      // A DELETE or POST with the header but without a body is common among clients.
      done(null, body.length === 0 ? undefined : withoutPrototype(parseJson(body.toString('utf8'))));
    } catch (cause) {
      done(new DaybookError('bad_request', 'The body is no JSON.', { cause }), undefined);
    }
  });
}

/** `__proto__` as a key would reach into every object that the value is copied to. */
function withoutPrototype(body: unknown): unknown {
  // A list of what is still to be looked at, not a recursion: a small body can nest thousands of levels.
  const values = [body];
  for (let value = values.pop(); value !== undefined; value = values.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    if (Object.hasOwn(value, '__proto__')) throw new SyntaxError('forbidden key');
    for (const inner of Object.values(value)) values.push(inner);
  }
  return body;
}
