/** What ClickHouse said, with its number: `Code: 62. DB::Exception: Syntax error … (SYNTAX_ERROR)`. */
export class EngineFailure extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = 'EngineFailure';
    this.code = code;
  }

  /** As the HTTP interface sends it. */
  get text(): string {
    return this.message.startsWith('Code: ') ? this.message : `Code: ${this.code}. DB::Exception: ${this.message}`;
  }
}

/** 1002 = UNKNOWN_EXCEPTION: for what has no number, a broken session say. */
const UNKNOWN = 1002;

export function failureFrom(error: unknown): EngineFailure {
  if (error instanceof EngineFailure) return error;
  const message = error instanceof Error ? error.message : String(error);
  const at = message.search(/Code: \d+/);
  const code = Number(/Code: (\d+)/.exec(message)?.[1] ?? UNKNOWN);
  const own = at < 0 ? `${message} (UNKNOWN_EXCEPTION)` : message.slice(at);
  // The comment that marks a running statement is no part of what was asked.
  return new EngineFailure(code, own.replace(/\/\*[0-9a-f-]{36}\*\/ /g, '').trim());
}
