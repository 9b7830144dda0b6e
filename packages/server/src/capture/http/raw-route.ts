import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type BytesInFlight, readBody } from './body.ts';

/** Has bodies of these content types read raw, unpacked and bounded. */
export function takeRawBodies(
  scope: FastifyInstance,
  types: RegExp,
  options: { readonly inFlight: BytesInFlight; readonly bytesMax: (request: FastifyRequest) => number; readonly parserBytesMax: number },
): void {
  scope.addContentTypeParser(types, { bodyLimit: options.parserBytesMax }, (request: FastifyRequest, payload: Readable) =>
    readBody(payload, request.headers, { bytesMax: options.bytesMax(request), inFlight: options.inFlight }),
  );
}
