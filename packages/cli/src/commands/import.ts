import { recordOf, textOf } from '@daybook/protocol';
import { CliError, EXIT_FAILED, usageError } from '../cli-error.ts';
import { type ClientOptions, type DaybookClient, openClient } from '../client.ts';
import { type Batch, batches } from '../import/batches.ts';
import type { BrokenInput, JsonItem } from '../import/cutter.ts';
import { type Input, openInput, UnreadableInput } from '../import/input.ts';
import { jsonItems } from '../import/json-items.ts';
import { onOneLine } from '../import/one-line.ts';
import { preview } from '../import/preview.ts';
import { type ImportReply, sendBatch } from '../import/send.ts';
import { addRejection, emptySummary, type ImportSummary, summaryJson, summaryLines } from '../import/summary.ts';
import { type Io, writeLine } from '../io.ts';
import { openProgress, type Progress } from '../progress.ts';
import { safe } from '../terminal.ts';

export interface ImportOptions extends ClientOptions {
  readonly format?: string;
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

/** Requests in flight: enough that the server always has one to write while the next is read. */
const IN_FLIGHT_MAX = 4;

/** `daybook import`: sends what files hold; a second time adds nothing. */
export async function importFiles(io: Io, files: readonly string[], options: ImportOptions): Promise<number> {
  if (options.format !== undefined && options.format !== 'json')
    throw usageError(`There is no importer for ${options.format}.`, 'Use --format json: arrays, NDJSON, single objects, plain or gzip.');
  const summary = emptySummary();
  const progress = openProgress(io, { kind: 'bytes' });
  const target = options.dryRun === true ? undefined : await openTarget(io, options);
  for (const name of files) {
    const input = await openInput(name, io.stdin);
    progress.start(`import ${safe(input.name)}`, input.size);
    try {
      if (target === undefined) await preview(io, input, itemsOf(input, summary, progress), summary, options.json !== true);
      else await importOne(target, input, summary, progress);
    } finally {
      progress.end();
    }
    summary.files++;
  }
  if (options.json === true) await writeLine(io.stdout, JSON.stringify(summaryJson(summary)));
  else for (const line of summaryLines(summary, options.dryRun === true)) await writeLine(io.stdout, safe(line));
  return summary.rejected === 0 ? 0 : EXIT_FAILED;
}

interface Target {
  readonly client: DaybookClient;
  readonly producer: string;
  readonly gzip: boolean;
}

async function openTarget(io: Io, options: ImportOptions): Promise<Target> {
  const client = await openClient(io, options);
  const who = recordOf(await client.json('GET', '/v1/whoami'));
  if (who['role'] === 'auditor')
    throw new CliError(`The token ${textOf(who['name'])} may read, not write.`, {
      code: 'forbidden',
      advice: 'Use a token of role producer or admin.',
    });
  // On this machine packing costs more than the loopback takes.
  const host = new URL(client.url).hostname;
  return { client, producer: textOf(who['name']), gzip: !['127.0.0.1', 'localhost', '[::1]'].includes(host) };
}

async function importOne(target: Target, input: Input, summary: ImportSummary, progress: Progress): Promise<void> {
  const stop = new AbortController();
  const inFlight = new Set<Promise<void>>();
  let failure: unknown;
  const send = async (batch: Batch) => {
    try {
      const reply = await sendBatch(batch, { ...target, signal: stop.signal });
      count(summary, input, batch, reply);
    } catch (error) {
      failure ??= error;
      stop.abort();
    }
  };
  for await (const batch of batches(itemsOf(input, summary, progress))) {
    if (failure !== undefined) break;
    const work: Promise<void> = send(batch).finally(() => inFlight.delete(work));
    inFlight.add(work);
    if (inFlight.size >= IN_FLIGHT_MAX) await Promise.race(inFlight);
  }
  await Promise.all(inFlight);
  if (failure !== undefined) throw stopped(failure, summary);
}

/** The items of a file, those that can't be sent taken out and counted. */
async function* itemsOf(input: Input, summary: ImportSummary, progress: Progress): AsyncGenerator<JsonItem> {
  const broken = ({ line, message }: BrokenInput) =>
    addRejection(summary, { file: input.name, line, code: 'unreadable', field: '', message: `${message}; nothing behind it was read` });
  let line = 1;
  try {
    for await (const item of jsonItems(input.stream, broken)) {
      summary.read++;
      line = item.line;
      progress.set(input.read());
      const sendable = onOneLine(item);
      if (sendable !== undefined) yield sendable;
      else addRejection(summary, { file: input.name, line, code: 'json_syntax', field: '', message: 'this item is no JSON' });
    }
  } catch (error) {
    if (!(error instanceof UnreadableInput)) throw error;
    broken({ line, message: error.message });
  }
}

function count(summary: ImportSummary, input: Input, batch: Batch, reply: ImportReply): void {
  summary.accepted += reply.accepted;
  summary.duplicates += reply.duplicates;
  for (const { item, ...reason } of reply.rejected) addRejection(summary, { file: input.name, line: batch.lines[item] ?? 0, ...reason });
}

function stopped(failure: unknown, summary: ImportSummary): unknown {
  if (!(failure instanceof CliError)) return failure;
  const done = summary.accepted + summary.duplicates;
  return new CliError(
    `${failure.message} (${done.toLocaleString('en-US')} events are in; run the same command again to go on, none is doubled)`,
    {
      code: failure.code,
      ...(failure.advice === undefined ? {} : { advice: failure.advice }),
      cause: failure,
    },
  );
}
