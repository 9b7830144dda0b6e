import { intakeReplySchema } from '@daybook/protocol';

const EVENT = {
  type: 'object',
  description: 'An event: fields of the reference by their names or aliases; other keys are kept as attributes.',
};

/** What /openapi.json says of POST /v1/events beside its address: the body is read raw, so no validating schema says it. */
export const EVENTS_OPERATION = {
  description: [
    'Takes events and answers when they are durable; `wait=committed` waits for the signed checkpoint. Accepted items are kept whatever becomes of',
    'their neighbours. Gzip by `content-encoding`. At most 16 MiB unpacked and 10,000 items.',
  ].join(' '),
  parameters: [{ name: 'wait', in: 'query', schema: { type: 'string', enum: ['durable', 'committed'], default: 'durable' } }],
  requestBody: {
    required: true,
    content: {
      'application/json': { schema: { oneOf: [EVENT, { type: 'array', items: EVENT }] } },
      'application/x-ndjson': { schema: { type: 'string', description: 'One event per line.' } },
    },
  },
  responses: {
    200: { description: 'Every item is kept, or was before.', content: { 'application/json': { schema: intakeReplySchema } } },
    207: { description: 'Some items are kept, some rejected.', content: { 'application/json': { schema: intakeReplySchema } } },
    400: { description: 'No item is kept.', content: { 'application/json': { schema: intakeReplySchema } } },
  },
} as const;
