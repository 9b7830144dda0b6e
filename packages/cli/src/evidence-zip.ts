import { createWriteStream, type WriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  EVENTS_MAX,
  evidenceFinding,
  evidencePlace,
  type EvidenceSource,
  type Finding,
  type Member,
  parseMember,
  UnreadableMember,
} from '@daybook/evidence';
import { codeOf, ENTRY_BYTES_MAX } from '@daybook/protocol';
import { type Entry as ZipEntry, openPromise, type ZipFile } from 'yauzl';
import { ZipFile as ZipWriter } from 'yazl';
import { CliError } from './cli-error.ts';

/** The page repeats filter, keys and a line per log; the manifest likewise. */
const PAGE_BYTES_MAX = 1_000_000;
/** A checkpoint, with cosignatures one day, and 53 hashes. */
const PROOF_BYTES_MAX = 200_000;
/** An entry and a proof for each event, keys and checkpoints of all logs, pages. */
const MEMBERS_MAX = 2 * EVENTS_MAX + 1000;
/** Everything unpacked. 100,000 events of the usual size have 160 MB; nothing is unpacked to memory or disk as a whole. */
const TOTAL_BYTES_MAX = 8_000_000_000;

const BYTES_MAX: Record<Member['kind'], number> = {
  page: PAGE_BYTES_MAX,
  manifest: PAGE_BYTES_MAX,
  key: 1000,
  checkpoint: PROOF_BYTES_MAX,
  entry: ENTRY_BYTES_MAX,
  proof: PROOF_BYTES_MAX,
};

/** An evidence file opened for reading. */
export interface EvidenceZip extends EvidenceSource {
  read(name: string): Promise<Buffer>;
  close(): void;
}

export async function openEvidenceZip(file: string): Promise<EvidenceZip> {
  const zip = await openZip(file);
  const findings: Finding[] = [];
  const entries = new Map<string, ZipEntry>();
  const members = new Map<string, Member>();
  try {
    await listMembers(zip, { entries, members, findings });
  } catch (error) {
    if (codeOf(error) === 'EIO') throw error;
    findings.push(evidenceFinding('evidence_unreadable'));
  }
  return {
    members,
    findings,
    async read(name) {
      const entry = entries.get(name);
      if (entry === undefined) throw new UnreadableMember(name);
      return readMember(zip, entry);
    },
    close: () => zip.close(),
  };
}

async function openZip(file: string): Promise<ZipFile> {
  try {
    return await openPromise(file, { autoClose: false, lazyEntries: true, strictFileNames: true, validateEntrySizes: true });
  } catch (error) {
    if (codeOf(error) !== undefined) throw new CliError(`${file} cannot be read: ${codeOf(error)}.`, { cause: error });
    throw new UnreadableMember(file, { cause: error });
  }
}

async function listMembers(
  zip: ZipFile,
  found: { readonly entries: Map<string, ZipEntry>; readonly members: Map<string, Member>; readonly findings: Finding[] },
): Promise<void> {
  let total = 0;
  for await (const entry of zip.eachEntry()) {
    const member = parseMember(entry.fileName);
    total += entry.uncompressedSize;
    if (found.members.size >= MEMBERS_MAX || total > TOTAL_BYTES_MAX) {
      found.findings.push(evidenceFinding('evidence_too_large'));
      return;
    }
    const place =
      member === undefined || !('log' in member) ? {} : { log: member.log, ...('idx' in member ? evidencePlace(member.idx) : {}) };
    if (member === undefined || found.members.has(entry.fileName)) {
      // A million of strange members is one problem, not a million.
      if (found.findings.length < MEMBERS_MAX) found.findings.push(evidenceFinding('evidence_member_unexpected', place));
    } else if (entry.uncompressedSize > BYTES_MAX[member.kind]) found.findings.push(evidenceFinding('evidence_too_large', place));
    else {
      found.members.set(entry.fileName, member);
      found.entries.set(entry.fileName, entry);
    }
  }
}

/** yauzl ends a stream that gives more bytes than the directory says, so the limits hold for what is really there. */
async function readMember(zip: ZipFile, entry: ZipEntry): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    const stream = await zip.openReadStreamPromise(entry);
    for await (const chunk of stream) if (chunk instanceof Buffer) chunks.push(chunk);
  } catch (error) {
    if (codeOf(error) === 'EIO') throw error;
    throw new UnreadableMember(entry.fileName, { cause: error });
  }
  return Buffer.concat(chunks);
}

/** Writes members as they come, with no more than one waiting; the file appears under its name only when it is whole. */
export class EvidenceWriter {
  readonly #zip = new ZipWriter();
  readonly #file: string;
  readonly #temp: string;
  readonly #mtime: Date;
  readonly #output: WriteStream;
  readonly #written: Promise<void>;

  constructor(file: string, mtime: Date) {
    this.#file = file;
    this.#temp = `${file}.tmp`;
    this.#mtime = mtime;
    this.#output = createWriteStream(this.#temp, { mode: 0o600 });
    this.#written = pipeline(this.#zip.outputStream, this.#output);
    // Heard of by the next `add`, or by `close`.
    this.#written.catch(() => undefined);
  }

  async add(name: string, bytes: Uint8Array | string): Promise<void> {
    const buffer = Buffer.from(bytes);
    // Lazily: the zip asks for a member when those before it are written, so memory holds one.
    const asked = new Promise<void>((resolve) => {
      this.#zip.addReadStreamLazy(name, { mtime: this.#mtime, size: buffer.length }, (give) => {
        give(undefined, Readable.from([buffer]));
        resolve();
      });
    });
    await Promise.race([asked, this.#written]);
  }

  /** Returns the size of the file. */
  async close(): Promise<number> {
    this.#zip.end();
    await this.#written;
    await rename(this.#temp, this.#file);
    return this.#output.bytesWritten;
  }

  async discard(): Promise<void> {
    this.#output.destroy();
    await rm(this.#temp, { force: true });
  }
}
