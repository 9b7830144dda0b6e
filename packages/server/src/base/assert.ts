/** A broken invariant: a fault of Daybook itself. The process stops and recovery decides at the next start. */
export class AssertionFailure extends Error {
  constructor(message: string) {
    super(`broken invariant: ${message}`);
    this.name = 'AssertionFailure';
  }
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionFailure(message);
}

/** The value, which must be there: for lookups whose absence is a programmer's error. */
export function mustHave<T>(value: T | null | undefined, what: string): T {
  assert(value !== null && value !== undefined, `${what} is missing`);
  return value;
}
