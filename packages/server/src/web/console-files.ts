import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import path from 'node:path';
import type { Files } from '../base/files.ts';

export interface ConsoleFile {
  readonly type: string;
  readonly bytes: Buffer;
  readonly etag: string;
  readonly brotli: Buffer | undefined;
  readonly gzip: Buffer | undefined;
}

export interface ConsoleFiles {
  readonly page: ConsoleFile;
  /** By name: `main-3F2A.js`. */
  readonly assets: ReadonlyMap<string, ConsoleFile>;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

/** All of the console is half a megabyte: it is read once and served from memory. Undefined when it was not built. */
export async function readConsole(files: Files, dir: string): Promise<ConsoleFiles | undefined> {
  const assets = new Map<string, ConsoleFile>();
  for (const name of await files.list(dir)) {
    const type = TYPES[path.extname(name)];
    const bytes = type === undefined ? undefined : await files.read(path.join(dir, name));
    if (type === undefined || bytes === undefined) continue;
    assets.set(name, {
      type,
      bytes,
      etag: `"${hash('sha256', bytes, 'base64url').slice(0, 22)}"`,
      brotli: await files.read(path.join(dir, `${name}.br`)),
      gzip: await files.read(path.join(dir, `${name}.gz`)),
    });
  }
  const page = assets.get('index.html');
  return page === undefined ? undefined : { page, assets };
}

/** As the browser likes it best, or that it has it already. */
export function sendFile(request: FastifyRequest, reply: FastifyReply, file: ConsoleFile): FastifyReply {
  void reply.type(file.type).header('vary', 'accept-encoding').header('etag', file.etag);
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
  const accepted = request.headers['accept-encoding'] ?? '';
  if (file.brotli !== undefined && /\bbr\b/.test(accepted)) return reply.header('content-encoding', 'br').send(file.brotli);
  if (file.gzip !== undefined && /\bgzip\b/.test(accepted)) return reply.header('content-encoding', 'gzip').send(file.gzip);
  return reply.send(file.bytes);
}
