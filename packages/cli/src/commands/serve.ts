import { Command, CommanderError } from 'commander';
import { EXIT_USAGE } from '../cli-error.ts';
import { type Io, writeLine } from '../io.ts';
import { loadServer } from '../server-package.ts';

/** `daybook serve`: the only command that needs the server package, and the only one that loads it. */
export async function serve(io: Io, args: readonly string[]): Promise<number> {
  const server = await loadServer();
  const flags = parseFlags(io, args, server.SETTINGS);
  if (typeof flags === 'number') return flags;
  const running = await server.serve({ flags, env: io.env, cwd: io.cwd });
  await welcome(io, running);
  return running.ended;
}

interface SettingRow {
  readonly flag: string;
  readonly env: string;
  readonly kind: 'text' | 'list' | 'structure';
  readonly default: string;
  readonly doc: string;
}

/** The flags are made from the table of settings, so that they can't differ from the environment's names. */
export function serveCommand(settings: readonly SettingRow[]): Command {
  const command = new Command('serve')
    .description('Start the server.')
    .option('--config <file>', 'daybook.yaml (default: in the working directory, when there is one)');
  for (const { flag, env, kind, doc, default: fallback } of settings) {
    if (kind === 'structure') continue;
    const help = `${doc.replaceAll('`', '')} Default: ${fallback.replaceAll('`', '')}. (${env})`;
    if (kind === 'list') command.option(`--${flag} <value>`, `${help} May be given several times.`, collect);
    else command.option(`--${flag} <value>`, help);
  }
  return command.addHelpText('after', SERVE_HELP);
}

const collect = (one: string, all: readonly string[] | undefined) => [...(all ?? []), one];

const SERVE_HELP = `
Every flag is also a setting in the environment and in daybook.yaml; flags win, then the environment, then the file.

Examples:
  daybook serve
  daybook serve --data /var/lib/daybook --listen 127.0.0.1:7717
  DAYBOOK_CHECKPOINT_SINK=/mnt/elsewhere daybook serve`;

/** The given flags by their own names; a number is the exit status when there is nothing more to do. */
function parseFlags(io: Io, args: readonly string[], settings: readonly SettingRow[]): Record<string, string | string[]> | number {
  const command = serveCommand(settings)
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) });
  try {
    command.parse([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    throw error;
  }
  const given = command.opts<Record<string, string | string[]>>();
  const flagOf = (key: string) => key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(given).map(([key, value]) => [flagOf(key), value]));
}

async function welcome(
  io: Io,
  running: {
    readonly url: string;
    readonly adminToken?: string | undefined;
    readonly publicUrl?: string | undefined;
    readonly signInLink?: string | undefined;
    readonly dataDir: string;
  },
): Promise<void> {
  const { url, adminToken, signInLink } = running;
  const named = running.publicUrl ?? url;
  const lines = [
    `Daybook is up at ${url}`,
    `Data: ${running.dataDir}`,
    '',
    ...(adminToken === undefined
      ? []
      : ['Admin token, shown this once (only its hash is kept):', `  export DAYBOOK_TOKEN=${adminToken}`, '']),
    ...(signInLink === undefined
      ? []
      : ['Sign in, once, and set a password (each start makes the link anew until somebody has):', `  ${signInLink}`, '']),
    'Send a first event:',
    `  curl -sS ${named}/v1/events -H "Authorization: Bearer $DAYBOOK_TOKEN" -H 'Content-Type: application/json' -d '{"user_id":"U12345","event_type":"login","resource":"/secure-data","outcome":"success"}'`,
    'and ask for it:',
    `  curl -sS ${named}/sql -H "Authorization: Bearer $DAYBOOK_TOKEN" --data-binary "SELECT timestamp, user_id, event_type, outcome FROM access_logs WHERE kind = 'event' FORMAT PrettyCompact"`,
  ];
  for (const line of lines) await writeLine(io.stdout, line);
}
