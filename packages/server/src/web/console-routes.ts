import { DaybookError, EVENT_SCHEMA_PATH, PROTOBUF_FILE_PATH } from '@daybook/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import path from 'node:path';
import { type ConsoleFiles, readConsole, sendFile } from './console-files.ts';
import { wantsPage } from '../base/http.ts';
import { mountEmbed } from './embed-routes.ts';
import { PAGE_POLICY } from './page-policy.ts';
import type { Stages } from './stages.ts';

/** Built by scripts/build-console.mjs, shipped with this package. From `src/web` as from `dist/web` the same folder. */
const CONSOLE_DIR = path.resolve(import.meta.dirname, '..', '..', 'console');

/** The console's own addresses. `/sql` belongs to the clients of ClickHouse, so the page for SQL is `/query`. */
const PAGES = [
  '/search',
  '/person',
  '/resource',
  '/address',
  '/live',
  '/query',
  '/coverage',
  '/quarantine',
  '/evidence',
  '/integrity',
  '/sign-in',
  '/settings',
  '/settings/:page',
];

const PAGE_HEADERS = {
  'content-security-policy': PAGE_POLICY,
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

const TEXT = { schema: { type: 'string' } } as const;

/** Its name changes with its content. */
const IMMUTABLE = 'public, max-age=31536000, immutable';

/** The console at `/`, for browsers; programs that ask there are told what this is. */
export async function mountConsole({ base }: Stages): Promise<void> {
  const files = await readConsole(base.files, CONSOLE_DIR);
  if (files === undefined)
    base.log.warn({ dir: CONSOLE_DIR }, 'the console is not built (npm run build): pages are not served, everything else is');
  const page = pageHandler(files);
  // The page says itself that there is none such. Not stored: an address may be a page's in the next version.
  if (files !== undefined)
    base.routes.missingPage = (request, reply) =>
      sendFile(request, reply.headers(PAGE_HEADERS).header('cache-control', 'no-store'), files.page);
  mountEmbed(base, files);
  base.http.route({
    method: 'GET',
    url: '/',
    config: { permission: 'public' },
    schema: {
      summary: 'The console for browsers; for programs what this is',
      tags: ['status'],
      response: {
        200: {
          description: 'Name and addresses, or, where `Accept` names text/html, the page.',
          content: { 'application/json': { schema: { type: 'object' } }, 'text/html': TEXT },
        },
      },
    },
    handler: (request, reply) => (files !== undefined && wantsPage(request.headers) ? page(request, reply) : WELCOME),
  });
  for (const url of PAGES) {
    base.http.route({
      method: 'GET',
      url,
      config: { permission: 'public' },
      schema: {
        summary: 'A page of the console',
        tags: ['console'],
        response: { 200: { description: 'The page.', content: { 'text/html': TEXT } } },
      },
      handler: page,
    });
  }
  base.http.route<{ Params: { file: string } }>({
    method: 'GET',
    url: '/console/:file',
    config: { permission: 'public' },
    schema: {
      summary: 'A file of the console',
      tags: ['console'],
      params: { type: 'object', properties: { file: { type: 'string' } } },
      response: { 200: { description: 'The file.', content: { 'application/octet-stream': TEXT } } },
    },
    handler: (request, reply) => {
      // A look into a table, not a path: nothing outside of it can be named.
      const file = files?.assets.get(request.params.file);
      if (file === undefined) throw new DaybookError('not_found');
      return sendFile(request, reply.header('cache-control', IMMUTABLE).header('cross-origin-resource-policy', 'same-origin'), file);
    },
  });
}

function pageHandler(files: ConsoleFiles | undefined) {
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (files === undefined) throw new DaybookError('not_found');
    return sendFile(request, reply.headers(PAGE_HEADERS).header('cache-control', 'no-cache'), files.page);
  };
}

const WELCOME = {
  name: 'Daybook',
  what: 'A record of who accessed what, when, from where, how, and with what result, that nobody can quietly change.',
  send_events: 'POST /v1/events',
  query: 'POST /sql',
  look_up: 'GET /v1/events',
  follow: 'GET /v1/tail',
  check: 'GET /logs',
  openapi: '/openapi.json',
  schemas: [EVENT_SCHEMA_PATH, PROTOBUF_FILE_PATH],
};
