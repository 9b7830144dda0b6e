import path from 'node:path';
import { type FileStat, type Files, NotReplaced, type OpenFile } from './files.ts';

/**
 * A disk in memory that tests make fail: at any one call, in any of the ways in which a disk or a process can fail, and that forgets what was not
 * synced when the power is cut. It also polices: a file that must not change and does is noted in `violations`.
 *
 * The model is the strict reading of POSIX: content is durable after a sync of the file, a name (new, renamed, removed) after a sync of its directory.
 */
export type Fault =
  /** The process dies before the call has any effect; which is also: right after the call before it. */
  | 'dies_before'
  /** The process dies while a write is half done. */
  | 'dies_torn'
  /** EIO, and the call had no effect, or had it all the same. */
  | 'fails_lost'
  | 'fails_landed'
  /** ENOSPC after half of the bytes. Only for calls that need room. */
  | 'no_space';

export const FAULTS: readonly Fault[] = ['dies_before', 'dies_torn', 'fails_lost', 'fails_landed', 'no_space'];

/** What is left of writes that were not synced: all (the process was killed), nothing, or sectors of them (the power was cut). */
export type Aftermath = 'killed' | 'unsynced_lost' | 'unsynced_torn';

export const AFTERMATHS: readonly Aftermath[] = ['killed', 'unsynced_lost', 'unsynced_torn'];

export class ProcessDied extends Error {
  constructor() {
    super('the process died at an injected fault');
    this.name = 'ProcessDied';
  }
}

interface Inode {
  content: Buffer;
  synced: Buffer;
  modifiedMs: number;
}

/** Bytes that a disk writes at once. */
const SECTOR_BYTES = 512;

export interface FaultyFilesOptions {
  /** Files whose content never changes once it is there: a replace by other bytes is a violation. */
  readonly immutable?: (file: string) => boolean;
  /** Files whose synced bytes are never overwritten by others. */
  readonly appendOnly?: (file: string) => boolean;
  /** Bytes that all files together may have. */
  readonly capacityBytes?: number;
  /** Called with each content that a replace has put in place. */
  readonly onReplaced?: (file: string, bytes: Buffer) => void;
}

export class FaultyFiles implements Files {
  readonly #options: FaultyFilesOptions;
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  readonly #dirs = new Set<string>();
  readonly violations: string[] = [];
  capacityBytes: number;
  /** Calls that change something, so far. */
  calls = 0;
  /** What the calls were, for the message of a test that fails. */
  readonly trace: string[] = [];
  #fault: { readonly at: number; readonly fault: Fault } | undefined;
  #hit = false;
  #dead = false;
  #ticks = 0;

  constructor(options: FaultyFilesOptions = {}) {
    this.#options = options;
    this.capacityBytes = options.capacityBytes ?? Number.POSITIVE_INFINITY;
  }

  /** From now on: the call with this number (counted from now, 0 first) fails so. */
  inject(at: number, fault: Fault): void {
    this.#fault = { at: this.calls + at, fault };
    this.#hit = false;
  }

  /** Whether the injected fault was reached. */
  get hit(): boolean {
    return this.#hit;
  }

  /** Whether a fault was ever injected. */
  get faulted(): boolean {
    return this.#fault !== undefined;
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** The disk as the next start finds it, without faults. `chance` (0 … 1) decides which sectors and names of unsynced changes are there. */
  after(aftermath: Aftermath, chance: () => number = () => 0.5, onReplaced = this.#options.onReplaced): FaultyFiles {
    const next = new FaultyFiles({
      ...this.#options,
      capacityBytes: this.capacityBytes,
      ...(onReplaced === undefined ? {} : { onReplaced }),
    });
    for (const dir of this.#dirs) next.#dirs.add(dir);
    const names = aftermath === 'killed' ? this.#names : this.#namesAfterPowerCut(aftermath, chance);
    const copies = new Map<Inode, Inode>();
    for (const [name, inode] of names) {
      const copy = copies.get(inode) ?? survivor(inode, aftermath, chance);
      copies.set(inode, copy);
      next.#names.set(name, copy);
    }
    // What a killed process left unsynced stays unsynced: a later power cut may still take it.
    if (aftermath !== 'killed') next.#durableNames = new Map(next.#names);
    else
      for (const [name, inode] of this.#durableNames) next.#durableNames.set(name, copies.get(inode) ?? survivor(inode, aftermath, chance));
    return next;
  }

  /** Every file and its content. */
  *contents(): Generator<readonly [string, Buffer]> {
    for (const [name, inode] of this.#names) yield [name, inode.content];
  }

  /** Changes a file behind the program's back, durably; undefined removes it. */
  tamper(file: string, content: Buffer | undefined): void {
    if (content === undefined) {
      this.#names.delete(file);
      this.#durableNames.delete(file);
      return;
    }
    const inode = { content, synced: content, modifiedMs: 0 };
    this.#names.set(file, inode);
    this.#durableNames.set(file, inode);
  }

  async open(file: string): Promise<OpenFile> {
    this.#mustLive();
    if (!this.#names.has(file)) this.#step(`create ${file}`, () => this.#names.set(file, emptyInode()), 0);
    const inode = this.#names.get(file);
    if (inode === undefined) throw fault('ENOENT');
    return this.#openFile(file, inode);
  }

  /** Two calls that can fail: nobody is promised that the write and the sync in one are all or nothing. */
  async openDurable(file: string): Promise<OpenFile> {
    const opened = await this.open(file);
    return {
      ...opened,
      write: async (buffers, position) => {
        await opened.write(buffers, position);
        await opened.datasync();
      },
    };
  }

  async read(file: string): Promise<Buffer | undefined> {
    this.#mustLive();
    const inode = this.#names.get(file);
    return inode === undefined ? undefined : Buffer.from(inode.content);
  }

  async list(dir: string): Promise<string[]> {
    this.#mustLive();
    const prefix = `${dir}/`;
    const inside = [...this.#names.keys(), ...this.#dirs].filter((name) => name.startsWith(prefix));
    return [...new Set(inside.map((name) => name.slice(prefix.length).split('/')[0] ?? ''))].sort();
  }

  /** Not a fault point: a directory that is missing is made again by every start. */
  async makeDir(dir: string): Promise<void> {
    this.#mustLive();
    this.#dirs.add(dir);
  }

  async replace(file: string, bytes: Buffer): Promise<void> {
    this.#mustLive();
    const temp = `${file}.tmp`;
    const inode = emptyInode();
    try {
      this.#step(
        `write ${temp}`,
        (part) => this.#names.set(temp, Object.assign(inode, { content: bytes.subarray(0, part) })),
        bytes.length,
      );
      this.#step(`sync ${temp}`, () => (inode.synced = inode.content), 0);
    } catch (error) {
      if (error instanceof ProcessDied) throw error;
      this.#names.delete(temp);
      throw new NotReplaced(file, error);
    }
    this.#step(`rename ${file}`, () => this.#move(temp, file), 0);
    await this.syncDir(path.dirname(file));
  }

  async rename(from: string, to: string): Promise<void> {
    this.#mustLive();
    if (!this.#names.has(from)) throw fault('ENOENT');
    this.#step(`rename ${to}`, () => this.#move(from, to), 0);
  }

  async remove(file: string): Promise<void> {
    this.#mustLive();
    if (this.#names.has(file)) this.#step(`remove ${file}`, () => this.#names.delete(file), 0);
  }

  async stat(file: string): Promise<FileStat | undefined> {
    this.#mustLive();
    const inode = this.#names.get(file);
    return inode === undefined ? undefined : { bytes: inode.content.length, mode: 0o600, modifiedMs: inode.modifiedMs };
  }

  async syncDir(dir: string): Promise<void> {
    this.#mustLive();
    this.#step(`sync directory ${dir}`, () => this.#syncNames(dir), 0);
  }

  async free(): Promise<number> {
    this.#mustLive();
    return Math.max(0, this.capacityBytes - this.#usedBytes());
  }

  #openFile(file: string, inode: Inode): OpenFile {
    return {
      path: file,
      write: async (buffers, position) => {
        const bytes = Buffer.concat(buffers);
        this.#step(`write ${file}`, (part) => this.#write(file, inode, bytes.subarray(0, part), position), bytes.length, position);
      },
      read: async (position, length) => {
        this.#mustLive();
        return Buffer.from(inode.content.subarray(position, position + length));
      },
      datasync: async () => this.#step(`sync ${file}`, () => (inode.synced = inode.content), 0),
      truncate: async (length) => this.#step(`truncate ${file}`, () => (inode.content = Buffer.from(inode.content.subarray(0, length))), 0),
      size: async () => {
        this.#mustLive();
        return inode.content.length;
      },
      close: async () => undefined,
    };
  }

  /** One call that changes something: runs `effect` for all of its bytes, or as the injected fault wants it. */
  #step(name: string, effect: (bytes: number) => unknown, bytes: number, position?: number): void {
    this.#mustLive();
    const number = this.calls++;
    this.trace.push(name);
    const fits = bytes === 0 || this.#usedBytes() + bytes <= this.capacityBytes;
    if (this.#fault?.at !== number) {
      if (fits) return void effect(bytes);
      effect(Math.max(0, Math.min(bytes, this.capacityBytes - this.#usedBytes())));
      throw fault('ENOSPC');
    }
    this.#hit = true;
    this.#fail(this.#fault.fault, effect, bytes, position);
  }

  #fail(kind: Fault, effect: (bytes: number) => unknown, bytes: number, position: number | undefined): void {
    const half = Math.floor(bytes / 2);
    switch (kind) {
      case 'dies_before':
        return this.#die();
      case 'dies_torn':
        if (bytes > 0) effect(half);
        return this.#die();
      case 'fails_lost':
        throw fault('EIO');
      case 'fails_landed':
        effect(bytes);
        throw fault('EIO');
      case 'no_space':
        // A call that needs no room succeeds on a full disk.
        if (bytes === 0) return void effect(0);
        if (position !== undefined) effect(half);
        throw fault('ENOSPC');
      default:
        return kind satisfies never;
    }
  }

  #die(): never {
    this.#dead = true;
    throw new ProcessDied();
  }

  #mustLive(): void {
    if (this.#dead) throw new ProcessDied();
  }

  #write(file: string, inode: Inode, bytes: Buffer, position: number): void {
    const end = position + bytes.length;
    const overlap = inode.synced.subarray(position, Math.min(end, inode.synced.length));
    if (this.#options.appendOnly?.(file) === true && !overlap.equals(bytes.subarray(0, overlap.length)))
      this.violations.push(`synced bytes of ${file} were overwritten at ${position}`);
    const content = Buffer.alloc(Math.max(inode.content.length, end));
    inode.content.copy(content);
    bytes.copy(content, position);
    inode.content = content;
  }

  #move(from: string, to: string): void {
    const inode = this.#names.get(from);
    if (inode === undefined) return;
    const before = this.#names.get(to);
    if (before !== undefined && this.#options.immutable?.(to) === true && !before.content.equals(inode.content))
      this.violations.push(`${to} was replaced by other content`);
    inode.modifiedMs = this.#ticks++;
    this.#names.delete(from);
    this.#names.set(to, inode);
    this.#options.onReplaced?.(to, inode.content);
  }

  #syncNames(dir: string): void {
    for (const name of this.#durableNames.keys()) if (path.dirname(name) === dir && !this.#names.has(name)) this.#durableNames.delete(name);
    for (const [name, inode] of this.#names) if (path.dirname(name) === dir) this.#durableNames.set(name, inode);
  }

  #namesAfterPowerCut(aftermath: Aftermath, chance: () => number): Map<string, Inode> {
    if (aftermath === 'unsynced_lost') return this.#durableNames;
    const names = new Map<string, Inode>();
    for (const name of new Set([...this.#durableNames.keys(), ...this.#names.keys()])) {
      const inode = chance() < 0.5 ? this.#names.get(name) : this.#durableNames.get(name);
      if (inode !== undefined) names.set(name, inode);
    }
    return names;
  }

  #usedBytes(): number {
    let used = 0;
    for (const inode of new Set(this.#names.values())) used += inode.content.length;
    return used;
  }
}

function emptyInode(): Inode {
  return { content: Buffer.alloc(0), synced: Buffer.alloc(0), modifiedMs: 0 };
}

/** What a file holds after the fault. */
function survivor({ content, synced, modifiedMs }: Inode, aftermath: Aftermath, chance: () => number): Inode {
  if (aftermath === 'killed') return { content, synced, modifiedMs };
  if (aftermath === 'unsynced_lost' || content === synced) return { content: synced, synced, modifiedMs };
  const length = Math.round(synced.length + (content.length - synced.length) * chance());
  const torn = Buffer.alloc(Math.max(0, length));
  synced.copy(torn);
  const end = Math.min(torn.length, content.length);
  for (let at = 0; at < end; at += SECTOR_BYTES) if (chance() < 0.5) content.copy(torn, at, at, Math.min(at + SECTOR_BYTES, end));
  return { content: torn, synced: torn, modifiedMs };
}

function fault(code: 'EIO' | 'ENOSPC' | 'ENOENT'): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}
