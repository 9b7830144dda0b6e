import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Format } from '@daybook/formats';
import { codeOf, isRecord } from '@daybook/protocol';
import { parse } from 'yaml';
import { CliError } from '../cli-error.ts';
import type { Io } from '../io.ts';

const SETTINGS = 'daybook.yaml';
const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;
const FRAMINGS: ReadonlySet<unknown> = new Set(['lines', 'csv', 'json', 'told']);

/**
 * The formats of modules from outside: those that are named, and those of DAYBOOK_FORMATS, or of `formats:` in daybook.yaml of the
 * working directory. A module is the name of a
 * package or a path, and exports `formats` (a list), `format`, or a default that is either.
 */
export async function loadFormats(io: Io, named: readonly string[]): Promise<Format[]> {
  const formats: Format[] = [];
  for (const name of [...named, ...(await namedInSettings(io))])
    for (const format of formatsIn(name, await load(io, name))) {
      const known = formats.find((one) => one.name === format.name);
      // The same module in both places is no contradiction.
      if (known === format) continue;
      if (known !== undefined) throw broken(name, `the format ${format.name} is there twice`);
      formats.push(format);
    }
  return formats;
}

async function namedInSettings(io: Io): Promise<string[]> {
  const fromEnv = io.env['DAYBOOK_FORMATS'] ?? '';
  if (fromEnv !== '') return fromEnv.split(',').map((one) => one.trim());
  const text = await readFile(path.join(io.cwd, SETTINGS), 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return '';
    throw new CliError(`Can't read ${SETTINGS}.`, { code: 'bad_settings', cause: error });
  });
  if (!/^formats\s*:/m.test(text)) return [];
  const settings: unknown = parse(text);
  const list = isRecord(settings) ? settings['formats'] : undefined;
  if (!Array.isArray(list) || !list.every((one): one is string => typeof one === 'string'))
    throw new CliError(`formats: in ${SETTINGS} is a list of names of modules.`, { code: 'bad_settings' });
  return list;
}

async function load(io: Io, name: string): Promise<unknown> {
  try {
    const found = createRequire(path.join(io.cwd, 'package.json')).resolve(name.startsWith('.') ? path.resolve(io.cwd, name) : name);
    return await import(pathToFileURL(found).href);
  } catch (error) {
    const why =
      codeOf(error) === 'MODULE_NOT_FOUND' ? 'there is no such module here' : error instanceof Error ? error.message : String(error);
    throw new CliError(`Can't load the formats of ${name}: ${why}.`, {
      code: 'bad_module',
      advice: 'Install it beside daybook.yaml, or name it by its path, like ./formats/ours.mjs.',
      cause: error,
    });
  }
}

function formatsIn(name: string, module: unknown): Format[] {
  const { formats, format, default: standard } = isRecord(module) ? module : {};
  const given = formats ?? format ?? standard;
  const list: readonly unknown[] = Array.isArray(given) ? given : given === undefined ? [] : [given];
  if (list.length === 0) throw broken(name, 'it exports no formats');
  return list.map((one) => checked(name, one));
}

/** The shape; what its functions do is its own. */
function checked(module: string, format: unknown): Format {
  if (!isRecord(format)) throw broken(module, 'a format is an object');
  const name = format['name'];
  if (typeof name !== 'string' || !NAME.test(name)) throw broken(module, "a format's name has letters a-z, digits and -");
  const wrong = (member: string, wanted: string) => broken(module, `${member} of the format ${name} must be ${wanted}`);
  for (const member of ['title', 'source']) if (typeof format[member] !== 'string' || format[member] === '') throw wrong(member, 'a text');
  if (!FRAMINGS.has(format['framing'])) throw wrong('framing', 'lines, csv, json or told');
  if (typeof format['keepsOriginal'] !== 'boolean') throw wrong('keepsOriginal', 'true or false');
  for (const member of ['recognise', 'open']) if (typeof format[member] !== 'function') throw wrong(member, 'a function');
  if (!Array.isArray(format['mapping'])) throw wrong('mapping', 'a list');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- looked at member by member above
  return format as unknown as Format;
}

function broken(module: string, what: string): CliError {
  return new CliError(`${module} is no module of formats: ${what}.`, {
    code: 'bad_module',
    advice: 'docs/guides/write-a-format.md tells what it exports.',
  });
}
