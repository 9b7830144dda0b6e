import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Demand } from './policy.ts';

export interface Route {
  readonly method: string;
  /** As registered: `/v1/events/:log/:idx`. */
  readonly path: string;
  readonly permission: Demand | 'public';
  /** Whether it shows those who read within a scope their part only; else they are refused. */
  readonly scoped: boolean;
  readonly schema: Readonly<Record<string, unknown>>;
  /** Merged into the OpenAPI operation. */
  readonly openapi: Readonly<Record<string, unknown>>;
}

/** All routes of the server in the order of their registration. */
export interface RouteTable {
  all(): readonly Route[];
  /** Methods that the path of a request would take: what a 405 names. */
  methodsOf(path: string): string[];
  /** What people see at an address that nothing is mounted at; set by the stage that has pages. Programs get a problem. */
  missingPage: ((request: FastifyRequest, reply: FastifyReply) => FastifyReply) | undefined;
}

export function routeTable(): RouteTable & { add(route: Route): void } {
  const routes: Route[] = [];
  return {
    add: (route) => void routes.push(route),
    all: () => routes,
    missingPage: undefined,
    methodsOf: (path) => [...new Set(routes.filter((r) => patternOf(r.path).test(path)).map((r) => r.method))],
  };
}

function patternOf(path: string): RegExp {
  const body = path
    .split('/')
    .map((part) => (part === '*' ? '.*' : part.startsWith(':') ? '[^/]+' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')))
    .join('/');
  return new RegExp(`^${body}$`);
}
