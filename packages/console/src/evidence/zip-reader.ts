import {
  evidenceFinding,
  evidencePlace,
  EVENTS_MAX,
  type EvidenceSource,
  type Finding,
  type Member,
  parseMember,
  UnreadableMember,
} from '@daybook/evidence';
import { crc32 } from './zip-writer.ts';

/** A zip that is dropped on the page: read from its directory at the end, member by member, nothing of it trusted. */
interface ZipEntry {
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly at: number;
}

const LOCAL = 0x04034b50;
const DIRECTORY = 0x02014b50;
const END = 0x06054b50;
const END_BYTES = 22;
const COMMENT_BYTES_MAX = 65_535;
const RECORD_BYTES = 46;
const LOCAL_BYTES = 30;
/** Directory of an evidence file with as many events as one may have. */
const DIRECTORY_BYTES_MAX = 40_000_000;
const MEMBERS_MAX = 2 * EVENTS_MAX + 1000;
/** The largest member: a page or manifest. Entries and proofs are far smaller. */
const MEMBER_BYTES_MAX = 1_000_000;

/** Throws UnreadableMember for what is no zip. */
export async function openZip(file: Blob): Promise<EvidenceSource> {
  const { view, names } = await directoryOf(file);
  const entries = new Map<string, ZipEntry>();
  const members = new Map<string, Member>();
  const findings: Finding[] = [];
  for (const { name, entry } of recordsOf(view, names)) {
    const member = parseMember(name);
    const place =
      member === undefined || !('log' in member) ? {} : { log: member.log, ...('idx' in member ? evidencePlace(member.idx) : {}) };
    if (members.size >= MEMBERS_MAX) {
      findings.push(evidenceFinding('evidence_too_large'));
      break;
    }
    if (member === undefined || members.has(name)) findings.push(evidenceFinding('evidence_member_unexpected', place));
    else if (entry.size > MEMBER_BYTES_MAX) findings.push(evidenceFinding('evidence_too_large', place));
    else {
      members.set(name, member);
      entries.set(name, entry);
    }
  }
  return {
    members,
    findings,
    read: async (name) => {
      const entry = entries.get(name);
      if (entry === undefined) throw new UnreadableMember(name);
      return readMember(file, name, entry);
    },
  };
}

async function directoryOf(file: Blob): Promise<{ view: DataView; names: Uint8Array }> {
  const tailAt = Math.max(0, file.size - END_BYTES - COMMENT_BYTES_MAX);
  const tail = new DataView(await file.slice(tailAt).arrayBuffer());
  let at = tail.byteLength - END_BYTES;
  while (at >= 0 && tail.getUint32(at, true) !== END) at--;
  if (at < 0) throw new UnreadableMember('no zip');
  const [length, begin] = [tail.getUint32(at + 12, true), tail.getUint32(at + 16, true)];
  if (length > DIRECTORY_BYTES_MAX || begin + length > file.size) throw new UnreadableMember('directory');
  const buffer = await file.slice(begin, begin + length).arrayBuffer();
  return { view: new DataView(buffer), names: new Uint8Array(buffer) };
}

function* recordsOf(view: DataView, bytes: Uint8Array): Generator<{ name: string; entry: ZipEntry }> {
  let at = 0;
  while (at < view.byteLength) {
    if (at + RECORD_BYTES > view.byteLength || view.getUint32(at, true) !== DIRECTORY) throw new UnreadableMember('directory');
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
    const name = new TextDecoder().decode(bytes.subarray(at + RECORD_BYTES, at + RECORD_BYTES + (nameLength ?? 0)));
    const entry = {
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      at: view.getUint32(at + 42, true),
    };
    yield { name, entry };
    at += RECORD_BYTES + (nameLength ?? 0) + (extra ?? 0) + (comment ?? 0);
  }
}

async function readMember(file: Blob, name: string, { method, crc, packed, size, at }: ZipEntry): Promise<Uint8Array> {
  const head = new DataView(await file.slice(at, at + LOCAL_BYTES).arrayBuffer());
  if (head.byteLength < LOCAL_BYTES || head.getUint32(0, true) !== LOCAL) throw new UnreadableMember(name);
  const begin = at + LOCAL_BYTES + head.getUint16(26, true) + head.getUint16(28, true);
  const raw = file.slice(begin, begin + packed);
  const bytes = method === 0 ? new Uint8Array(await raw.arrayBuffer()) : method === 8 ? await inflated(raw, size, name) : undefined;
  if (bytes === undefined || bytes.length !== size || crc32(bytes) !== crc) throw new UnreadableMember(name);
  return bytes;
}

/** Stops when there is more than the directory says. */
async function inflated(raw: Blob, size: number, name: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let at = 0;
  try {
    const reader = raw.stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      if (at + next.value.length > size) throw new UnreadableMember(name);
      bytes.set(next.value, at);
      at += next.value.length;
    }
  } catch (cause) {
    throw new UnreadableMember(name, { cause });
  }
  if (at !== size) throw new UnreadableMember(name);
  return bytes;
}
