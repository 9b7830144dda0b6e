/**
 * The commit path: everything that makes entries last and heads signed, in a straight line, to be read from top to bottom with one question at
 * each step: what if the process dies here? (This file is the licensed exception from short functions.)
 *
 * Two functions, one log: `commitRecords` makes a round of entries durable (the acknowledgement), `commitHead` signs and publishes a head over
 * durable entries. Each runs once at a time per log; both may run at the same time, since they share nothing but reads of the tree's edge.
 *
 * What both promise:
 *   - An entry that was acknowledged is on disk, and stays the entry of its idx.
 *   - Never two signed roots for one size, never a signed size below an earlier one.
 *   - A failed sync, or a replace of which nobody knows whether it landed, ends the process: only a new start, which reads what the disk really
 *     holds, can say what is true. Trying again in place would ask a page cache that has already forgotten the failure.
 */
import { SEGMENT_ENTRIES, hashCount } from '@daybook/logfiles';
import { assert } from '../base/assert.ts';
import { isNoSpace, surelyNotReplaced } from '../base/files.ts';
import { DiskTree, TreeFault } from './disk-tree.ts';
import type { Head, HeadFiles } from './heads.ts';
import type { OpenSegment, WrittenFrame } from './open-segment.ts';
import type { Piece } from './pending.ts';
import type { Segments } from './segments.ts';
import type { LogSigner } from './log-signer.ts';
import type { TileStore } from './tiles.ts';
import type { TreeEdge } from './tree-edge.ts';

/** What the commit path works on: the files and the tree of one log. */
export interface LogParts {
  readonly segments: Segments;
  readonly tiles: TileStore;
  readonly edge: TreeEdge;
  readonly heads: HeadFiles;
  readonly signer: LogSigner;
}

/** There was no room; nothing was kept, and the files are as before. */
export class NoRoom extends Error {
  constructor(cause: unknown) {
    super('the disk has no room', { cause });
    this.name = 'NoRoom';
  }
}

/**
 * Step 1 of the commit order: makes the entries of one round durable, in order. On return they may be acknowledged. Throws NoRoom when none of
 * them is kept; any other error leaves open what is, and must stop the process.
 */
export async function commitRecords(parts: LogParts, round: readonly Piece[]): Promise<void> {
  const before = parts.segments.current;
  const used: OpenSegment[] = [before];
  const written: { readonly segment: OpenSegment; readonly frame: WrittenFrame }[] = [];
  try {
    for (const pieces of bySegment(round)) {
      let segment = parts.segments.current;
      const number = Math.floor((pieces[0]?.firstIdx ?? 0) / SEGMENT_ENTRIES);

      // 1a. The segment is full: begin the next file, its name durable before its content.
      //     Crash here: an empty newest file, which recovery takes as it is.
      if (number !== segment.number) {
        segment = await parts.segments.roll();
        used.push(segment);
      }
      assert(number === segment.number, 'a round continues the current segment or the next one');

      // 1b. One frame with one CRC over everything that arrived during the last sync, written and synced in one call (openDurable).
      //     Crash in it: none, some or all of the frame is on disk. Nobody was told yet: recovery keeps a whole frame and drops a torn one.
      //     There is never a second frame behind one that is not synced, so a torn frame with a good one behind it can only be corruption.
      const frame = await segment.write(pieces);

      // 1c. Crash here: the frame is durable but unacknowledged; recovery keeps it, and senders who repeat find their doubles named.
      written.push({ segment, frame });
    }
  } catch (error) {
    if (!isNoSpace(error)) throw error;

    // 1d. No room. Nothing of this round was acknowledged, so all of it is taken back, in the last file first.
    //     Crash here: what is left of the round is a torn frame (dropped) or whole frames (kept, as in 1c).
    for (const segment of used.toReversed()) {
      await segment.file.truncate(segment.end);
      await segment.file.datasync();
    }
    await parts.segments.unroll(before);
    throw new NoRoom(error);
  }

  // From here on readers, the tree and the next checkpoint see the entries. No await: all of them see all of it at once.
  parts.segments.accept(written);
  for (const piece of round) parts.edge.append(piece.hashes);
}

/**
 * Steps 2 to 5: signs a head over all durable entries. On return it is committed and may be published. Throws NoRoom when nothing was signed for
 * want of room; any other error must stop the process.
 */
export async function commitHead(parts: LogParts, last: Head): Promise<Head> {
  // Everything about one size is taken at once, before the first await: entries go on arriving.
  const { edge, tiles, signer } = parts;
  const size = edge.size;
  const root = edge.root();
  const staged = edge.unstaged();
  if (size === last.size) return last;
  assert(size > last.size, 'a log never shrinks');

  // 2. Stage the new tile hashes, file and directory durable.
  //    Crash here: hashes beyond the signed size. They are a function of the entries; recovery cuts them off and they are staged again.
  try {
    for (const [level, hashes] of staged.entries()) {
      if (hashes.length > 0) await tiles.stage(level, hashCount(last.size, level), hashes);
    }
  } catch (error) {
    if (isNoSpace(error)) throw new NoRoom(error);
    throw error;
  }

  // 3. The second way: what do the files say? Tile bytes and records are read back; the edge in memory has no part in it. A bit that
  //    flipped in memory, in the cache or in this program shows here, before a signature makes it irrevocable. And the head signed last must
  //    be the head of the same files' beginning: else this log would contradict itself.
  //    Crash here: as in 2.
  const tree = new DiskTree(tiles, parts.segments);
  await tree.checkGrowth(last.size, size);
  if (!(await tree.root(last.size)).equals(last.root))
    throw new TreeFault(`the files no longer hash to the head signed at size ${last.size}`);
  if (!(await tree.root(size)).equals(root)) throw new TreeFault(`the files do not hash to the tree in memory at size ${size}`);

  // 4. Sign. The note stays in this function until it is committed.
  //    Crash here: nobody has seen the signature; the next start signs a head of its own, perhaps of another size.
  const head: Head = { size, root, note: signer.sign(size, root) };

  // 5. THE COMMIT POINT: replace the last-signed record (temp file, fsync, rename, fsync of the directory).
  //    Crash before it: 4. Crash after it: the head is signed for ever; recovery publishes it.
  //    Failed, and nobody knows whether it landed: stop; the next start reads which of the two heads stands. Both are heads of this very tree.
  try {
    await parts.heads.replaceLastSigned(head);
  } catch (error) {
    if (isNoSpace(error) && surelyNotReplaced(error)) throw new NoRoom(error);
    throw error;
  }
  edge.dropStaged(staged.map((hashes) => hashes.length));
  return head;
}

/**
 * Step 6: only now may signed bytes leave this function's caller. Idempotent: recovery calls it with the last-signed head. Throws NoRoom when
 * it has to be called again; any other error must stop the process.
 *    Crash here: the kept copy, the published file or both are missing or old; the next start writes them.
 */
export async function publishHead(parts: LogParts, head: Head): Promise<void> {
  try {
    await parts.heads.publish(head);
  } catch (error) {
    if (isNoSpace(error)) throw new NoRoom(error);
    throw error;
  }
}

/** A round's pieces, those of one segment together. */
function bySegment(round: readonly Piece[]): Piece[][] {
  const groups: Piece[][] = [];
  let number = -1;
  for (const piece of round) {
    const own = Math.floor(piece.firstIdx / SEGMENT_ENTRIES);
    if (own !== number) groups.push([]);
    number = own;
    groups.at(-1)?.push(piece);
  }
  return groups;
}
