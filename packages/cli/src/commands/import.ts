import { type Format, type Result, UTC, type Zone, zoneOf } from '@daybook/formats';
import { listOf, recordOf, textOf } from '@daybook/protocol';
import { CliError, EXIT_FAILED, usageError } from '../cli-error.ts';
import { type ClientOptions, openClient } from '../client.ts';
import { knownPieces } from '../import/aside.ts';
import { allFormats, namedFormat } from '../import/choose.ts';
import { Content } from '../import/content.ts';
import { Delivery } from '../import/delivery.ts';
import { JsonDryRun, judged, ShownDryRun } from '../import/dry-run.ts';
import { ItemWriter } from '../import/items.ts';
import { type Input, openInput } from '../import/input.ts';
import { keepNurserySmall } from '../import/nursery.ts';
import { loadFormats } from '../import/modules.ts';
import { expandPaths } from '../import/paths.ts';
import { PieceCutter } from '../import/pieces.ts';
import { preview } from '../import/preview.ts';
import { rawInput, rawItems, sendRawJson } from '../import/raw-json.ts';
import { openReading, type Reading, type ReadingOptions, stepsOf, type Stop } from '../import/reading.ts';
import type { SendOptions } from '../import/send.ts';
import { addResult, emptySummary, type ImportSummary, isWhole, sourceSummary, summaryJson, summaryLines } from '../import/summary.ts';
import { type Io, writeLine } from '../io.ts';
import { openProgress, type Progress } from '../progress.ts';
import { safe } from '../terminal.ts';

export interface ImportOptions extends ClientOptions {
  readonly format?: string;
  readonly source?: string;
  readonly zone?: string;
  /** `key=value`, for the format. */
  readonly option?: readonly string[];
  /** Modules that bring formats along. */
  readonly module?: readonly string[];
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

/** `daybook import`: sends what files hold; a second time adds nothing. */
export async function importFiles(io: Io, names: readonly string[], options: ImportOptions): Promise<number> {
  keepNurserySmall();
  const formats = allFormats(await loadFormats(io, options.module ?? []));
  const reading = readingOptions(options, formats);
  const summary = emptySummary();
  const unread = (name: string, reason: string) =>
    summary.stops.push({ file: name, line: 0, code: 'unreadable', message: reason, partial: true });
  const files = await expandPaths(names, ({ name, reason }) => unread(name, reason));
  const work: Work = { io, options, reading, summary, progress: openProgress(io, { kind: 'bytes' }), several: files.length > 1 };
  const take = options.dryRun === true ? await dryRun(work) : await sending(work);
  for (const name of files) {
    const input = await openInput(name, io.stdin);
    work.progress.start(`import ${safe(input.name)}`, input.size);
    try {
      await take.input(input);
    } finally {
      work.progress.end();
    }
    summary.files++;
  }
  await take.end();
  return tell(work);
}

interface Work {
  readonly io: Io;
  readonly options: ImportOptions;
  readonly reading: ReadingOptions;
  readonly summary: ImportSummary;
  readonly progress: Progress;
  readonly several: boolean;
}

interface Take {
  input(input: Input): Promise<void>;
  end(): Promise<void>;
}

async function tell({ io, options, summary }: Work): Promise<number> {
  const dry = options.dryRun === true;
  const records = dry && options.json === true;
  const out = records ? io.stderr : io.stdout;
  if (records) await writeLine(out, safe(summaryLines(summary, true).join('; ')));
  else if (options.json === true) await writeLine(out, JSON.stringify(summaryJson(summary)));
  else for (const line of summaryLines(summary, dry)) await writeLine(out, safe(line));
  return records || isWhole(summary) ? 0 : EXIT_FAILED;
}

// ---- dry run

async function dryRun(work: Work): Promise<Take> {
  const { io, options, summary, progress } = work;
  const json = new JsonDryRun(io);
  const shown = new ShownDryRun(io);
  const input = async (given: Input) => {
    const { input: one, isRaw } =
      options.json === true ? { input: given, isRaw: false } : await rawInput(given, work.reading.named, work.reading);
    // Daybook's own events are shown by what their keys mean.
    if (isRaw) {
      const items = rawItems(one, summary, () => progress.set(one.read()));
      return preview(io, one, items, summary, true);
    }
    const reading = await openReading(one, work.reading);
    const source = options.source ?? reading.format.source;
    const of = { source, file: work.several ? one.name : undefined };
    const stops: Stop[] = [];
    shown.next();
    for await (const { results } of counted(work, reading, source, stops))
      for (const given of results) {
        const result = judged(given, source);
        addResult(sourceSummary(summary, source, result.format), one.name, result);
        if (options.json === true) await json.result(result, of);
        else await shown.result(one.name, result);
      }
    if (options.json === true) for (const stop of stops) await json.stop(stop, reading.format.name, of);
  };
  return { input, end: () => json.end() };
}

// ---- sending

async function sending(work: Work): Promise<Take> {
  const { io, options, summary, progress } = work;
  const target = await openTarget(io, options);
  const delivery = new Delivery(
    { ...target, waiting: (seconds, why) => progress.note(`waiting ${Math.ceil(seconds)} s: ${safe(why)}`) },
    summary,
  );
  const input = async (one: Input) => {
    if (delivery.failed) return;
    const reading = await openReading(one, work.reading);
    const { input: whole, isRaw } = await rawInput({ ...one, stream: reading.stream }, reading.format, work.reading);
    if (isRaw) return sendRawJson(whole, delivery, summary, () => progress.set(one.read()));
    await sendReading(work, { ...reading, stream: whole.stream }, delivery, sourceFor(options, reading.format, target));
  };
  const end = async () => {
    try {
      await delivery.end();
    } catch (error) {
      throw stopped(error, summary);
    }
  };
  return { input, end };
}

async function sendReading(work: Work, reading: Reading, delivery: Delivery, source: string): Promise<void> {
  const content = new Content();
  const file = reading.input.name;
  const writer = new ItemWriter({ file, format: reading.format, source, content });
  const cutter = new PieceCutter({ content, format: reading.format.name, source, ask: (prefix) => ask(delivery, prefix) });
  const stops: Stop[] = [];
  const summarised = (results: readonly Result[]) => {
    for (const result of results) addResult(sourceSummary(work.summary, source, result.format), file, result);
  };
  for await (const { bytes, results, atEnd } of counted(work, reading, source, stops)) {
    content.push(bytes);
    summarised(results);
    if (atEnd) for await (const piece of cutter.end()) await delivery.piece(piece, file, source);
    const items = results.map((result) => writer.item(result));
    for await (const piece of cutter.take(items)) await delivery.piece(piece, file, source);
    if (delivery.failed) return;
  }
  for await (const piece of cutter.end()) await delivery.piece(piece, file, source);
}

async function ask(delivery: Delivery, prefix: string): ReturnType<typeof knownPieces> {
  return delivery.failed ? [] : knownPieces(prefix, delivery.options);
}

/** The steps of an input, counted. */
async function* counted(work: Work, reading: Reading, source: string, stops: Stop[]): ReturnType<typeof stepsOf> {
  const { summary, progress } = work;
  const { name } = reading.input;
  sourceSummary(summary, source, reading.format.name).files++;
  for await (const step of stepsOf(reading, work.reading, (stop) => stops.push(stop))) {
    summary.read += step.results.length;
    progress.set(reading.input.read());
    yield step;
  }
  for (const { reason, ...stop } of stops) summary.stops.push({ file: name, message: reason, ...stop });
}

interface Target extends Omit<SendOptions, 'signal'> {
  /** Sources that the token may speak for; undefined for all. */
  readonly sources: readonly string[] | undefined;
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
  const sources = Array.isArray(who['sources']) ? listOf(who['sources']).map(textOf) : undefined;
  return { client, channel: 'importer', producer: textOf(who['name']), gzip: !['127.0.0.1', 'localhost', '[::1]'].includes(host), sources };
}

/** Told before anything is sent: the server would refuse each event. */
function sourceFor(options: ImportOptions, format: Format, { sources, producer }: Target): string {
  const source = options.source ?? format.source;
  if (sources === undefined || sources.includes(source)) return source;
  throw new CliError(`The token ${producer} may not speak for the source ${source}.`, {
    code: 'source_not_owned',
    advice: `Name one of its own by --source (${sources.join(', ')}), or make a token with --source ${source}.`,
  });
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

// ---- options

function readingOptions(options: ImportOptions, formats: readonly Format[]): ReadingOptions {
  return {
    formats,
    named: namedFormat(options.format, formats),
    zone: zoneNamed(options.zone),
    options: Object.fromEntries((options.option ?? []).map(pairOf)),
    raw: options.option === undefined && options.source === undefined,
  };
}

function zoneNamed(name: string | undefined): Zone {
  const zone = name === undefined ? UTC : zoneOf(name);
  if (zone === undefined) throw usageError(`${name} is no time zone.`, 'Name one like Europe/Berlin, +02:00 or UTC.');
  return zone;
}

function pairOf(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw usageError(`${text} is no option of a format.`, 'Write --option key=value.');
  return [text.slice(0, at), text.slice(at + 1)];
}
