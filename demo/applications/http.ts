import { once } from 'node:events';
import type { IncomingHttpHeaders, Server } from 'node:http';
import { isObject } from '../daybook/client.ts';
import type { Input } from './deeds.ts';

/** What a body brings: its members that are texts. */
export function inputOf(body: unknown): Input {
  if (!isObject(body)) return {};
  return Object.fromEntries(Object.entries(body).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])));
}

/** The country that the proxy at the company's edge adds, as such proxies do. */
export function countryOf(headers: IncomingHttpHeaders): { readonly country_code: string | undefined } {
  const country = headers['x-country'];
  return { country_code: typeof country === 'string' ? country : undefined };
}

export async function listening(server: Server): Promise<Server> {
  if (!server.listening) await once(server, 'listening');
  return server;
}

export function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  return `http://127.0.0.1:${address.port}`;
}

export async function closed(server: Server): Promise<void> {
  const done = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await done;
}
