import { createRequire } from 'node:module';
import { Command, InvalidArgumentError } from 'commander';
import { recordOf, textOf } from '@daybook/protocol';
import type { ClientOptions } from './client.ts';
import type { UserCreateOptions } from './commands/user.ts';
import type { Io } from './io.ts';
import { addAgent, addImport } from './program-capture.ts';
import { addPostgres } from './program-postgres.ts';
import { collect, type Context, examples, type Parsed, withServer } from './program-parts.ts';
import { TAIL_FILTERS, tailFilters } from './tail-filters.ts';

/**
 * The commands. Each loads what it needs when it runs, so that `--help` is quick, and so that only `serve` and `restore` need the server.
 */
export function createProgram(io: Io, done: (status: number) => void): Command {
  const version = textOf(recordOf(createRequire(import.meta.url)('../package.json'))['version']);
  const program = new Command('daybook')
    .description('Who accessed what, when, from where, how, and with what result: kept so that nobody can quietly change it.')
    .version(version)
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) })
    .addHelpText('after', PROGRAM_HELP);
  const context: Context = { io, done, program };
  for (const add of [
    addServe,
    addImport,
    addAgent,
    addPostgres,
    addQuery,
    addTail,
    addProof,
    addEvidence,
    addVerify,
    addToken,
    addUser,
    addReindex,
    addRestore,
    addStatus,
    addCoverage,
  ])
    add(context);
  return program;
}

const PROGRAM_HELP = `
Where the server is: --url and --token, else DAYBOOK_URL and DAYBOOK_TOKEN, else the server that runs beside ./data (or DAYBOOK_DATA) as the
same user. Exit status: 0 all well, 1 something was found or failed, 2 the command line was wrong.

Examples:
  daybook serve
  daybook import /var/log/auth.log /var/log/nginx/*.gz
  daybook query "SELECT user_id, count() FROM access_logs GROUP BY user_id"
  daybook tail --outcome denied
  daybook verify ./data`;

function addServe({ io, done, program }: Context): void {
  program
    .command('serve')
    .description('start the server')
    .helpOption(false)
    .allowUnknownOption()
    .argument('[flags...]')
    .action(async (flags: readonly string[]) => done(await (await import('./commands/serve.ts')).serve(io, flags)));
}

function addQuery({ io, done, program }: Context): void {
  withServer(program.command('query').description('ask in SQL'))
    .argument('[sql]', 'one statement; - or nothing reads standard input')
    .option(
      '--format <format>',
      'table, vertical, tsv, csv, json, ndjson, or any format of ClickHouse (default: table in a terminal, else tsv)',
    )
    .addHelpText(
      'after',
      examples(
        `daybook query "SELECT * FROM access_logs WHERE user_id = 'U12345' AND timestamp > '2023-10-01'"`,
        'daybook query --format csv < report.sql > report.csv',
      ),
    )
    .action(async (sql: string | undefined, options: Parsed<{ format?: string }>) =>
      done(await (await import('./commands/query.ts')).query(io, sql, options)),
    );
}

function addTail({ io, done, program }: Context): void {
  const command = withServer(program.command('tail').description('show events as they come'));
  for (const { flag, field } of TAIL_FILTERS) command.option(`--${flag} <value>`, `only where ${field} is this`);
  command
    .option('--where <field=value>', 'only where another field is this; may be given several times', collect)
    .option('--after <position>', 'begin behind this position (log:idx,…), as printed by --json as id')
    .option('--json', 'whole events as NDJSON')
    .addHelpText(
      'after',
      examples('daybook tail --outcome denied', 'daybook tail --user U12345 --json', 'daybook tail --where country_code=DE'),
    )
    .action(async (options: Parsed<Record<string, unknown>>) => {
      const stop = new AbortController();
      process.once('SIGINT', () => stop.abort());
      const { url, token, data, json, after } = options as Parsed<{ json?: boolean; after?: string }>;
      const chosen = {
        ...(url === undefined ? {} : { url }),
        ...(token === undefined ? {} : { token }),
        ...(data === undefined ? {} : { data }),
      };
      const rest = { ...(after === undefined ? {} : { after }), json: json === true, filters: tailFilters(options) };
      done(await (await import('./commands/tail.ts')).tail(io, { ...chosen, ...rest }, stop.signal));
    });
}

function addProof({ io, done, program }: Context): void {
  withServer(program.command('proof').description('print the proof that an entry is in the ledger (C2SP tlog-proof)'))
    .argument('<log>', 'routine, important …')
    .argument('<idx>', 'place of the entry', wholeNumber)
    .option('--check', 'fetch the entry and check the proof here')
    .option('--key <verifier-key>', 'the signer that must have signed; may be given several times', collect)
    .option('--json', 'as JSON')
    .addHelpText('after', examples('daybook proof routine 42', 'daybook proof --check routine 42'))
    .action(async (log: string, idx: number, options: Parsed<{ check?: boolean; key?: string[]; json?: boolean }>) =>
      done(await (await import('./commands/proof.ts')).proof(io, log, idx, options)),
    );
}

function addEvidence({ io, done, program }: Context): void {
  withServer(program.command('evidence').description('write events and their proofs to a file that anyone can check offline'))
    .option('--where <condition>', 'events of access_logs for which this SQL condition holds')
    .option('--scan <log:from-to>', 'every entry of a range instead, so that nothing can be missed')
    .requiredOption('-o, --output <file>', 'the file to write')
    .option('--json', 'the summary as JSON')
    .addHelpText(
      'after',
      examples(
        `daybook evidence --where "user_id = 'U12345'" -o u12345.daybook`,
        'daybook evidence --scan routine:0-1000 -o range.daybook',
      ),
    )
    .action(async (options: Parsed<{ where?: string; scan?: string; output: string; json?: boolean }>) =>
      done(await (await import('./commands/evidence.ts')).evidence(io, options)),
    );
}

function addVerify({ io, done, program }: Context): void {
  withServer(program.command('verify').description('check a data directory, a server or an evidence file'))
    .argument('[target]', 'directory, URL or file (default: DAYBOOK_DATA or ./data)')
    .option('--index', 'compare the table with the ledger, too (asks the server)')
    .option('--control', 'find tokens that no entry explains, too (asks the server)')
    .option('--key <verifier-key>', 'the signer that must have signed; may be given several times', collect)
    .option('--since <file>', 'a checkpoint that was kept elsewhere: the ledger must continue it')
    .option('--last-signed <dir>', 'where the last-signed records lie, when not in the ledger (DAYBOOK_LAST_SIGNED_DIR)')
    .option('--state <file>', 'where heads of earlier checks are remembered (default: below ~/.local/state)')
    .option('--json', 'the report as JSON')
    .addHelpText(
      'after',
      examples(
        'daybook verify ./data',
        'daybook verify http://127.0.0.1:7717',
        'daybook verify u12345.daybook',
        'daybook verify ./data --index --since kept/routine',
      ),
    )
    .action(
      async (
        target: string | undefined,
        options: Parsed<{
          index?: boolean;
          control?: boolean;
          key?: string[];
          since?: string;
          lastSigned?: string;
          state?: string;
          json?: boolean;
        }>,
      ) => done(await (await import('./commands/verify.ts')).verify(io, target, options)),
    );
}

function addToken({ io, done, program }: Context): void {
  const token = program.command('token').description('make, list and revoke tokens');
  withServer(token.command('create').description('make a token and print it, once'))
    .requiredOption(
      '--role <role>',
      'producer (writes), auditor (reads), viewer (reads the named sources and tenants), admin (all), or a role of your own',
    )
    .requiredOption('--name <name>', 'letters, digits, _ and -; the name of the producer')
    .option('--source <name>', 'a source that it may claim (default: its own name); may be given several times', collect)
    .option('--tenant <id>', 'a tenant that it may claim; may be given several times', collect)
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      examples('daybook token create --role producer --name shop', 'DAYBOOK_TOKEN=$(daybook token create --role auditor --name eve)'),
    )
    .action(async (options: Parsed<{ role: string; name: string; source?: string[]; tenant?: string[]; json?: boolean }>) =>
      done(await (await import('./commands/token.ts')).createToken(io, options)),
    );
  withServer(token.command('list').description('list tokens; never their secrets'))
    .option('--json', 'as JSON')
    .action(async (options: Parsed<{ json?: boolean }>) => done(await (await import('./commands/token.ts')).listTokens(io, options)));
  withServer(token.command('revoke').description('end a token at once'))
    .argument('<token>', 'its name, or its id from `daybook token list`')
    .action(async (named: string, options: ClientOptions) =>
      done(await (await import('./commands/token.ts')).revokeToken(io, named, options)),
    );
}

function addUser({ io, done, program }: Context): void {
  const user = program.command('user').description('invite and list the people who sign in');
  withServer(user.command('create').description('make a user and print the link of the first sign-in'))
    .requiredOption('--name <name>', 'the name to sign in by')
    .requiredOption('--role <role>', 'admin, auditor, analyst, viewer, or a role of your own; may be given several times', collect)
    .option('--email <address>', 'also to sign in by')
    .option('--source <name>', 'see events of this source only; may be given several times', collect)
    .option('--tenant <id>', 'see events of this tenant only; may be given several times', collect)
    .option('--expires <time>', 'the account ends then, like 2026-01-31T00:00:00Z')
    .addHelpText(
      'after',
      examples('daybook user create --name anna --role auditor', 'daybook user create --name acme --role viewer --tenant acme'),
    )
    .action(async (options: UserCreateOptions) => done(await (await import('./commands/user.ts')).createUser(io, options)));
  withServer(user.command('link').description('print a new one-time sign-in link of a user'))
    .argument('<name>', 'name or e-mail address')
    .action(async (name: string, options: ClientOptions) => done(await (await import('./commands/user.ts')).linkUser(io, name, options)));
  withServer(user.command('list').description('list users'))
    .option('--json', 'as JSON')
    .action(async (options: Parsed<{ json?: boolean }>) => done(await (await import('./commands/user.ts')).listUsers(io, options)));
}

function addReindex({ io, done, program }: Context): void {
  withServer(program.command('reindex').description('rebuild the table from the ledger'))
    .option('--json', 'as JSON')
    .action(async (options: Parsed<{ json?: boolean }>) => done(await (await import('./commands/reindex.ts')).reindex(io, options)));
}

function addRestore({ io, done, program }: Context): void {
  program
    .command('restore')
    .description('continue a ledger that was restored from a backup, under a new name')
    .requiredOption('--new-origin <name>', 'the new name; old entries and proofs stay valid under the old one')
    .option('--data <dir>', 'data directory (DAYBOOK_DATA)')
    .option('--json', 'as JSON')
    .addHelpText('after', examples('daybook restore --new-origin audit2.example.com'))
    .action(async (options: { newOrigin: string; data?: string; json?: boolean }) =>
      done(await (await import('./commands/restore.ts')).restore(io, options)),
    );
}

function addStatus({ io, done, program }: Context): void {
  withServer(program.command('status').description('is the server up, and how far is each log'))
    .option('--json', 'as JSON')
    .action(async (options: Parsed<{ json?: boolean }>) => done(await (await import('./commands/status.ts')).status(io, options)));
}

function addCoverage({ io, done, program }: Context): void {
  withServer(
    program
      .command('coverage')
      .description('is every expected access captured: sources, kinds of access, canaries, gaps; exit status 1 when not'),
  )
    .option('--days <n>', 'look back so many days (default: 30)', wholeNumber)
    .option('--json', 'as JSON')
    .addHelpText('after', examples('daybook coverage', 'daybook coverage --days 7 --json'))
    .action(async (options: Parsed<{ days?: number; json?: boolean }>) =>
      done(await (await import('./commands/coverage.ts')).coverage(io, options)),
    );
}

function wholeNumber(text: string): number {
  if (!/^(0|[1-9]\d{0,15})$/.test(text)) throw new InvalidArgumentError('a whole number is needed');
  return Number(text);
}
