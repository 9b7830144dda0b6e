import type { Base } from '../../base/types.ts';
import type { Intake } from '../../intake/index.ts';

/** Shorter beginnings would name everything that a producer ever sent. */
const INSTANCE_CHARS_MIN = 8;
const INSTANCE_CHARS_MAX = 128;

const reply = {
  description: 'Instances (at most 100), and how many of their counters are kept.',
  type: 'object',
  properties: {
    instances: { type: 'array', items: { type: 'object', properties: { src: { type: 'string' }, count: { type: 'integer' } } } },
  },
};

/**
 * GET /v1/producer-counters: which of its counters the server has of a producer, of instances whose name begins with `instance`. An importer finds by
 * it what of a file is in already.
 */
export function mountCounters(base: Pick<Base, 'http' | 'access'>, intake: Intake): void {
  base.http.route<{ Querystring: { instance: string } }>({
    method: 'GET',
    url: '/v1/producer-counters',
    config: { permission: 'events:write' },
    schema: {
      summary: 'Which counters of this producer are kept',
      tags: ['capture'],
      querystring: {
        type: 'object',
        required: ['instance'],
        additionalProperties: false,
        properties: {
          instance: {
            type: 'string',
            minLength: INSTANCE_CHARS_MIN,
            maxLength: INSTANCE_CHARS_MAX,
            description: "The beginning of the instances' names, without the producer's",
          },
        },
      },
      response: { 200: reply },
    },
    handler: (request) => {
      const { name } = base.access.require(request, 'events:write');
      return { instances: intake.counters(name, request.query.instance) };
    },
  });
}
