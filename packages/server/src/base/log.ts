import { pino, type Logger } from 'pino';
import type { Config } from './config.ts';
import { codeOf } from './json.ts';

/**
 * JSON lines on standard error. What may stand in them: ids, codes, counts, durations, names of settings and logs. What may not: tokens,
 * bodies, URLs with their query, anything out of an event. `redact` is the net below that rule, not the rule.
 */
export function openLog(level: Config['logLevel']): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: ['token', 'authorization', '*.token', '*.authorization', 'req.headers', 'headers'], censor: '[redacted]' },
      serializers: { err: errorForLog },
    },
    // Synchronous: a line written just before the process ends must not be lost.
    pino.destination({ dest: 2, sync: true }),
  );
}

/** Name, code, message, stack and causes of an error, without the properties that libraries hang on it (bodies, statements, parameters). */
function errorForLog(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = codeOf(error);
  return {
    name: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    stack: error.stack,
    // Causes of causes: five levels are more than any path here has, and end a ring.
    ...(error.cause !== undefined && depth < 5 ? { cause: errorForLog(error.cause, depth + 1) } : {}),
  };
}
