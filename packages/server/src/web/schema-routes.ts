import { EVENT_SCHEMA_PATH, eventSchemaDocument, PROTOBUF_FILE_PATH, protobufFile } from '@daybook/protocol';
import type { Stages } from './stages.ts';

/** What an event is, for the tools of senders: asked without a token, for it is the same on every server of this version. */
export function mountSchemas({ base }: Pick<Stages, 'base'>): void {
  const schema = JSON.stringify(eventSchemaDocument());
  base.http.route({
    method: 'GET',
    url: EVENT_SCHEMA_PATH,
    config: { permission: 'public' },
    schema: {
      summary: 'The event as JSON Schema (2020-12), aliases included',
      tags: ['events'],
      response: {
        200: { description: 'The schema.', content: { 'application/schema+json': { schema: { type: ['object', 'boolean'] } } } },
      },
    },
    handler: (_request, reply) => reply.type('application/schema+json; charset=utf-8').send(schema),
  });
  const file = protobufFile();
  base.http.route({
    method: 'GET',
    url: PROTOBUF_FILE_PATH,
    config: { permission: 'public' },
    schema: {
      summary: 'A batch of events as Protocol Buffers (proto3)',
      tags: ['events'],
      response: { 200: { description: 'The file for protoc.', content: { 'text/plain': { schema: { type: 'string' } } } } },
    },
    handler: (_request, reply) => reply.type('text/plain; charset=utf-8').send(file),
  });
}
