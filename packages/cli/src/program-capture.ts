import type { AgentOptions } from './commands/agent.ts';
import type { ImportOptions } from './commands/import.ts';
import { collect, type Context, examples, type Parsed, withServer } from './program-parts.ts';

/** The commands that bring other systems' logs in. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export function addImport({ io, done, program }: Context): void {
  withServer(program.command('import').description("send what other systems' logs hold; a second time adds nothing"))
    .argument('<paths...>', 'files, folders, patterns, or - for standard input; gzip and zstd are noticed')
    .option('--format <format>', 'name of the format (docs/reference/formats.md); json: events of your own', 'auto')
    .option('--source <name>', 'the source that the events are of (default: as the format says)')
    .option('--zone <zone>', 'zone of times that name none, like Europe/Berlin', 'UTC')
    .option('-o, --option <key=value>', 'a setting of the format; may be given several times', collect)
    .option('--module <module>', 'a module that brings formats along; may be given several times', collect)
    .option('--dry-run', 'show what would be sent, and what would not; send nothing. Without attributes.original, before redaction')
    .option('--json', 'the summary as JSON; with --dry-run, a line of JSON for each record')
    .addHelpText(
      'after',
      examples(
        'daybook import /var/log/auth.log /var/log/nginx/*.gz cloudtrail/',
        'daybook import --zone Europe/Berlin --source web-1 --dry-run /var/log/nginx/access.log',
        'daybook import --dry-run --json pg.csv | jq .result',
        'zcat old/*.gz | daybook import --format json -',
      ),
    )
    .action(async (paths: readonly string[], options: Parsed<ImportOptions>) =>
      done(await (await import('./commands/import.ts')).importFiles(io, paths, options)),
    );
}

export function addAgent({ io, done, program }: Context): void {
  program
    .command('agent')
    .description('follow log files and send what comes (docs/guides/agent.md)')
    .requiredOption('--config <file>', 'agent.yaml')
    .option('--once', 'send what is there, and end')
    .option('--status', 'tell how far each file is, and end')
    .option('--json', 'the status as JSON')
    .addHelpText('after', examples('daybook agent --config /etc/daybook/agent.yaml', 'daybook agent --config agent.yaml --once'))
    .action(async (options: AgentOptions) => {
      const stop = new AbortController();
      const abort = () => stop.abort();
      for (const signal of STOP_SIGNALS) process.on(signal, abort);
      try {
        done(await (await import('./commands/agent.ts')).agent(io, options, stop.signal));
      } finally {
        for (const signal of STOP_SIGNALS) process.off(signal, abort);
      }
    });
}
