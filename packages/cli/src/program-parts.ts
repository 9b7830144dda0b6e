import type { Command } from 'commander';
import type { ClientOptions } from './client.ts';
import type { Io } from './io.ts';

/** What the commands of the program have in common. */
export interface Context {
  readonly io: Io;
  readonly program: Command;
  /** Takes the exit status of the command that ran. */
  readonly done: (status: number) => void;
}

export type Parsed<T> = ClientOptions & T;

export function withServer(command: Command): Command {
  return command
    .option('--url <url>', 'address of the server (DAYBOOK_URL)')
    .option('--token <token>', 'token; better in DAYBOOK_TOKEN, since flags show in the process list')
    .option('--data <dir>', 'data directory of a server on this machine (DAYBOOK_DATA)');
}

export const examples = (...lines: readonly string[]) => `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
export const collect = (one: string, all: readonly string[] = []) => [...all, one];
