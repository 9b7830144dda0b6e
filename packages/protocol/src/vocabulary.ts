import { ACTIONS, ACTOR_TYPES, CATEGORIES } from './fields.ts';

/** The words of sources and what they mean in ours. Lower case; the caller folds. */
export type Action = (typeof ACTIONS)[number];
export type ActorType = (typeof ACTOR_TYPES)[number];
export type Category = (typeof CATEGORIES)[number];
export type Outcome = 'success' | 'failure' | 'denied' | 'unknown';

const OUTCOME_WORDS: ReadonlyMap<string, Outcome> = new Map<string, Outcome>([
  ...words('success', 'success succeeded successful ok allowed allow permitted granted accepted pass passed true'),
  ...words('failure', 'failure fail failed failing error errored false'),
  ...words(
    'denied',
    'denied deny forbidden unauthorized unauthorised rejected blocked refused accessdenied access_denied permission_denied',
  ),
  ...words('unknown', 'unknown'),
]);

/** The outcome that a word or a status code states; undefined when it states none that we know, which is recorded as `unknown`. */
export function outcomeOf(word: string): Outcome | undefined {
  const folded = word.trim().toLowerCase();
  if (/^\d{3}$/.test(folded)) return outcomeOfStatus(Number(folded));
  return OUTCOME_WORDS.get(folded);
}

/** HTTP status: 2xx and 3xx success, 401 and 403 denied, other 4xx and 5xx failure. */
export function outcomeOfStatus(status: number): Outcome | undefined {
  if (status === 401 || status === 403) return 'denied';
  if (status >= 200 && status < 400) return 'success';
  return status >= 400 && status < 600 ? 'failure' : undefined;
}

const ACTION_WORDS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ...ACTIONS.map((action) => [action, action] as const),
  ...words('create', 'add insert new post register upload import write mkdir generate'),
  ...words('read', 'get view show open fetch download head select describe lookup retrieve'),
  ...words('update', 'put patch edit modify change set rename move save replace'),
  ...words('delete', 'remove destroy drop purge truncate erase unlink rm'),
  ...words('list', 'ls browse index enumerate'),
  ...words('query', 'search find scan'),
  ...words('execute', 'exec run invoke call sudo'),
  ...words('export', 'dump extract backup'),
  ...words('share', 'publish invite'),
  ...words('login', 'signin logon authenticate'),
  ...words('logout', 'signout logoff'),
  ...words('connect', 'connected'),
  ...words('disconnect', 'disconnected'),
  ...words('grant', 'assign authorize attach'),
  ...words('revoke', 'unassign detach'),
  ...words('configure', 'config enable disable install'),
  ...words('deploy', 'release rollout'),
]);

/** Results of `actionOf` are kept for this many words: sources have tens of event types, not thousands. Beyond, they are computed each time. */
const ACTION_CACHE_MAX = 4096;
const actionCache = new Map<string, Action>();

/**
 * The verb that a source's own word stands for: the word itself, or its last or first part (`user.login`, `ConsoleLogin`, `DeleteBucket`).
 * `other` when it is none that we know.
 */
export function actionOf(eventType: string): Action {
  const known = actionCache.get(eventType);
  if (known !== undefined) return known;
  const action = findAction(eventType);
  if (actionCache.size < ACTION_CACHE_MAX && eventType.length <= EVENT_TYPE_CHARS_MAX) actionCache.set(eventType, action);
  return action;
}

/** The verb of an `action` that a producer gave; undefined when it is none that we know. */
export function actionWord(word: string): Action | undefined {
  return ACTION_WORDS.get(word.trim().toLowerCase());
}

/** Longer words are no verbs of ours; also bounds the splitting below, and what is remembered. */
const EVENT_TYPE_CHARS_MAX = 128;

function findAction(eventType: string): Action {
  const whole = actionWord(eventType);
  if (whole !== undefined || eventType.length > EVENT_TYPE_CHARS_MAX) return whole ?? 'other';
  const parts = eventType
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((part) => part !== '');
  return ACTION_WORDS.get(parts.at(-1) ?? '') ?? ACTION_WORDS.get(parts[0] ?? '') ?? 'other';
}

const CATEGORY_OF_ACTION: Readonly<Record<Action, Category>> = {
  create: 'data',
  read: 'data',
  update: 'data',
  delete: 'data',
  list: 'data',
  query: 'data',
  export: 'data',
  share: 'data',
  access: 'data',
  other: 'data',
  execute: 'api',
  login: 'authentication',
  logout: 'authentication',
  connect: 'session',
  disconnect: 'session',
  grant: 'iam',
  revoke: 'iam',
  configure: 'config',
  deploy: 'config',
};

/** The family of an access whose source names none. */
export function categoryOf(action: Action): Category {
  return CATEGORY_OF_ACTION[action];
}

/** OCSF severity_id by name. */
const SEVERITY_WORDS: ReadonlyMap<string, number> = new Map([
  ['unknown', 0],
  ['informational', 1],
  ['info', 1],
  ['low', 2],
  ['medium', 3],
  ['high', 4],
  ['critical', 5],
  ['fatal', 6],
]);
export const SEVERITY_MAX = 6;

export function severityOfWord(word: string): number | undefined {
  return SEVERITY_WORDS.get(word.trim().toLowerCase());
}

/** The severity of an access whose source names none: informational; low for a failure; medium for a denial, which somebody tried against a rule. */
export function severityOf(outcome: Outcome): number {
  if (outcome === 'denied') return 3;
  return outcome === 'failure' ? 2 : 1;
}

function words<const T>(meaning: T, list: string): (readonly [string, T])[] {
  return list.split(' ').map((word) => [word, meaning] as const);
}
