import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { splitBundle } from './bundle.ts';
import { BundleCutter } from './bundle-cutter.ts';
import { type FileSource, openFileSource } from './byte-source.ts';
import { isBadFrame, scanFrames } from './frame.ts';
import { BUNDLE_ENTRIES, BUNDLES_PER_SEGMENT, HASH_BYTES, SEGMENT_ENTRIES } from './layout.ts';
import { leafTileInto, perfectRoot } from './leaf-tile.ts';
import { SealedSource } from './sealed-source.ts';
import { SealedError, SealedWriter } from './sealed-segment.ts';

export interface SealJob {
  /** The full `.open` file. It is only read. */
  readonly openFile: string;
  /** Where the sealed segment is written, durably; a name that ends in `.tmp`, which the caller renames. */
  readonly sealedFile: string;
  /** Number of the segment. */
  readonly segment: number;
  /** Too many wait: seal at the priority of the process instead of the lowest. */
  readonly hurry?: boolean;
}

export interface SealResult {
  /** Level-2 hash of the entries: the caller holds it against `tiles/2` before it renames. */
  readonly root: Buffer;
  readonly openBytes: number;
  readonly sealedBytes: number;
}

/**
 * Writes the sealed form of a full segment and reads it back: what the disk returns unpacks to the very bytes of the open file, whose checksums
 * were right and whose hashes are `root`. Synchronous, some 3.5 µs an entry: for a worker thread. Throws SealedError when the open file is
 * damaged or not full, and what node:fs throws.
 */
export function sealFile({ openFile, sealedFile, segment }: SealJob): SealResult {
  const source = openFileSource(openFile);
  try {
    const { root, bytes } = writeSealed(source, sealedFile, segment);
    checkSealed(source, sealedFile, segment);
    return { root, openBytes: source.size, sealedBytes: bytes };
  } finally {
    source.close();
  }
}

function writeSealed(source: FileSource, sealedFile: string, segment: number): { readonly root: Buffer; readonly bytes: number } {
  const writer = new SealedWriter(segment * SEGMENT_ENTRIES);
  const level1 = Buffer.alloc(BUNDLES_PER_SEGMENT * HASH_BYTES);
  const leaves = Buffer.alloc(BUNDLE_ENTRIES * HASH_BYTES);
  const fd = openSync(sealedFile, 'w', 0o600);
  try {
    let bytes = writeAll(fd, writer.header);
    let b = 0;
    for (const bundle of fullBundles(source, segment)) {
      const offsets = splitBundle(bundle, BUNDLE_ENTRIES);
      if (offsets === undefined) throw new SealedError('an entry runs over the end of its frame');
      leafTileInto(bundle, offsets, leaves);
      level1.set(perfectRoot(leaves, BUNDLE_ENTRIES), b * HASH_BYTES);
      bytes += writeAll(fd, writer.add(bundle));
      b++;
    }
    const root = perfectRoot(level1, BUNDLES_PER_SEGMENT);
    bytes += writeAll(fd, writer.footer(root));
    fsyncSync(fd);
    return { root, bytes };
  } finally {
    closeSync(fd);
  }
}

/** Byte for byte: equal entries have equal hashes. */
function checkSealed(source: FileSource, sealedFile: string, segment: number): void {
  const file = openFileSource(sealedFile);
  try {
    const sealed = new SealedSource(file);
    if (sealed.footer.bodyCrc !== sealed.bodyCrc()) throw new SealedError('what was written is not what is read back');
    let b = 0;
    for (const bundle of fullBundles(source, segment)) {
      if (!sealed.bundle(b).bytes.equals(bundle)) throw new SealedError(`bundle ${b} reads back as other bytes`);
      b++;
    }
  } finally {
    file.close();
  }
}

/** The 256 bundles of a full open file. */
function* fullBundles(source: FileSource, segment: number): Generator<Buffer, void> {
  const cutter = new BundleCutter(segment * SEGMENT_ENTRIES);
  for (const frame of scanFrames(source, segment * SEGMENT_ENTRIES)) {
    if (isBadFrame(frame)) throw new SealedError(`its bytes from ${frame.position} on are no frame (${frame.fault})`);
    for (const bundle of cutter.add(frame.payload, frame.count)) yield bundle.bytes;
  }
  const count = cutter.nextIdx - segment * SEGMENT_ENTRIES;
  if (count !== SEGMENT_ENTRIES) throw new SealedError(`it has ${count} entries instead of ${SEGMENT_ENTRIES}`);
}

function writeAll(fd: number, bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
  return bytes.length;
}
