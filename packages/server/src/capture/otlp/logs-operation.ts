const REPLY = {
  type: 'object',
  properties: {
    partialSuccess: {
      type: 'object',
      properties: { rejectedLogRecords: { type: 'string' }, errorMessage: { type: 'string' } },
      description: 'Absent when every record is kept.',
    },
  },
} as const;
const BYTES = { type: 'string', contentMediaType: 'application/x-protobuf' } as const;

/** What /openapi.json says of POST /v1/logs beside its address. */
export const LOGS_OPERATION = {
  description: [
    "OpenTelemetry's OTLP/HTTP for logs: an ExportLogsServiceRequest as Protocol Buffers or JSON, gzip by content-encoding; answered when it is durable.",
    "A record's source is its `service.name` where the token owns it, else the token's own.",
  ].join(' '),
  requestBody: {
    required: true,
    content: { 'application/x-protobuf': { schema: BYTES }, 'application/json': { schema: { type: 'object' } } },
  },
  responses: {
    200: {
      description: 'ExportLogsServiceResponse. Records that were rejected are counted in partialSuccess, and lie in quarantine.',
      content: { 'application/json': { schema: REPLY }, 'application/x-protobuf': { schema: BYTES } },
    },
  },
} as const;
