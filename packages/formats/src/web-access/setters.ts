import type { Context } from '../format.ts';
import { MASK } from '../secrets/mask.ts';
import { type Access, present } from './access.ts';
import { unescaped } from './escapes.ts';
import { anyStamp } from './times.ts';

/** Puts a value of a line to where it belongs. The value is present, and as it stands in the line. */
export type Setter = (access: Access, value: string, context: Context) => void;

/** What the variables of nginx, the directives of Apache and the keys of JSON lines mean, by one name each. */
export const SETTERS = {
  client: (access, value) => void (access.client ??= value),
  forwarded: (access, value) => void (access.forwarded ??= value),
  user: (access, value) => void (access.user ??= value),
  request: (access, value) => void (access.request ??= value),
  method: (access, value) => void (access.method ??= unescaped(value)),
  target: (access, value) => void (access.target = value),
  path: (access, value) => void (access.target ??= value),
  query: (access, value) => addQuery(access, value),
  version: (access, value) => void (access.version ??= value),
  status: (access, value) => void (access.status ??= value),
  bytes: (access, value) => void (access.bytes ??= value),
  agent: (access, value) => void (access.agent ??= value),
  referer: (access, value) => void (access.more['referer'] = unescaped(value)),
  site: (access, value) => void (access.site ??= value),
  machine: (access, value) => void (access.machine ??= value),
  requestId: (access, value) => void (access.requestId ??= value),
  seconds: (access, value) => setDuration(access, value, 1000),
  millis: (access, value) => setDuration(access, value, 1),
  micros: (access, value) => setDuration(access, value, 0.001),
  time: (access, value, context) => void (access.stamp ??= anyStamp(value, context)),
} satisfies Record<string, Setter>;

export type Meaning = keyof typeof SETTERS;

/** A value without a field goes to the attributes by its own name. */
export function attributeSetter(name: string): Setter {
  return (access, value) => void (access.more[name] = unescaped(value));
}

/** Headers and cookies that let in whoever holds them: that they were there is said, no more. */
export function secretSetter(name: string): Setter {
  return (access, value) => {
    access.more[name] = MASK;
    access.hidden.push(value);
  };
}

export const SECRET_HEADER =
  /^(?:(?:proxy[-_])?authorization|cookie2?|set[-_]cookie|x[-_]api[-_]key|x[-_]auth[-_]token|x[-_]amz[-_]security[-_]token|x[-_]csrf[-_]token)$/i;

function addQuery(access: Access, value: string): void {
  const query = value.startsWith('?') ? value.slice(1) : value;
  if (present(query) === undefined) return;
  if (access.target === undefined) access.more['query'] = unescaped(query);
  else if (!access.target.includes('?')) access.target = `${access.target}?${query}`;
}

/** nginx has three digits, Apache whole numbers of its unit. */
function setDuration(access: Access, value: string, factor: number): void {
  if (!/^\d{1,12}(?:\.\d{1,6})?$/.test(value)) return;
  access.durationMs ??= Math.round(Number(value) * factor * 1000) / 1000;
}
