import type { DaybookEvent } from '@daybook/sdk';
import { CUSTOMERS_KNOWN, tenantOf } from '../people/customers.ts';
import { STATEMENTS, type Sql } from './statements.ts';

export const APPLICATIONS = ['shop', 'backoffice', 'api', 'doors', 'nightly'] as const;
export type Application = (typeof APPLICATIONS)[number];

/** What a request brings besides its path. */
export type Input = Readonly<Record<string, string>>;

/**
 * One thing that people can do with an application. The applications serve it by this table, and the history tells it by this table, so that both say
 * the same of the same deed.
 */
export interface Deed {
  readonly application: Application;
  readonly method: string;
  /** The route's pattern; of the nightly job, which has none, the name of the task. */
  readonly route: string;
  readonly status: number;
  /** Roles of which one is needed. */
  readonly needs?: readonly string[];
  /** Whether everybody may, without having logged in. */
  readonly isOpen?: boolean;
  /** What the handler says about the request. */
  about(id: string, input: Input): DaybookEvent;
  readonly sql: readonly Sql[];
  /** Bytes of the answer, about. */
  readonly bytes: number;
  /** Milliseconds that it takes, about. */
  readonly ms: number;
}

type Rest = Partial<Pick<Deed, 'status' | 'needs' | 'isOpen' | 'about' | 'sql' | 'bytes' | 'ms'>>;

function deed(application: Application, request: string, rest: Rest): Deed {
  const [method = '', route = ''] = request.split(' ');
  return { application, method, route, status: 200, about: () => ({}), sql: [], bytes: 900, ms: 14, ...rest };
}

const authentication = (event_type: 'login' | 'logout', resource: string): DaybookEvent => ({
  event_type,
  action: event_type,
  category: 'authentication',
  resource,
});
const data = (action: DaybookEvent['action'], type: string, id: string): DaybookEvent => ({
  action,
  category: 'data',
  resource: id === '' ? `${type}s` : `${type}s/${id}`,
  resource_type: type,
});
const customer = (action: DaybookEvent['action'], id: string): DaybookEvent => ({
  ...data(action, 'customer', id),
  resource_sensitivity: 'personal',
  tenant_id: tenantOf(Number(id)),
});
const account = (event_type: string, action: DaybookEvent['action'], id: string): DaybookEvent => ({
  event_type,
  action,
  category: 'iam',
  target_user_id: id,
});

const DESK = ['support', 'lead', 'sales', 'admin'];

export const DEEDS = {
  // ---- the shop: what customers do
  'shop.login': deed('shop', 'POST /login', {
    isOpen: true,
    about: (_id, { user }) => ({ ...authentication('login', 'shop'), user_id: user, auth_method: 'password', mfa: false }),
  }),
  'shop.logout': deed('shop', 'POST /logout', { status: 204, about: () => authentication('logout', 'shop'), bytes: 120 }),
  'product.list': deed('shop', 'GET /products', {
    isOpen: true,
    about: () => ({ action: 'list' }),
    sql: [STATEMENTS.products],
    bytes: 8200,
  }),
  'product.read': deed('shop', 'GET /products/:id', {
    isOpen: true,
    about: (id) => ({ resource: `products/${id}`, resource_type: 'product' }),
    bytes: 2600,
  }),
  'basket.add': deed('shop', 'POST /basket', { status: 201 }),
  'order.create': deed('shop', 'POST /orders', {
    status: 201,
    about: () => data('create', 'order', ''),
    sql: [STATEMENTS.newOrder],
    ms: 45,
  }),
  'order.mine': deed('shop', 'GET /orders/:id', { about: (id) => data('read', 'order', id), sql: [STATEMENTS.order] }),
  'account.read': deed('shop', 'GET /customers/:id', { about: (id) => customer('read', id), sql: [STATEMENTS.customer] }),
  'account.update': deed('shop', 'PUT /customers/:id', { about: (id) => customer('update', id), sql: [STATEMENTS.changeCustomer] }),
  // No route takes it: the middleware has the path alone.
  'page.probe': deed('shop', 'GET /wp-login.php', {
    isOpen: true,
    status: 404,
    about: () => ({ event_type: 'GET', attributes: undefined }),
    bytes: 150,
    ms: 2,
  }),

  // ---- the admin tool: what employees do
  'backoffice.login': deed('backoffice', 'POST /login', {
    isOpen: true,
    about: (_id, { user, code }) => ({
      ...authentication('login', 'backoffice'),
      user_id: user,
      auth_method: 'password',
      mfa: code !== undefined,
    }),
  }),
  'backoffice.logout': deed('backoffice', 'POST /logout', { status: 204, about: () => authentication('logout', 'backoffice'), bytes: 120 }),
  'customer.search': deed('backoffice', 'GET /customers', {
    needs: DESK,
    about: () => ({ ...data('query', 'customer', ''), resource_sensitivity: 'personal' }),
    sql: [STATEMENTS.findCustomers],
    bytes: 5400,
    ms: 38,
  }),
  'customer.read': deed('backoffice', 'GET /customers/:id', {
    needs: DESK,
    about: (id) => customer('read', id),
    sql: [STATEMENTS.customer],
    bytes: 2300,
  }),
  'customer.update': deed('backoffice', 'PATCH /customers/:id', {
    needs: DESK,
    about: (id) => customer('update', id),
    sql: [STATEMENTS.changeCustomer, STATEMENTS.trail],
    ms: 31,
  }),
  'customer.export': deed('backoffice', 'GET /exports/customers', {
    needs: ['analyst', 'admin'],
    about: () => ({ ...data('export', 'customer', ''), resource_sensitivity: 'personal', row_count: CUSTOMERS_KNOWN }),
    sql: [STATEMENTS.allCustomers],
    bytes: 410_000,
    ms: 900,
  }),
  'order.read': deed('backoffice', 'GET /orders/:id', { about: (id) => data('read', 'order', id), sql: [STATEMENTS.order] }),
  'order.ship': deed('backoffice', 'POST /orders/:id/shipment', {
    needs: ['warehouse', 'admin'],
    status: 201,
    about: (id) => data('update', 'order', id),
    sql: [STATEMENTS.shipOrder],
  }),
  'order.refund': deed('backoffice', 'POST /orders/:id/refund', {
    needs: ['support', 'finance', 'admin'],
    status: 201,
    about: (id) => ({ ...data('update', 'order', id), event_type: 'order.refund' }),
    sql: [STATEMENTS.refundOrder, STATEMENTS.trail],
    ms: 60,
  }),
  'report.read': deed('backoffice', 'GET /reports/:id', {
    needs: ['lead', 'sales', 'analyst', 'finance', 'admin'],
    about: (id) => data('read', 'report', id),
    sql: [STATEMENTS.report],
    bytes: 21_000,
    ms: 240,
  }),
  'console.run': deed('backoffice', 'POST /console', {
    needs: ['analyst', 'admin'],
    about: () => ({ event_type: 'console.run', action: 'execute', category: 'data', resource: 'database/company' }),
    sql: [STATEMENTS.typed],
    ms: 120,
  }),
  'role.grant': deed('backoffice', 'POST /users/:id/roles', {
    needs: ['lead', 'admin'],
    about: (id, { role = '' }) => ({ ...account('role.grant', 'grant', id), resource: `role/${role}`, changes: { granted: [role] } }),
    sql: [STATEMENTS.trail],
  }),
  'role.revoke': deed('backoffice', 'DELETE /users/:id/roles', {
    needs: ['admin'],
    about: (id, { role = '' }) => ({ ...account('role.revoke', 'revoke', id), resource: `role/${role}` }),
    sql: [STATEMENTS.trail],
  }),
  'user.disable': deed('backoffice', 'POST /users/:id/disabled', {
    needs: ['admin'],
    about: (id) => ({ ...account('user.disable', 'update', id), resource: `users/${id}` }),
    sql: [STATEMENTS.trail],
  }),
  'key.create': deed('backoffice', 'POST /keys/:id', {
    needs: ['admin'],
    status: 201,
    about: (id) => ({ event_type: 'key.create', action: 'create', category: 'iam', resource: `keys/${id}` }),
    sql: [STATEMENTS.trail],
  }),
  'key.revoke': deed('backoffice', 'DELETE /keys/:id', {
    needs: ['admin'],
    about: (id) => ({ event_type: 'key.revoke', action: 'revoke', category: 'iam', resource: `keys/${id}` }),
    sql: [STATEMENTS.trail],
  }),
  'setting.update': deed('backoffice', 'PUT /settings/:id', {
    needs: ['ops', 'admin'],
    about: (id, { value = '' }) => ({
      event_type: 'setting.update',
      action: 'configure',
      category: 'config',
      resource: `settings/${id}`,
      changes: { after: value },
    }),
    sql: [STATEMENTS.trail],
  }),
  'deployment.create': deed('backoffice', 'POST /deployments/:id', {
    needs: ['ops'],
    status: 202,
    about: (id) => ({ event_type: 'deployment', action: 'deploy', category: 'config', resource: `deployments/${id}` }),
    ms: 700,
  }),

  // ---- the interface for partners' machines, by key
  'stock.read': deed('api', 'GET /v1/stock', { needs: ['partner'], about: () => ({ action: 'list', category: 'api' }), bytes: 6100 }),
  'partner.order': deed('api', 'GET /v1/orders/:id', {
    needs: ['partner'],
    about: (id) => ({ ...data('read', 'order', id), category: 'api' }),
    sql: [STATEMENTS.order],
  }),
  'partner.buy': deed('api', 'POST /v1/orders', {
    needs: ['partner'],
    status: 201,
    about: () => ({ ...data('create', 'order', ''), category: 'api' }),
    sql: [STATEMENTS.newOrder],
  }),

  // ---- the doors of the offices: readers of badges ask whether to open
  'door.open': deed('doors', 'POST /badges', {
    isOpen: true,
    about: (_id, { user, door = '', office = '' }) => ({
      event_type: 'door.open',
      action: 'access',
      category: 'session',
      user_id: user,
      auth_method: 'badge',
      resource: `doors/${office}-${door}`,
      resource_type: 'door',
      location: `${office}, ${door}`,
    }),
    bytes: 60,
    ms: 3,
  }),

  // ---- the nightly job
  'night.backup': deed('nightly', 'JOB backup.run', {
    about: () => ({ action: 'export', category: 'data', resource: 'backups/company' }),
    sql: [STATEMENTS.allCustomers, STATEMENTS.allOrders],
    ms: 42_000,
  }),
  'night.invoices': deed('nightly', 'JOB invoices.send', {
    about: () => ({ action: 'execute', category: 'data', resource: 'invoices' }),
    sql: [STATEMENTS.unpaid],
    ms: 9000,
  }),
  'night.report': deed('nightly', 'JOB report.build', {
    about: (id) => ({ ...data('create', 'report', id), category: 'data' }),
    sql: [STATEMENTS.report],
    ms: 15_000,
  }),
} as const satisfies Readonly<Record<string, Deed>>;

export type DeedName = keyof typeof DEEDS;

export const deedOf = (name: DeedName): Deed => DEEDS[name];

const isDeedName = (name: string): name is DeedName => name in DEEDS;

export function deedsOf(application: Application): (readonly [DeedName, Deed])[] {
  return Object.keys(DEEDS)
    .filter(isDeedName)
    .map((name) => [name, deedOf(name)] as const)
    .filter(([, deed]) => deed.application === application);
}

/** One of something for each application. */
export function forEach<T>(make: (application: Application) => T): Record<Application, T> {
  return { shop: make('shop'), backoffice: make('backoffice'), api: make('api'), doors: make('doors'), nightly: make('nightly') };
}
