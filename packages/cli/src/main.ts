import { CommanderError } from 'commander';
import { codeOf } from '@daybook/protocol';
import { CliError, EXIT_FAILED, EXIT_USAGE } from './cli-error.ts';
import { type Io, processIo } from './io.ts';
import { createProgram } from './program.ts';
import { safe, safeText } from './terminal.ts';

/** Runs one command; resolves with the exit status. Ctrl-C aborts `tail` gently; other commands end by the signal itself. */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  let status = 0;
  const program = createProgram(io, (result) => {
    status = result;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    return tell(io, error, argv.includes('--json'));
  }
}

/** What went wrong, and what to do. A stack only where the program itself is at fault. */
function tell(io: Io, error: unknown, json: boolean): number {
  const known = error instanceof CliError;
  const code = known ? error.code : codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const advice = known ? error.advice : undefined;
  if (json) io.stderr.write(`${JSON.stringify({ error: { code, message, ...(advice === undefined ? {} : { advice }) } })}\n`);
  else {
    io.stderr.write(`daybook: ${safeText(message)}\n`);
    if (advice !== undefined && advice !== '') io.stderr.write(`  ${safe(advice)}\n`);
    if (!known && code === undefined && error instanceof Error) io.stderr.write(`${safeText(error.stack ?? '')}\n`);
  }
  return known ? error.exitStatus : EXIT_FAILED;
}
