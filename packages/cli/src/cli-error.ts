/** Exit status of the command: 0 all well, 1 something was found or failed, 2 the command line was wrong. */
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

/** A failure that the person at the terminal can do something about: one sentence, and what to do. */
export class CliError extends Error {
  readonly advice: string | undefined;
  /** The server's error code, or one of the command's own. */
  readonly code: string;
  /** HTTP status, when the server answered. */
  readonly status: number | undefined;
  /** Seconds, when the server said when to come again. */
  readonly retryAfterS: number | undefined;
  readonly exitStatus: number;

  constructor(
    message: string,
    options: {
      readonly code?: string;
      readonly advice?: string;
      readonly status?: number;
      readonly retryAfterS?: number;
      readonly exitStatus?: number;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CliError';
    this.code = options.code ?? 'failed';
    this.advice = options.advice;
    this.status = options.status;
    this.retryAfterS = options.retryAfterS;
    this.exitStatus = options.exitStatus ?? EXIT_FAILED;
  }
}

export function usageError(message: string, advice?: string): CliError {
  return new CliError(message, { code: 'usage', exitStatus: EXIT_USAGE, ...(advice === undefined ? {} : { advice }) });
}
