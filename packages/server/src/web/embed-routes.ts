import { DaybookError } from '@daybook/protocol';
import type { Base } from '../base/types.ts';
import { type ConsoleFiles, sendFile } from './console-files.ts';
import { PAGE_POLICY } from './page-policy.ts';

const TEXT = { schema: { type: 'string' } } as const;

/**
 * The viewer for pages of others. Which pages may frame it is the operator's to say (`embed_origins`); what it shows is what a token shows that the page hands over by
 * postMessage: the viewer sends no cookie, and takes no token without a scope.
 */
export function mountEmbed({ http, config }: Base, files: ConsoleFiles | undefined): void {
  const policy = PAGE_POLICY.replace("frame-ancestors 'none'", `frame-ancestors ${config.embedOrigins.join(' ')}`);
  const fileOf = (name: string) => {
    const file = files?.assets.get(name);
    if (file === undefined || config.embedOrigins.length === 0)
      throw new DaybookError('not_found', 'Nobody may embed the viewer here: see the setting embed_origins.');
    return file;
  };
  http.route({
    method: 'GET',
    url: '/embed',
    config: { permission: 'public' },
    schema: {
      summary: 'The viewer that other pages may frame',
      tags: ['console'],
      response: { 200: { description: 'The page.', content: { 'text/html': TEXT } } },
    },
    handler: (request, reply) => {
      const file = fileOf('embed.html');
      return sendFile(
        request,
        reply.removeHeader('x-frame-options').header('content-security-policy', policy).header('cache-control', 'no-cache'),
        file,
      );
    },
  });
  http.route({
    method: 'GET',
    url: '/embed.js',
    config: { permission: 'public' },
    schema: {
      summary: 'The script that other pages load: it defines <daybook-trail>',
      tags: ['console'],
      response: { 200: { description: 'The script.', content: { 'text/javascript': TEXT } } },
    },
    handler: (request, reply) => {
      const file = fileOf('embed-host.js');
      return sendFile(request, reply.header('cross-origin-resource-policy', 'cross-origin').header('cache-control', 'no-cache'), file);
    },
  });
}
