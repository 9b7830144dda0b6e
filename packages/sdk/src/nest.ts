import type { Client } from './client.ts';
import { type ExpressRequest, expressAudit } from './express.ts';
import { fastifyAudit, type FastifyLikeRequest } from './fastify.ts';
import type { HttpAuditOptions } from './http/options.ts';
import { isFunction, membersOf, apply } from './objects.ts';

export type { TrustProxy } from './http/addresses.ts';
export type { HttpAuditOptions } from './http/options.ts';

// What a Nest application is, as far as it is needed here.
export interface NestLike {
  use(middleware: unknown): unknown;
  getHttpAdapter(): { getType(): string; getInstance(): unknown };
}

/** `await nestAudit(app, client)` between `NestFactory.create` and `app.listen`; on Express and on Fastify. */
// It sits below guards, pipes, interceptors and filters, so that what they refuse is recorded too.
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
  const { register } = membersOf(instance);
  if (!isFunction(register)) throw new TypeError(`nestAudit knows Express and Fastify, not ${adapter.getType()}`);
  await apply(register, instance, [fastifyAudit(client, options)]);
}
