/**
 * Kinds of access: what a register of sources expects, and what coverage counts. Each is a filter as people type it, and each event has exactly one kind:
 * the filters exclude one another (a test holds it), so that the counts of a source add up and every count leads to the events behind it.
 */
export interface AccessKind {
  readonly name: string;
  readonly label: string;
  readonly doc: string;
  readonly filter: string;
}

const NOT_REFUSED = '-outcome:denied -category:(iam config)';

export const ACCESS_KINDS = [
  { name: 'login', label: 'Login', doc: 'Somebody signed in.', filter: 'action:login -outcome:(failure denied)' },
  { name: 'failed_login', label: 'Failed login', doc: 'A sign-in that failed or was refused.', filter: 'action:login outcome:(failure denied)' },
  { name: 'session', label: 'Session', doc: 'Connections, disconnections, sign-outs.', filter: `action:(logout connect disconnect) ${NOT_REFUSED}` },
  { name: 'read', label: 'Read', doc: 'Reads, lists, queries, exports, and accesses that say no more.', filter: `action:(read list query export access) ${NOT_REFUSED}` },
  { name: 'write', label: 'Write', doc: 'Creates, updates, deletes, shares.', filter: `action:(create update delete share) ${NOT_REFUSED}` },
  { name: 'execute', label: 'Command', doc: 'Commands and calls: sudo, functions, jobs.', filter: `action:execute ${NOT_REFUSED}` },
  { name: 'permission_change', label: 'Permission change', doc: 'Accounts, roles and rights (category iam).', filter: 'category:iam -outcome:denied -action:login' },
  { name: 'admin', label: 'Admin', doc: 'Configuration and deployments (category config).', filter: 'category:config -outcome:denied -action:login' },
  { name: 'denied', label: 'Denied', doc: 'What somebody tried and was refused, sign-ins apart.', filter: 'outcome:denied -action:login' },
  { name: 'other', label: 'Other', doc: 'Whatever else happened.', filter: `action:(grant revoke configure deploy other) ${NOT_REFUSED}` },
] as const satisfies readonly AccessKind[]; // biome-ignore format: a table, one row a line

export type AccessKindName = (typeof ACCESS_KINDS)[number]['name'];

export const ACCESS_KIND_NAMES: readonly AccessKindName[] = ACCESS_KINDS.map(({ name }) => name);

export function isAccessKind(name: string): name is AccessKindName {
  return ACCESS_KIND_NAMES.some((known) => known === name);
}
