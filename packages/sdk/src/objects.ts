export type Members = Readonly<Record<string, unknown>>;
export type AnyFunction = (...args: never[]) => unknown;

export const { apply } = Reflect;

export function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null;
}

export function isFunction(value: unknown): value is AnyFunction {
  return typeof value === 'function';
}

/** The members of whatever it is: none, when it has none. */
export function membersOf(value: unknown): Members {
  return isObject(value) ? value : {};
}

export function ifText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function ifNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** The code of an error of the system, of a database …; '' when it has none. */
export function codeOf(error: unknown): string {
  return ifText(membersOf(error)['code']) ?? '';
}

/**
 * A promise of what is awaited. Query builders (of Drizzle, of Prisma) run when `then` is called, and again each time: whoever looks at their result
 * must hand on this promise in their place. undefined: nothing to await.
 */
export function promiseOf(value: unknown): Promise<unknown> | undefined {
  if (value instanceof Promise) return value;
  const { then } = membersOf(value);
  return isFunction(then) ? new Promise((resolve, reject) => apply(then, value, [resolve, reject])) : undefined;
}

/** The value, or the promise of what it is lazily: awaiting the one is awaiting the other. */
export function settled<T>(value: T): T;
export function settled(value: unknown): unknown {
  return promiseOf(value) ?? value;
}
