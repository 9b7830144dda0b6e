export type Members = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null;
}

/** The members of whatever it is: none, when it has none. */
export function membersOf(value: unknown): Members {
  return isObject(value) ? value : {};
}

/**
 * A promise of what is awaited. Query builders (of Drizzle, of Prisma) run when `then` is called, and again each time: whoever looks at their result
 * must hand on this promise in their place. undefined: nothing to await.
 */
export function promiseOf(value: unknown): Promise<unknown> | undefined {
  if (value instanceof Promise) return value;
  if (!isObject(value)) return undefined;
  const { then } = value;
  return typeof then === 'function' ? new Promise((resolve, reject) => Reflect.apply(then, value, [resolve, reject])) : undefined;
}

/** The value, or the promise of what it is lazily: awaiting the one is awaiting the other. */
export function settled<T>(value: T): T;
export function settled(value: unknown): unknown {
  return promiseOf(value) ?? value;
}
