import { closeSync, createReadStream, type Stats, statSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { type Context, type Format, HEAD_BYTES_MAX } from '@daybook/formats';
import { chooseFormat } from '../import/choose.ts';
import { filesOf } from '../import/glob.ts';
import type { AgentConfig, SourceConfig } from './config.ts';
import { type FileRecord, NO_PRINT, type Positions } from './positions.ts';
import { type Contents, HEAD_BYTES, HEAD_BYTES_SURE, isPrint, packedContents, plainContents, printOf } from './prints.ts';
import { openPlain, packedBytes, plainBytes, Tail } from './tail.ts';

/** A packed file is looked at when nothing was written to it for so long: the program that packs it is still at work before. */
const PACKED_QUIET_MS = 3000;
/** A file that nothing leads to any more is read for so long, in case its program has not yet turned to the next; a deleted one holds disk space. */
const RENAMED_KEPT_MS = 3_600_000;
const DELETED_KEPT_MS = 300_000;
/** A file that is read to its end and was not written to for so long is closed, and opened again when it grows. */
const PARK_MS = 600_000;
/** Open files: more wait until others are read to their end. */
const OPEN_MAX = 2000;
/** A beginning without a format that is known may only be too short to tell; it is looked at again when it has grown. */
const GZIP = [0x1f, 0x8b] as const;
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd] as const;

export interface FollowOptions {
  readonly config: AgentConfig;
  readonly positions: Positions;
  readonly nowMs: () => number;
  readonly log: (message: string) => void;
}

/** Finds the files of all sources, tells each from the others by what it is and not by its name, and keeps them open. */
export class Follow {
  readonly tails = new Map<string, Tail>();
  readonly #options: FollowOptions;
  readonly #isFirst: ReadonlySet<string>;
  /** Files that need no look until they change: size and time of change as they were. */
  readonly #parked = new Map<string, string>();
  readonly #told = new Set<string>();
  #started = false;

  constructor(options: FollowOptions) {
    this.#options = options;
    const known = new Set(options.positions.records.map(({ source }) => source));
    this.#isFirst = new Set(options.config.sources.map(({ name }) => name).filter((name) => !known.has(name)));
  }

  /** Looks which files there are. */
  async scan(): Promise<void> {
    const { config, nowMs } = this.#options;
    const seen = new Set<string>();
    // Before copies are looked at: what was truncated is where they come from.
    for (const [key, { record }] of this.tails) {
      const found = statOf(record.path);
      if (found !== undefined && keyOf(found) === key && found.size < record.offset && !isPackedTail(this.tails.get(key)))
        record.done = true;
    }
    for (const source of config.sources) {
      const excluded = new Set((await Promise.all(source.exclude.map((one) => filesOf(one)))).flat());
      for (const pattern of source.paths)
        for (const path of await filesOf(pattern, (dir, error) => this.#tellUnreadable(dir, error)))
          if (!excluded.has(path)) seen.add((await this.#look(path, source)) ?? '');
    }
    for (const [key, tail] of this.tails) if (!seen.has(key)) this.#gone(key, tail, nowMs());
    this.#started = true;
  }

  /** Those that are open now: some may be dropped while they are gone through. */
  open(): readonly Tail[] {
    return [...this.tails.values()];
  }

  /** Closes what will not be read any further. */
  drop(tail: Tail): void {
    for (const [key, one] of this.tails) if (one === tail) this.tails.delete(key);
    tail.close();
  }

  /** Of files that are read to their end and rest: closed, until they change. */
  park(): void {
    const { nowMs } = this.#options;
    for (const [key, tail] of this.tails) {
      if (nowMs() - tail.quietSinceMs < PARK_MS || tail.goneSinceMs !== undefined) continue;
      const found = statOf(tail.record.path);
      if (found === undefined || keyOf(found) !== key || nowMs() - found.mtimeMs < PARK_MS) continue;
      this.#parked.set(key, stateOf(found));
      this.drop(tail);
    }
  }

  /** Returns what tells the file from others; undefined when it can't be looked at now. */
  async #look(path: string, source: SourceConfig): Promise<string | undefined> {
    const found = statOf(path);
    if (found === undefined || !found.isFile()) return undefined;
    const key = keyOf(found);
    const tail = this.tails.get(key);
    if (tail !== undefined) {
      tail.goneSinceMs = undefined;
      if (tail.record.path !== path) {
        tail.record.path = path;
        this.#options.positions.changed();
      }
      return key;
    }
    if (found.size === 0 || this.#parked.get(key) === stateOf(found) || this.tails.size >= OPEN_MAX) return key;
    try {
      await this.#open(path, key, found, source);
    } catch (error) {
      this.#tellUnreadable(path, error);
    }
    return key;
  }

  async #open(path: string, key: string, found: Stats, source: SourceConfig): Promise<void> {
    const { nowMs, log } = this.#options;
    const magic = await plainContents(path).bytes(0, ZSTD.length);
    const packed = [GZIP, ZSTD].some((one) => one.every((byte, i) => magic[i] === byte));
    if (packed && nowMs() - found.mtimeMs < PACKED_QUIET_MS) return;
    const contents = packed ? packedContents(() => createReadStream(path)) : plainContents(path);
    const record = await this.#recordOf(path, found, source, contents, packed);
    if (record.done) {
      this.#parked.set(key, stateOf(found));
      return;
    }
    const format = await this.#formatOf(record, source, contents);
    if (format === undefined) {
      this.#tell(`format ${path}`, `${path}: no format that is known; name one by format: in agent.yaml. It is not read`);
      this.#parked.set(key, stateOf(found));
      return;
    }
    record.format = format.name;
    const broken = (why: Error) => log(`${path}: ${why.message}; what came before is read`);
    const truncated = () => this.#truncated(record);
    const fd = packed ? -1 : openPlain(path);
    const bytes = (from: number) => (packed ? packedBytes(path, from, broken) : plainBytes(fd, from, truncated));
    try {
      const context = contextOf(path, source, nowMs);
      const headGrew = () => this.#options.positions.identityChanged();
      this.tails.set(key, new Tail({ record, source, format, context, bytes, packed, nowMs: nowMs(), headGrew }));
    } catch (error) {
      if (fd >= 0) closeSync(fd);
      throw error;
    }
    this.#parked.delete(key);
    log(`${path}: ${record.offset === 0 ? 'followed' : `gone on with at ${record.offset}`} as ${format.name}`);
  }

  /** Which file it is: one that is known, perhaps under another name or packed, or a new one. */
  async #recordOf(path: string, found: Stats, source: SourceConfig, contents: Contents, packed: boolean): Promise<FileRecord> {
    const { positions, nowMs } = this.#options;
    const head = await contents.bytes(0, HEAD_BYTES);
    const same = positions.records.filter((one) => one.dev === found.dev && one.ino === found.ino && one.source === source.name);
    const alive = same.find((one) => !one.done || packed);
    if (alive !== undefined && isPrint(head, alive.head) && (packed || (found.size >= alive.offset && (await isTail(contents, alive))))) {
      alive.path = path;
      alive.seenMs = nowMs();
      positions.changed();
      return alive;
    }
    if (alive !== undefined) alive.done = true;
    const copied = await this.#copyOf(source, head, contents);
    const start = copied ?? { offset: 0, line: 1, warm: { offset: 0, line: 1 }, tail: NO_PRINT, format: undefined, id: undefined };
    const record: FileRecord = {
      ...start,
      id: start.id ?? idOf([this.#options.config.host, source.name, found.dev, found.ino, printOf(head).hash, same.length]),
      source: source.name,
      dev: found.dev,
      ino: found.ino,
      path,
      head: printOf(head),
      done: false,
      seenMs: nowMs(),
    };
    if (copied === undefined && !this.#started && source.start === 'end' && this.#isFirst.has(source.name))
      await toEnd(record, found, contents, packed);
    positions.add(record);
    return record;
  }

  /** A file of the same beginning, and the same bytes before the place up to which that was read: read on from there, by the same name. */
  async #copyOf(source: SourceConfig, head: Buffer, contents: Contents): Promise<FileRecord | undefined> {
    const alike = this.#options.positions.records
      .filter(
        (one) =>
          one.source === source.name && one.head.bytes > 0 && (one.done || one.head.bytes >= HEAD_BYTES_SURE) && isPrint(head, one.head),
      )
      .sort((a, b) => b.offset - a.offset);
    for (const one of alike) if (await isTail(contents, one)) return one;
    return undefined;
  }

  async #formatOf(record: FileRecord, source: SourceConfig, contents: Contents): Promise<Format | undefined> {
    const { formats } = this.#options.config;
    if (source.format !== undefined) return source.format;
    const known = formats.find(({ name }) => name === record.format);
    if (known !== undefined) return known;
    const found = chooseFormat(await contents.bytes(0, HEAD_BYTES_MAX), record.path, formats);
    return typeof found === 'string' ? undefined : found;
  }

  #truncated(record: FileRecord): void {
    record.done = true;
    this.#options.positions.changed();
    this.#options.log(`${record.path}: it was truncated; read from its beginning`);
  }

  #gone(key: string, tail: Tail, nowMs: number): void {
    tail.goneSinceMs ??= nowMs;
    const since = Math.max(tail.goneSinceMs, tail.quietSinceMs);
    // Another file with its number, or none at its path: whether it is deleted only its own descriptor knows, which the shorter time is for.
    const deleted = statOf(tail.record.path) === undefined;
    if (nowMs - since < (deleted ? DELETED_KEPT_MS : RENAMED_KEPT_MS)) return;
    if (deleted) tail.record.done = true;
    this.#options.positions.changed();
    this.drop(tail);
    this.#parked.delete(key);
  }

  #tellUnreadable(path: string, error: unknown): void {
    this.#tell(`read ${path}`, `${path}: it can't be read: ${error instanceof Error ? error.message : String(error)}`);
  }

  #tell(what: string, message: string): void {
    if (this.#told.has(what) || this.#told.size > TOLD_MAX) return;
    this.#told.add(what);
    this.#options.log(message);
  }
}

/** What was told once is not told again; beyond so many nothing is new. */
const TOLD_MAX = 10_000;

function isPackedTail(tail: Tail | undefined): boolean {
  return tail?.packed === true;
}

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

function keyOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

function stateOf({ size, mtimeMs }: Stats): string {
  return `${size} ${mtimeMs}`;
}

function idOf(parts: readonly (string | number)[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('base64url').slice(0, 16);
}

async function isTail(contents: Contents, { offset, tail }: FileRecord): Promise<boolean> {
  return offset === 0 || isPrint(await contents.bytes(offset - tail.bytes, offset), tail);
}

/** Behind the last whole line. */
async function toEnd(record: FileRecord, found: Stats, contents: Contents, packed: boolean): Promise<void> {
  if (packed) {
    record.done = true;
    return;
  }
  const last = await contents.bytes(Math.max(0, found.size - HEAD_BYTES_MAX), found.size);
  const offset = found.size - last.length + last.lastIndexOf(0x0a) + 1;
  record.offset = offset;
  record.warm = { offset, line: 1 };
}

/** The year of stamps that have none comes from the time of the last change, which goes on while the file is followed. */
function contextOf(path: string, { zone, options }: SourceConfig, nowMs: () => number): Context {
  let writtenMs = statOf(path)?.mtimeMs ?? nowMs();
  const opened = nowMs();
  return {
    get writtenMs() {
      // A file that is old when it is opened keeps its year; what comes while it is followed is of now.
      if (nowMs() - opened > FOLLOWED_MS) writtenMs = nowMs();
      return writtenMs;
    },
    zone,
    options,
  };
}

const FOLLOWED_MS = 3_600_000;
