/** Text that would do harm wherever it is taken for code, markup, a formula or a direction of writing. */
export const HOSTILE =
  '=cmd|"/c calc"!A1<img src=x onerror="window.harmed=1"><script>window.harmed=2</script>\'"`${window.harmed=3}\u202e\u0007';

const USERS = ['ann', 'ben', 'cleo', 'dora'];
const HOUR_MS = 3_600_000;

export interface TestEvents {
  readonly events: readonly Readonly<Record<string, unknown>>[];
  readonly denied: number;
  readonly failedLogins: number;
}

/** Six days of a small shop, and one event whose every text is hostile. */
export function testEvents(nowMs: number): TestEvents {
  const hours = Array.from({ length: 140 }, (_, i) => i);
  const reads = hours.flatMap((i) =>
    USERS.slice(0, 1 + (i % 4)).map((user) => ({
      ...common(nowMs, i, user),
      event_type: 'customer.read',
      action: 'read',
      resource: `/customers/${4700 + (i % 20)}`,
      resource_type: 'customer',
      resource_sensitivity: i % 10 === 0 ? 'personal' : '',
      outcome: i % 25 === 0 ? 'denied' : 'success',
      row_count: i,
    })),
  );
  const logins = hours
    .filter((i) => i % 7 === 0)
    .map((i) => ({
      ...common(nowMs, i, 'eve'),
      event_type: 'login',
      action: 'login',
      category: 'authentication',
      resource: 'shop',
      outcome: 'failure',
      reason: 'wrong password',
    }));
  const change = {
    ...common(nowMs, 2, 'ann'),
    event_type: 'customer.update',
    action: 'update',
    resource: '/customers/4711',
    outcome: 'success',
    changes: { before: { email: 'old@example.com', plan: 'free' }, after: { email: 'new@example.com', plan: 'free' } },
  };
  const all = [...reads, ...logins, change, hostileEvent(nowMs)];
  return { events: all, denied: all.filter(({ outcome }) => outcome === 'denied').length, failedLogins: logins.length };
}

function common(nowMs: number, hoursAgo: number, user: string) {
  return {
    timestamp: new Date(nowMs - (hoursAgo + 1) * HOUR_MS).toISOString(),
    user_id: user,
    source: 'shop',
    ip_address: `192.0.2.${10 + user.length}`,
    session_id: `s-${user}-${Math.floor(hoursAgo / 8)}`,
    host: 'web-1',
  };
}

const TEXTS = ['user_id', 'user_name', 'user_email', 'session_id', 'event_type', 'resource', 'resource_type', 'resource_id', 'resource_sensitivity', 'target_user_id', 'query_text', 'host', 'user_agent', 'method', 'protocol', 'request_id', 'trace_id', 'status_code', 'reason', 'purpose', 'ticket_id', 'city', 'location', 'environment', 'auth_method', 'agent_id', 'on_behalf_of', 'effective_user_id']; // biome-ignore format: a word list

function hostileEvent(nowMs: number) {
  return {
    ...common(nowMs, 1, 'eve'),
    ...Object.fromEntries(TEXTS.map((name) => [name, `${name} ${HOSTILE}`])),
    // A formula begins with its sign.
    user_id: HOSTILE,
    action: 'login',
    outcome: 'denied',
    roles: [HOSTILE],
    labels: { [`k ${HOSTILE}`.replaceAll(/[^a-z0-9]/gi, '').slice(0, 20)]: HOSTILE },
    changes: { [HOSTILE]: { before: HOSTILE, after: HOSTILE } },
    attributes: { [HOSTILE]: HOSTILE, list: [HOSTILE] },
  };
}
