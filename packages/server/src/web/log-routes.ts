import { DaybookError } from '@daybook/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LogId } from '../ledger/index.ts';
import { LOG_PARAMETER, logOf } from './log-parameter.ts';
import type { Stages } from './stages.ts';
import { parseTilePath, type TilePath } from './tile-path.ts';

/** A tile never changes: any cache may keep it for good. */
const IMMUTABLE = 'public, max-age=31536000, immutable';
const TILE_SCHEMA = {
  tags: ['proof'],
  params: {
    type: 'object',
    properties: { log: LOG_PARAMETER, '*': { type: 'string', description: '`<L>/<N>[.p/<W>]`, N in groups like `x001/234`.' } },
  },
  response: {
    200: { description: 'The bytes.', content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } },
  },
} as const;

/** The logs as C2SP tlog-tiles. Checkpoints and hash tiles reveal counts only and take no token; entry bundles hold events and do. */
export function mountLogs(stages: Stages): void {
  const { base, ledger } = stages;
  base.http.route({
    method: 'GET',
    url: '/logs',
    config: { permission: 'public' },
    schema: {
      summary: 'The logs of this server',
      tags: ['proof'],
      response: {
        200: { description: 'One object per log.', type: 'object', properties: { logs: { type: 'array', items: { type: 'object' } } } },
      },
    },
    handler: () => ({ logs: ledger.logs.map((log) => describeLog(stages, log)) }),
  });
  base.http.route<{ Params: { log: string } }>({
    method: 'GET',
    url: '/logs/:log/checkpoint',
    config: { permission: 'public' },
    schema: {
      summary: 'Newest signed checkpoint of a log (C2SP tlog-checkpoint)',
      tags: ['proof'],
      params: { type: 'object', properties: { log: LOG_PARAMETER } },
      response: { 200: { description: 'A signed note.', content: { 'text/plain': { schema: { type: 'string' } } } } },
    },
    handler: (request, reply) => {
      logOf(ledger, request.params.log);
      return reply.type('text/plain; charset=utf-8').header('cache-control', 'no-cache').send(ledger.checkpoint(request.params.log));
    },
  });
  base.http.route<{ Params: { log: string; '*': string } }>({
    method: 'GET',
    url: '/logs/:log/tile/*',
    config: { permission: 'public' },
    schema: { summary: 'A tile of hashes (C2SP tlog-tiles)', ...TILE_SCHEMA },
    handler: async (request, reply) => {
      const tile = parseTilePath(request.params['*']);
      if (tile === undefined || tile.level === 'entries') throw noTile();
      return reply
        .header('cache-control', IMMUTABLE)
        .type('application/octet-stream')
        .send(await tileBytes(stages, request.params.log, tile));
    },
  });
  base.http.route<{ Params: { log: string; '*': string } }>({
    method: 'GET',
    url: '/logs/:log/tile/entries/*',
    config: { permission: 'entries:read' },
    schema: { summary: 'A bundle of entries (C2SP tlog-tiles); recorded, folded per reader and log', ...TILE_SCHEMA },
    handler: async (request, reply) => sendBundle(stages, request, reply),
  });
}

function describeLog({ ledger }: Stages, log: LogId) {
  const state = ledger.state(log);
  return {
    log,
    origin: state.origin,
    size: state.size,
    signed_size: state.signedSize,
    first_idx: state.firstIdx,
    checkpoint: `/logs/${log}/checkpoint`,
    verifier_key: ledger.verifierKeys().find((key) => key.startsWith(`${state.origin}+`)) ?? null,
  };
}

async function tileBytes({ ledger }: Stages, log: LogId, tile: TilePath): Promise<Buffer> {
  logOf(ledger, log);
  const bytes = await ledger.tile(log, tile.level, tile.n, tile.width);
  if (bytes === undefined) throw noTile();
  return bytes;
}

async function sendBundle(
  stages: Stages,
  request: FastifyRequest<{ Params: { log: string; '*': string } }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { log } = request.params;
  const tile = parseTilePath(`entries/${request.params['*']}`);
  if (tile === undefined) throw noTile();
  const bytes = await tileBytes(stages, log, tile);
  await stages.reads.fold(request, {
    eventType: 'bundle.read',
    action: 'export',
    resource: log,
    resourceType: 'log',
    n: tile.n,
    bytes: bytes.length,
  });
  return reply.type('application/octet-stream').send(bytes);
}

function noTile(): DaybookError {
  return new DaybookError('not_found', 'There is no such tile under the newest checkpoint.');
}
