import type { DeliverOptions, SetupOptions, TriggerOptions } from './commands/postgres.ts';
import { collect, type Context, examples, withServer } from './program-parts.ts';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** What makes PostgreSQL tell of accesses. */
export function addPostgres({ io, done, program }: Context): void {
  const postgres = program.command('postgres').description('set PostgreSQL up to tell of accesses (docs/guides/capture-postgres.md)');
  postgres
    .command('setup')
    .description("pgaudit's settings: printed, or made by --apply; exit status 1 as long as something is left to do")
    .option('--aim <aim>', 'data (reads and changes), changes, admin (rights and schema), everything', 'data')
    .option('--objects <tables>', 'log each access to these tables, whatever the aim: a,sales.b')
    .option('--apply', 'make them, as a superuser of DAYBOOK_POSTGRES_URL')
    .addHelpText(
      'after',
      examples('daybook postgres setup --aim changes', 'daybook postgres setup --aim admin --objects card,patient --apply'),
    )
    .action(async (options: SetupOptions) => done(await (await import('./commands/postgres.ts')).postgresSetup(io, options)));
  postgres
    .command('triggers')
    .description('record rows before and after in an outbox, in the transaction of the change: SQL, or done by --apply')
    .requiredOption('--tables <tables>', 'tables of the database: a,sales.b')
    .option('--mask <table.column>', 'never keep the values of this column; may be given several times', collect)
    .option('--no-notify', 'do not wake the delivery at each commit: for many writers at a time')
    .option('--drop', 'take the triggers away; what is in the outbox stays')
    .option('--apply', 'do it, as the owner of the tables in DAYBOOK_POSTGRES_URL')
    .addHelpText('after', examples('daybook postgres triggers --tables people,sales.orders --mask people.ssn', 'daybook postgres triggers --tables people --drop --apply')) // biome-ignore format: one line
    .action(async (options: TriggerOptions) => done(await (await import('./commands/postgres.ts')).postgresTriggers(io, options)));
  withServer(postgres.command('deliver').description('send the outbox of DAYBOOK_POSTGRES_URL, each change once, until it is told to stop'))
    .option('--source <name>', 'the source of the events; the token must own it', 'postgresql')
    .option('--once', 'send what is there, and end')
    .addHelpText('after', examples('daybook postgres deliver --source shop-db', 'daybook postgres deliver --once'))
    .action(async (options: DeliverOptions) => {
      const stop = new AbortController();
      const abort = () => stop.abort();
      for (const signal of STOP_SIGNALS) process.on(signal, abort);
      try {
        done(await (await import('./commands/postgres.ts')).postgresDeliver(io, options, stop.signal));
      } finally {
        for (const signal of STOP_SIGNALS) process.off(signal, abort);
      }
    });
}
