const REPLY = {
  type: 'object',
  required: ['rejected'],
  properties: {
    rejected: {
      type: 'array',
      description: 'Items that were understood and refused; they lie in quarantine, and sending them again would not help.',
      items: {
        type: 'object',
        properties: { item: { type: 'integer' }, code: { type: 'string' }, field: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
} as const;
const KEPT = { 200: { description: 'Durable.', content: { 'application/json': { schema: REPLY } } } } as const;

export const WEBHOOK_OPERATION = {
  description:
    'A delivery of a webhook that daybook.yaml names under capture.webhooks: proven by its signature over the body, or by a producer token where none is configured. A wrong signature is answered 401, and nothing is kept.',
  parameters: [{ name: 'name', in: 'path', required: true, schema: { type: 'string' } }],
  requestBody: { required: true, content: { 'application/json': { schema: {} } } },
  responses: KEPT,
} as const;

export const CLOUDEVENTS_OPERATION = {
  description:
    'CloudEvents 1.0 over HTTP: structured, batched, or binary. Answered when they are durable; one that comes again is known by its source and id.',
  requestBody: {
    required: true,
    content: {
      'application/cloudevents+json': { schema: { type: 'object' } },
      'application/cloudevents-batch+json': { schema: { type: 'array', items: { type: 'object' } } },
      'application/json': { schema: {} },
    },
  },
  responses: KEPT,
} as const;
