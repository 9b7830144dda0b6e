import { hash } from 'node:crypto';
import { DaybookError } from '@daybook/protocol';
import { IDX_PARAMETER, idxOf, LOG_PARAMETER } from './log-parameter.ts';
import { entryWithin, scopeOf } from './entry-within.ts';
import type { Stages } from './stages.ts';

const PARAMS = { type: 'object', properties: { log: LOG_PARAMETER, idx: IDX_PARAMETER } } as const;
const TEXT = { 'text/plain': { schema: { type: 'string' } } };

/** Single events, their proofs, and the blobs of fields too long for an entry. */
export function mountEvents(stages: Stages): void {
  mountEvent(stages);
  mountProof(stages);
  mountBlob(stages);
}

function mountEvent({ base, ledger, reads }: Stages): void {
  base.http.route<{ Params: { log: string; idx: string } }>({
    method: 'GET',
    url: '/v1/events/:log/:idx',
    config: { permission: 'events:read', scoped: true },
    schema: {
      summary: 'One event as the ledger holds it',
      description:
        'The read is itself recorded, durably, before the answer. `entry` is byte for byte the leaf: its hash is `leaf_hash`. Who has masks gets it without the masked fields, its nonce and its original line, so that nothing of them can be guessed from the hash.',
      tags: ['events'],
      params: PARAMS,
      response: {
        200: {
          description: 'The entry.',
          type: 'object',
          required: ['log', 'idx', 'leaf_hash', 'entry'],
          properties: {
            log: { type: 'string' },
            idx: { type: 'integer' },
            leaf_hash: { type: 'string', description: 'Base64 of SHA-256(0x00 ‖ entry).' },
            entry: { type: 'object', description: 'The entry, profile daybook-entry/1.' },
          },
        },
      },
    },
    handler: async (request, reply) => {
      const { log } = request.params;
      const idx = idxOf(ledger, log, request.params.idx);
      const entry = await ledger.entry(log, idx);
      const seen = entryWithin(scopeOf(request), entry);
      await reads.record(request, { eventType: 'event.view', action: 'read', resource: `${log}/${idx}`, resourceType: 'entry' });
      // The entry goes out as stored: parsed and written again it would be other bytes with another hash.
      const head = JSON.stringify({ log, idx, leaf_hash: leafHash(entry) }).slice(0, -1);
      return reply.type('application/json; charset=utf-8').send(`${head},"entry":${seen}}`);
    },
  });
}

/** RFC 6962. */
function leafHash(entry: Buffer): string {
  return hash('sha256', Buffer.concat([Buffer.of(0), entry]), 'base64');
}

/** A proof holds hashes and a checkpoint, no content: reading one is not reading an event, and is not recorded. */
function mountProof({ base, ledger }: Stages): void {
  base.http.route<{ Params: { log: string; idx: string } }>({
    method: 'GET',
    url: '/v1/events/:log/:idx/proof',
    config: { permission: 'events:read', scoped: true },
    schema: {
      summary: 'Proof that the entry is in the log (C2SP tlog-proof)',
      tags: ['proof'],
      params: PARAMS,
      response: { 200: { description: 'Index, inclusion path and checkpoint.', content: TEXT } },
    },
    handler: async (request, reply) => {
      const { log } = request.params;
      const idx = idxOf(ledger, log, request.params.idx);
      const scope = scopeOf(request);
      // Hashes tell nothing of an entry, but whose proofs one asks for is bounded like all else.
      if (scope !== null) entryWithin(scope, await ledger.entry(log, idx));
      // The newest entries may be younger than the last checkpoint: the next one is at most a second away.
      await ledger.committed(log, idx + 1, base.stopping);
      return reply.type('text/plain; charset=utf-8').send(await ledger.proof(log, idx));
    },
  });
}

function mountBlob({ base, ledger, reads }: Stages): void {
  base.http.route<{ Params: { name: string } }>({
    method: 'GET',
    url: '/v1/blobs/:name',
    config: { permission: 'entries:read' },
    schema: {
      summary: 'The whole of a field that was too long for its entry',
      description: 'The first 32 bytes are the nonce; the name is the SHA-256 of nonce and content. Recorded like the view of an event.',
      tags: ['events'],
      params: { type: 'object', properties: { name: { type: 'string', pattern: '^[0-9a-f]{64}$' } } },
      response: {
        200: { description: 'The bytes.', content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } },
      },
    },
    handler: async (request, reply) => {
      const { name } = request.params;
      const blob = await ledger.getBlob(name);
      if (blob === undefined) throw new DaybookError('not_found', 'There is no such blob.', { field: 'name' });
      await reads.record(request, { eventType: 'blob.view', action: 'read', resource: `blob/${name}`, resourceType: 'blob' });
      return reply.type('application/octet-stream').send(blob);
    },
  });
}
