import { EVENT_SCHEMA_PATH, intakeReplySchema, PROTOBUF_FILE_PATH } from '@daybook/protocol';

/** The whole of it stands among the components of the document. */
const EVENT = { $ref: '#/components/schemas/Event' };

/** What /openapi.json says of POST /v1/events beside its address: the body is read raw, so no validating schema says it. */
export const EVENTS_OPERATION = {
  description: [
    'Takes events and answers when they are durable; `wait=committed` waits for the signed checkpoint. Accepted items are kept whatever becomes of',
    'their neighbours. Gzip by `content-encoding`. At most 16 MiB unpacked and 10,000 items.',
    `An event as JSON Schema: \`${EVENT_SCHEMA_PATH}\`; a batch as Protocol Buffers: \`${PROTOBUF_FILE_PATH}\`.`,
  ].join(' '),
  parameters: [{ name: 'wait', in: 'query', schema: { type: 'string', enum: ['durable', 'committed'], default: 'durable' } }],
  requestBody: {
    required: true,
    content: {
      'application/json': { schema: { oneOf: [EVENT, { type: 'array', items: EVENT }] } },
      'application/x-protobuf': {
        schema: { type: 'string', contentMediaType: 'application/x-protobuf', description: 'A daybook.v1.EventBatch, in bytes.' },
      },
      'application/x-ndjson': { schema: { type: 'string', description: 'One event per line.' } },
    },
  },
  responses: {
    200: { description: 'Every item is kept, or was before.', content: { 'application/json': { schema: intakeReplySchema } } },
    207: { description: 'Some items are kept, some rejected.', content: { 'application/json': { schema: intakeReplySchema } } },
    400: { description: 'No item is kept.', content: { 'application/json': { schema: intakeReplySchema } } },
  },
} as const;
