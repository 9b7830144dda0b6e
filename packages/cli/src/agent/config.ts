import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type Format, UTC, type Zone, zoneOf } from '@daybook/formats';
import { isRecord, type JsonRecord } from '@daybook/protocol';
import { parse } from 'yaml';
import { CliError, EXIT_USAGE } from '../cli-error.ts';
import { allFormats, namedFormat } from '../import/choose.ts';
import { loadFormats } from '../import/modules.ts';
import type { Io } from '../io.ts';

/** What `agent.yaml` says. */
export interface AgentConfig {
  readonly url: string;
  readonly tokenFile: string;
  readonly tls: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string };
  /** The directory of the positions. */
  readonly state: string;
  /** Names the machine in the identities of its files. */
  readonly host: string;
  readonly formats: readonly Format[];
  readonly sources: readonly SourceConfig[];
}

export interface SourceConfig {
  readonly name: string;
  /** Patterns, absolute. */
  readonly paths: readonly string[];
  readonly exclude: readonly string[];
  /** undefined: by each file's beginning. */
  readonly format: Format | undefined;
  readonly zone: Zone;
  readonly options: Readonly<Record<string, string>>;
  /** Of files that are there when the agent starts for the first time. */
  readonly start: 'beginning' | 'end';
}

const KEYS = ['url', 'token_file', 'ca_file', 'cert_file', 'key_file', 'state', 'host', 'formats', 'sources'];
const SOURCE_KEYS = ['source', 'paths', 'exclude', 'format', 'zone', 'options', 'start'];
const SOURCES_MAX = 1000;

export async function readAgentConfig(io: Io, file: string): Promise<AgentConfig> {
  const at = path.resolve(io.cwd, file);
  const text = await readFile(at, 'utf8').catch((error: unknown) => {
    throw new CliError(`Can't read ${file}.`, { code: 'bad_settings', exitStatus: EXIT_USAGE, cause: error });
  });
  const raw = new Settings(yaml(text), 'agent.yaml', KEYS);
  const dir = path.dirname(at);
  const named = (name: string | undefined) => (name === undefined ? undefined : path.resolve(dir, name));
  const formats = allFormats(await loadFormats({ ...io, cwd: dir }, raw.texts('formats')));
  const { certFile, keyFile } = { certFile: named(raw.text('cert_file')), keyFile: named(raw.text('key_file')) };
  if ((certFile === undefined) !== (keyFile === undefined)) throw bad('cert_file and key_file belong together');
  const caFile = named(raw.text('ca_file'));
  const sources = raw.list('sources');
  if (sources.length === 0 || sources.length > SOURCES_MAX) throw bad(`sources: 1 to ${SOURCES_MAX} of them`);
  return {
    url: urlOf(raw.mustText('url')),
    tokenFile: named(raw.mustText('token_file')) ?? '',
    tls: {
      ...(caFile === undefined ? {} : { caFile }),
      ...(certFile === undefined || keyFile === undefined ? {} : { certFile, keyFile }),
    },
    state: named(raw.mustText('state')) ?? '',
    host: raw.text('host') ?? os.hostname(),
    formats,
    sources: sources.map((one, i) => sourceOf(new Settings(one, `sources[${i}]`, SOURCE_KEYS), dir, formats)),
  };
}

function sourceOf(raw: Settings, dir: string, formats: readonly Format[]): SourceConfig {
  const paths = raw.texts('paths');
  if (paths.length === 0) throw bad(`${raw.name}.paths: at least one path or pattern`);
  const zone = raw.text('zone');
  const start = raw.text('start') ?? 'beginning';
  if (start !== 'beginning' && start !== 'end') throw bad(`${raw.name}.start is beginning or end`);
  const known = zone === undefined ? UTC : zoneOf(zone);
  if (known === undefined) throw bad(`${raw.name}.zone is no time zone`);
  return {
    name: raw.mustText('source'),
    paths: paths.map((one) => path.resolve(dir, one)),
    exclude: raw.texts('exclude').map((one) => path.resolve(dir, one)),
    format: namedFormat(raw.text('format'), formats),
    zone: known,
    options: raw.pairs('options'),
    start,
  };
}

/** Members of a mapping, each of its type; what nobody knows is a mistake that would be found too late. */
class Settings {
  readonly name: string;
  readonly #raw: JsonRecord;

  constructor(raw: unknown, name: string, keys: readonly string[]) {
    if (!isRecord(raw)) throw bad(`${name} must be a mapping`);
    const unknown = Object.keys(raw).find((key) => !keys.includes(key));
    if (unknown !== undefined) throw bad(`${name} has no setting ${unknown}; there are ${keys.join(', ')}`);
    this.#raw = raw;
    this.name = name;
  }

  text(key: string): string | undefined {
    const value = this.#raw[key];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'string' || value === '') throw bad(`${this.name}: ${key} must be a text`);
    return value;
  }

  mustText(key: string): string {
    const value = this.text(key);
    if (value === undefined) throw bad(`${this.name}: ${key} is missing`);
    return value;
  }

  list(key: string): readonly unknown[] {
    const value = this.#raw[key] ?? [];
    if (!Array.isArray(value)) throw bad(`${this.name}: ${key} must be a list`);
    return value;
  }

  texts(key: string): string[] {
    const value = this.#raw[key];
    return (typeof value === 'string' ? [value] : this.list(key)).map((one) => {
      if (typeof one !== 'string' || one === '') throw bad(`${this.name}: ${key} must be a list of texts`);
      return one;
    });
  }

  pairs(key: string): Record<string, string> {
    const value = this.#raw[key] ?? {};
    if (!isRecord(value)) throw bad(`${this.name}: ${key} must be a mapping`);
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, typeof one === 'string' ? one : JSON.stringify(one)]));
  }
}

function yaml(text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw bad(`it is no YAML: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''}`);
  }
}

function urlOf(text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) {
    const { username, password } = new URL(text);
    if (username === '' && password === '') return text.replace(/\/+$/, '');
  }
  throw bad('url is an address like https://daybook.example:7717, without a password in it');
}

function bad(what: string): CliError {
  return new CliError(`The agent's settings are wrong: ${what}.`, {
    code: 'bad_settings',
    exitStatus: EXIT_USAGE,
    advice: 'docs/guides/agent.md has an example.',
  });
}
