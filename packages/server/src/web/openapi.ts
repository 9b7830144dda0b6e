import { ERRORS, eventSchema } from '@daybook/protocol';
import { isRecord } from '../base/json.ts';
import type { Route } from '../base/route-table.ts';

type Json = Readonly<Record<string, unknown>>;

const record = (value: unknown): Json => (isRecord(value) ? value : {});

const VERSION = '1';
const PROBLEM = { $ref: '#/components/schemas/Problem' };
const SECURITY = [{ bearer: [] }, { basic: [] }, { clickhouseKey: [] }, { session: [] }];

/** The OpenAPI 3.1 document of the routes that are mounted: made from the schemas by which requests are checked. */
export function openApiOf(routes: readonly Route[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    // OpenAPI has no operation for a HEAD that merely repeats the GET.
    if (route.method === 'HEAD') continue;
    const path = pathOf(route.path);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Daybook', version: VERSION, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths,
    components: {
      securitySchemes: securitySchemes(),
      schemas: { Event: eventSchema('#/components/schemas/Event'), Problem: problemSchema() },
    },
  };
}

/** `/logs/:log/tile/*` → `/logs/{log}/tile/{path}`. */
function pathOf(path: string): string {
  return path.replaceAll(/:([A-Za-z_]+)/g, '{$1}').replace(/\*$/, '{path}');
}

function operationOf(route: Route): Json {
  const { schema, openapi } = route;
  const pick = (key: string) => (schema[key] === undefined ? {} : { [key]: schema[key] });
  const body =
    schema['body'] === undefined ? {} : { requestBody: { required: true, content: { 'application/json': { schema: schema['body'] } } } };
  const parameters = [...pathParameters(route), ...queryParameters(schema['querystring'])];
  return {
    operationId: operationId(route),
    ...pick('summary'),
    ...pick('description'),
    ...pick('tags'),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...body,
    security: route.permission === 'public' ? [] : SECURITY,
    'x-permission': route.permission,
    ...(route.scoped ? { 'x-scoped': true } : {}),
    ...openapi,
    responses: { ...responsesOf(route), ...record(record(openapi)['responses']) },
  };
}

function operationId({ method, path }: Route): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  return [method.toLowerCase(), ...(words.length === 0 ? ['root'] : words)].join('_');
}

function pathParameters({ path, schema }: Route): Json[] {
  const known = record(record(schema['params'])['properties']);
  const names = [...path.matchAll(/:([A-Za-z_]+)|\*$/g)].map((match) => match[1] ?? '*');
  return names.map((name) =>
    parameter(name === '*' ? 'path' : name, 'path', known[name] === undefined ? { type: 'string' } : record(known[name]), true),
  );
}

function queryParameters(querystring: unknown): Json[] {
  const { properties, required } = record(querystring);
  const must: readonly unknown[] = Array.isArray(required) ? required : [];
  return Object.entries(record(properties)).map(([name, schema]) => parameter(name, 'query', record(schema), must.includes(name)));
}

function parameter(name: string, where: 'path' | 'query', { description, ...schema }: Json, required: boolean): Json {
  return { name, in: where, required, ...(description === undefined ? {} : { description }), schema };
}

function responsesOf({ schema }: Route): Json {
  const given = Object.entries(record(schema['response'])).map(([status, response]) => {
    const { description = 'The answer.', content, ...body } = record(response);
    return [status, { description, content: content ?? { 'application/json': { schema: body } } }] as const;
  });
  const problem = { description: 'A problem, with its code.', content: { 'application/problem+json': { schema: PROBLEM } } };
  return { ...Object.fromEntries(given), default: problem };
}

function securitySchemes(): Json {
  return {
    bearer: { type: 'http', scheme: 'bearer' },
    basic: { type: 'http', scheme: 'basic', description: 'Any user name; the token is the password.' },
    session: {
      type: 'apiKey',
      in: 'cookie',
      name: 'daybook',
      description: 'A session of POST /v1/session; over TLS the name is `__Host-daybook`. Changes need `x-csrf-token`.',
    },
    clickhouseKey: { type: 'apiKey', in: 'header', name: 'X-ClickHouse-Key' },
  };
}

function problemSchema(): Json {
  const string = { type: 'string' };
  return {
    type: 'object',
    required: ['type', 'title', 'status', 'detail', 'code', 'advice'],
    properties: {
      type: string,
      title: string,
      status: { type: 'integer' },
      detail: string,
      code: { enum: Object.keys(ERRORS) },
      advice: string,
      field: string,
    },
  };
}
