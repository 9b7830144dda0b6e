import { listOf, recordOf, textOf } from '@daybook/protocol';
import { CliError, EXIT_FAILED, usageError } from '../cli-error.ts';
import { type ClientOptions, openClient } from '../client.ts';
import { persist, type SendOptions } from '../import/send.ts';
import { type Io, writeLine } from '../io.ts';
import { AIMS, type Aim, settingsText } from '../postgres/audit-settings.ts';
import { applySetup } from '../postgres/audit-setup.ts';
import { databaseUrl, withDatabase } from '../postgres/database.ts';
import { Deliver } from '../postgres/deliver.ts';
import { triggersSql, type Watched } from '../postgres/outbox-sql.ts';
import { safe, safeText } from '../terminal.ts';

export interface SetupOptions {
  readonly aim: string;
  readonly objects?: string;
  readonly apply?: boolean;
}

/** `daybook postgres setup`: the settings of pgaudit, shown or made. */
export async function postgresSetup(io: Io, { aim, objects, apply }: SetupOptions): Promise<number> {
  if (!isAim(aim)) throw usageError(`There is no aim ${aim}.`, `Aims are ${Object.keys(AIMS).join(', ')}.`);
  const tables = namesOf(objects ?? '');
  if (apply !== true) {
    await writeLine(io.stdout, safeText(settingsText(aim, tables)));
    return 0;
  }
  const { done, left } = await withDatabase(databaseUrl(io), (client) => applySetup(client, aim, tables));
  for (const line of done) await writeLine(io.stdout, safe(`set   ${line}`));
  for (const line of left) await writeLine(io.stdout, safe(`left  ${line}`));
  if (left.length === 0) await writeLine(io.stdout, done.length === 0 ? 'All is as it should be.' : 'All is in force for new sessions.');
  return left.length === 0 ? 0 : EXIT_FAILED;
}

export interface TriggerOptions {
  readonly tables: string;
  readonly mask?: readonly string[];
  readonly drop?: boolean;
  readonly notify?: boolean;
  readonly apply?: boolean;
}

/** `daybook postgres triggers`: rows before and after, shown as SQL or installed. */
export async function postgresTriggers(io: Io, options: TriggerOptions): Promise<number> {
  const watched = watchedOf(options);
  const sql = triggersSql(watched, { drop: options.drop === true, notify: options.notify !== false });
  if (options.apply !== true) {
    await writeLine(io.stdout, safeText(sql));
    return 0;
  }
  await withDatabase(databaseUrl(io), (client) => client.query(sql));
  const names = watched.map(({ table }) => table).join(', ');
  await writeLine(io.stdout, safe(options.drop === true ? `no longer watched: ${names}` : `watched: ${names}`));
  if (options.drop !== true) await writeLine(io.stderr, 'Changes wait in daybook.outbox: keep `daybook postgres deliver` running.');
  return 0;
}

function watchedOf({ tables, mask = [] }: TriggerOptions): readonly Watched[] {
  const names = namesOf(tables);
  if (names.length === 0) throw usageError('--tables names no table.', 'Write --tables people,sales.orders.');
  const masks = mask.flatMap(namesOf).map((name) => {
    const dot = name.lastIndexOf('.');
    return { table: name.slice(0, Math.max(0, dot)), column: name.slice(dot + 1).replace(/^"(.*)"$/, '$1') };
  });
  const stray = masks.find(({ table }) => !names.includes(table));
  if (stray !== undefined)
    throw usageError(
      `--mask ${stray.table}.${stray.column} is of no table of --tables.`,
      'Write it as there: --tables people --mask people.ssn.',
    );
  return names.map((table) => ({ table, mask: masks.filter((one) => one.table === table).map(({ column }) => column) }));
}

export interface DeliverOptions extends ClientOptions {
  readonly source: string;
  readonly once?: boolean;
}

/** `daybook postgres deliver`: the outbox to Daybook, until it is told to stop. */
export async function postgresDeliver(io: Io, options: DeliverOptions, signal: AbortSignal): Promise<number> {
  const url = databaseUrl(io);
  const { once = false, source } = options;
  const log = (message: string) => void io.stderr.write(`${safe(message)}\n`);
  const waiting = (seconds: number, reason: string) => log(`waiting ${Math.ceil(seconds)} s: ${reason}`);
  const patience = { signal, waiting, ...(once ? {} : { attemptsMax: Infinity }) };
  // Each time anew: the local server's token is another one after its restart.
  const openServer = async (): Promise<SendOptions> => {
    const client = await openClient(io, options);
    const gzip = !['127.0.0.1', 'localhost', '[::1]'].includes(new URL(client.url).hostname);
    const producer = producerOf(await client.json('GET', '/v1/whoami', undefined, { signal }), source);
    return { ...patience, client, producer, channel: 'agent', gzip };
  };
  // What is set wrongly is told now, and not again and again.
  await persist(openServer, patience);
  const deliver = new Deliver({ url, openServer, source, signal, log });
  if (once) await deliver.once();
  else await deliver.follow();
  log(`${deliver.sent.toLocaleString('en-US')} changes are on the server`);
  return deliver.refused === 0 ? 0 : EXIT_FAILED;
}

/** Told before anything is sent: the server would refuse each change. */
function producerOf(answer: unknown, source: string): string {
  const { name, role, sources } = recordOf(answer);
  if (role === 'auditor')
    throw new CliError(`The token ${textOf(name)} may read, not write.`, { code: 'forbidden', advice: 'Use one of role producer.' });
  if (!Array.isArray(sources) || listOf(sources).includes(source)) return textOf(name);
  throw new CliError(`The token ${textOf(name)} may not speak for the source ${source}.`, {
    code: 'source_not_owned',
    advice: `Make one by: daybook token create --role producer --name ${textOf(name)} --source ${source}`,
  });
}

function namesOf(list: string): readonly string[] {
  return list.split(',').map((name) => name.trim()).filter((name) => name !== ''); // biome-ignore format: short
}

function isAim(text: string): text is Aim {
  return Object.hasOwn(AIMS, text);
}
