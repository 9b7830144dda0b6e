import type { Client } from './client.ts';
import { type ExpressRequest, expressAudit } from './express.ts';
import { fastifyAudit, type FastifyLikeRequest } from './fastify.ts';
import type { HttpAuditOptions } from './http/options.ts';
import { isObject } from './objects.ts';

export type { TrustProxy } from './http/addresses.ts';
export type { HttpAuditOptions } from './http/options.ts';

/** What a Nest application is, as far as it is needed here. */
export interface NestLike {
  use(middleware: unknown): unknown;
  getHttpAdapter(): { getType(): string; getInstance(): unknown };
}

/**
 * `await nestAudit(app, client)` between `NestFactory.create` and `app.listen`. Sits below guards, pipes, interceptors and filters, so that what they
 * refuse is recorded too. On Express and on Fastify.
 */
export async function nestAudit(
  app: NestLike,
  client: Client,
  options: HttpAuditOptions<ExpressRequest & FastifyLikeRequest> = {},
): Promise<void> {
  const adapter = app.getHttpAdapter();
  if (adapter.getType() === 'express') {
    app.use(expressAudit(client, options));
    return;
  }
  const instance = adapter.getInstance();
  if (!canRegister(instance)) throw new TypeError(`nestAudit knows Express and Fastify, not ${adapter.getType()}`);
  await instance.register(fastifyAudit(client, options));
}

function canRegister(instance: unknown): instance is { register(plugin: unknown): PromiseLike<unknown> } {
  return isObject(instance) && typeof instance['register'] === 'function';
}
