import path from 'node:path';
import type { Logger } from 'pino';
import { DaybookError, parseJson, textToMicros } from '@daybook/protocol';
import type { Files } from '../base/files.ts';
import { type LogParts, NoRoom, publishHead } from './commit.ts';
import { DiskTree, TreeFault, leafHashes } from './disk-tree.ts';
import { BUNDLES_PER_SEGMENT, SEGMENT_ENTRIES, TEMP_ENDING, hashCount, parseSegmentName, segmentName } from '@daybook/logfiles';
import { behind, corrupt, fork } from './refusals.ts';
import { CorruptSegment } from './scan-segment.ts';
import { HASH_BYTES, TILE_WIDTH } from '@daybook/tlog';
import { TreeEdge } from './tree-edge.ts';
import { type Head, HeadFiles } from './heads.ts';
import { OpenSegment } from './open-segment.ts';
import { SealedSegments } from './sealed-segments.ts';
import { Segments } from './segments.ts';
import type { LogSigner } from './log-signer.ts';
import { TileStore } from './tiles.ts';
import type { LogId } from './types.ts';

export interface RecoverOptions {
  readonly log: LogId;
  /** `ledger/logs/<log>`. */
  readonly dir: string;
  readonly lastSignedFile: string;
  readonly signer: LogSigner;
  readonly files: Files;
  readonly logger: Logger;
}

export interface RecoveredLog {
  readonly parts: LogParts;
  readonly head: Head;
  readonly lastRtMicros: number;
  /** Bytes of a torn frame that were cut off: a write that was never acknowledged. */
  readonly tornBytes: number;
}

/**
 * Opens a log and checks it before anything is written to it: by reading its right edge and its unsigned tail, with the code of the commit path.
 * What lies further back is `daybook verify`'s to check. Refuses with a sentence that says what to do.
 */
export async function recoverLog(options: RecoverOptions): Promise<RecoveredLog> {
  const { files, dir, log, signer } = options;
  for (const sub of ['segments', 'tiles', 'checkpoints']) await files.makeDir(path.join(dir, sub));
  await removeTemps(options);
  const heads = new HeadFiles({ files, signer, lastSignedFile: options.lastSignedFile, dir });
  const head = await lastHead(options, heads);
  const { segments, sealed, tornBytes } = await openSegments(options, head.size);
  const tiles = new TileStore({ dir: path.join(dir, 'tiles'), files });
  try {
    const edge = await checkedEdge(log, { head, segments, sealed, tiles });
    const parts = { segments, tiles, edge, heads, signer };
    // Signed but perhaps not published: step 6 again.
    if (head.size > 0 && (await heads.published())?.size !== head.size) await publishAgain(parts, head);
    return { parts, head, lastRtMicros: await lastRt(log, segments, edge.size), tornBytes };
  } catch (error) {
    await segments.close();
    await tiles.close();
    throw error;
  }
}

/** On a full disk the next head is published instead, when there is room. */
async function publishAgain(parts: LogParts, head: Head): Promise<void> {
  try {
    await publishHead(parts, head);
  } catch (error) {
    if (!(error instanceof NoRoom)) throw error;
  }
}

/** Holds the files against the last-signed head, and gives the tree's edge at the end of the entries. */
async function checkedEdge(
  log: LogId,
  { head, segments, sealed, tiles }: { readonly head: Head; readonly tiles: TileStore } & Pick<OpenedSegments, 'segments' | 'sealed'>,
): Promise<TreeEdge> {
  const { size } = segments;
  if (size < head.size) throw behind(log, head.size, `the entries end at ${size}`);
  const tree = new DiskTree(tiles, segments);
  await checkHead(log, tree, head);
  await checkNewestSealed(log, sealed, tiles);
  await tiles.dropBeyond(head.size);
  const edge = await edgeAt(head.size, tree);
  await addTail(edge, segments, size);
  return edge;
}

/** Temp files are writes that never ended. */
async function removeTemps({ files, dir, lastSignedFile }: RecoverOptions): Promise<void> {
  const dirs = [dir, ...['segments', 'tiles', 'checkpoints'].map((sub) => path.join(dir, sub)), path.dirname(lastSignedFile)];
  for (const each of dirs) {
    for (const name of await files.list(each)) if (name.endsWith(TEMP_ENDING)) await files.remove(path.join(each, name));
  }
}

/** The head signed last, held against everything that was published: no published head may be newer, or other, than it. */
async function lastHead({ log, lastSignedFile }: RecoverOptions, heads: HeadFiles): Promise<Head> {
  const last = await heads.lastSigned();
  const keptSizes = await heads.keptSizes();
  const newest = Math.max(keptSizes.at(-1) ?? 0, (await heads.published())?.size ?? 0);
  const size = last?.size ?? 0;
  if (newest > size)
    throw new DaybookError(
      'ledger_unavailable',
      `log ${log}: ${lastSignedFile} ${last === undefined ? 'is missing' : `says size ${size}`}, but a head of size ${newest} was published; ` +
        'put the newest last-signed record back, or, if this data comes from a backup, run `daybook restore --new-origin`',
    );
  const kept = size > 0 ? await heads.kept(size) : undefined;
  if (last !== undefined && kept !== undefined && !kept.root.equals(last.root)) throw fork(log, size);
  return last ?? { size: 0, root: new TreeEdge().root(), note: '' };
}

async function checkHead(log: LogId, tree: DiskTree, head: Head): Promise<void> {
  let root: Buffer;
  try {
    root = await tree.root(head.size);
  } catch (error) {
    if (error instanceof TreeFault) throw behind(log, head.size, error.message);
    throw error;
  }
  if (!root.equals(head.root)) throw fork(log, head.size);
}

/** The newest sealed segment is what the last process may have left half done. */
async function checkNewestSealed(log: LogId, sealed: OpenedSegments['sealed'], tiles: TileStore): Promise<void> {
  const number = sealed.numbers.at(-1);
  if (number === undefined) return;
  const root = await sealed.segments.rootOf(number);
  if (root === undefined || !root.equals(await tiles.read(2, number, 1)))
    throw corrupt(log, `the sealed segment ${number} is not what was sealed`);
}

interface OpenedSegments {
  readonly segments: Segments;
  readonly sealed: { readonly segments: SealedSegments; readonly numbers: readonly number[] };
  readonly tornBytes: number;
}

async function openSegments(options: RecoverOptions, signedSize: number): Promise<OpenedSegments> {
  const { files, log } = options;
  const dir = path.join(options.dir, 'segments');
  const sealed = new SealedSegments({ dir, files });
  const numbers = await inventory(options, dir, sealed);
  const open = [...numbers.open];
  const { current, tornBytes } = await newestSegment(options, dir, open, numbers.sealed.length);
  if (tornBytes > 0) await current.file.truncate(current.end);
  // What a killed process wrote is readable but perhaps not on disk yet; before it counts as durable, it is. The names too.
  await current.file.datasync();
  await files.syncDir(dir);
  const waiting = open.slice(0, -1);
  for (const number of waiting) await checkWaiting({ ...options, number, dir, signedSize });
  return {
    segments: new Segments({ log, dir, files, sealed, waiting, current }),
    sealed: { segments: sealed, numbers: numbers.sealed },
    tornBytes,
  };
}

/**
 * The segment that grows. An empty file behind an incomplete segment was begun by a round that found no room: it goes (and leaves `open`).
 */
async function newestSegment(
  options: RecoverOptions,
  dir: string,
  open: number[],
  next: number,
): Promise<{ readonly current: OpenSegment; readonly tornBytes: number }> {
  const { files } = options;
  for (;;) {
    const number = open.at(-1) ?? next;
    const file = path.join(dir, segmentName(number, 'open'));
    const current = new OpenSegment(number, await files.openDurable(file));
    const tornBytes = await scanned(current, options.log);
    const previous = open.at(-2);
    if (current.count > 0 || previous === undefined || (await isFull(files, dir, previous))) return { current, tornBytes };
    await current.file.close();
    await files.remove(file);
    open.pop();
  }
}

async function scanned(segment: OpenSegment, log: LogId): Promise<number> {
  try {
    return await segment.scan();
  } catch (error) {
    await segment.file.close();
    if (error instanceof CorruptSegment) throw corrupt(log, error.message);
    throw error;
  }
}

async function isFull(files: Files, dir: string, number: number): Promise<boolean> {
  const segment = new OpenSegment(number, await files.open(path.join(dir, segmentName(number, 'open'))));
  await segment.scan();
  await segment.file.close();
  return segment.count === SEGMENT_ENTRIES;
}

/** Full segments with entries that no head covers yet are read whole; the others were, before their head was signed. */
async function checkWaiting(options: RecoverOptions & { number: number; dir: string; signedSize: number }): Promise<void> {
  const { number, dir, files, log, signedSize } = options;
  if ((number + 1) * SEGMENT_ENTRIES <= signedSize) return;
  const segment = new OpenSegment(number, await files.open(path.join(dir, segmentName(number, 'open'))));
  try {
    const torn = await scanned(segment, log);
    if (torn > 0 || segment.count !== SEGMENT_ENTRIES)
      throw corrupt(log, `segment ${number} ends at entry ${segment.firstIdx + segment.count}, but a later segment exists`);
    await segment.file.datasync();
  } finally {
    await segment.file.close();
  }
}

async function inventory(
  { files, log, logger }: RecoverOptions,
  dir: string,
  sealed: SealedSegments,
): Promise<{ readonly sealed: readonly number[]; readonly open: readonly number[] }> {
  const isSealed = new Set<number>();
  const isOpen = new Set<number>();
  for (const name of await files.list(dir)) {
    const segment = parseSegmentName(name);
    if (segment !== undefined) (segment.kind === 'seg' ? isSealed : isOpen).add(segment.number);
  }
  // Both: the process died between the sealing and the removal of the open file. The sealed one was checked before it got its name.
  for (const number of isSealed) {
    if (!isOpen.has(number)) continue;
    if ((await sealed.rootOf(number)) !== undefined) {
      await files.remove(path.join(dir, segmentName(number, 'open')));
      isOpen.delete(number);
    } else {
      logger.warn({ log, segment: number }, 'a sealed segment is not whole; its open file stands, and is sealed again');
      await files.remove(path.join(dir, segmentName(number, 'seg')));
      isSealed.delete(number);
    }
  }
  await files.syncDir(dir);
  const all = [...isSealed, ...isOpen].sort((a, b) => a - b);
  const hole = all.findIndex((number, i) => number !== i);
  if (hole >= 0) throw corrupt(log, `segment ${hole} is missing`);
  const open = [...isOpen].sort((a, b) => a - b);
  const newestSealed = Math.max(-1, ...isSealed);
  if (open.length > 0 && (open.at(-1) ?? 0) < newestSealed)
    throw corrupt(log, `segment ${newestSealed} is sealed, but an older one is not the newest open one`);
  return { sealed: [...isSealed].sort((a, b) => a - b), open };
}

/** The right edge of the tree as it was signed. */
async function edgeAt(size: number, tree: DiskTree): Promise<TreeEdge> {
  const tiles: Buffer[] = [];
  for (let level = 0; hashCount(size, level) > 0; level++) {
    const count = hashCount(size, level);
    const width = count % TILE_WIDTH;
    const tile = width === 0 ? Buffer.alloc(0) : await tree.tile(level, Math.floor(count / TILE_WIDTH));
    tiles.push(tile.subarray(0, width * HASH_BYTES));
  }
  return new TreeEdge(size, tiles);
}

/** Hashes the entries that no head covers yet, from their records. */
async function addTail(edge: TreeEdge, segments: Segments, size: number): Promise<void> {
  while (edge.size < size) {
    const chunk = await segments.bundles(Math.floor(edge.size / TILE_WIDTH), TAIL_BUNDLES);
    edge.append((await leafHashes(chunk)).subarray((edge.size - chunk.firstIdx) * HASH_BYTES));
  }
}

/** Bundles hashed at a time: 4,096 entries, a few megabytes. */
const TAIL_BUNDLES = Math.min(16, BUNDLES_PER_SEGMENT);

async function lastRt(log: LogId, segments: Segments, size: number): Promise<number> {
  if (size === 0) return 0;
  const chunk = await segments.bundles(Math.floor((size - 1) / TILE_WIDTH), 1);
  const i = size - 1 - chunk.firstIdx;
  const entry: unknown = parseJson(chunk.bytes.toString('utf8', chunk.starts[i], chunk.ends[i]));
  const rt = typeof entry === 'object' && entry !== null && 'rt' in entry && typeof entry.rt === 'string' ? entry.rt : '';
  const micros = textToMicros(rt);
  if (Number.isNaN(micros)) throw corrupt(log, `entry ${size - 1} has no receive time`);
  return micros;
}
