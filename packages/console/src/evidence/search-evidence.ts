import {
  formatManifest,
  MANIFEST,
  type Manifest,
  type ManifestLog,
  memberOf,
  pageHtml,
  pageText,
  README_HTML,
  README_TEXT,
  receiveTime,
} from '@daybook/evidence';
import {
  type Checkpoint,
  formatTlogProof,
  inclusionProof,
  leafHashes,
  openCheckpoint,
  parseBundle,
  parseVerifierKey,
  type Tile,
  TILE_WIDTH,
  tileHashReader,
  tilePath,
  tileWidth,
  verifyInclusion,
} from '@daybook/tlog';
import { address, ask, askJson } from '../api.ts';
import { type EventRow, placeOf } from '../event.ts';
import { isoOf, nowMs } from '../time.ts';
import { type ZipMember, writeZip } from './zip-writer.ts';

/** Made in a browser's memory; for more there is `daybook evidence`. */
export const EVIDENCE_EVENTS_MAX = 2000;
const PAGE_ROWS = 500;

export interface EvidenceQuestion {
  readonly q: string;
  readonly from: string;
  readonly to: string;
}

interface Progress {
  readonly signal: AbortSignal;
  readonly tell: (done: number) => void;
}

/** The evidence file of a search: which entries, their bytes, and for each a proof that is made and verified here, under one checkpoint a log. */
export async function evidenceOfSearch(question: EvidenceQuestion, progress: Progress): Promise<Blob> {
  const chosen = await choose(question, progress.signal);
  const members: ZipMember[] = [];
  const logs: ManifestLog[] = [];
  for (const [log, idxs] of chosen) {
    const proven = await proveLog(log, idxs, { ...progress, tell: (done) => progress.tell(members.length / 2 + done) });
    members.push(...proven.members);
    logs.push(proven.described);
  }
  const { q, from, to } = question;
  const where = `${q === '' ? 'all events' : q} (the console's filter), timestamp >= ${from} and < ${to}`;
  const manifest: Manifest = { madeAt: isoOf(Math.floor(nowMs())), selection: { kind: 'where', where }, logs };
  return writeZip([
    member(README_HTML, pageHtml(manifest)),
    member(README_TEXT, pageText(manifest)),
    member(MANIFEST, formatManifest(manifest)),
    ...members,
  ]);
}

function member(name: string, text: string): ZipMember {
  return { name, bytes: new TextEncoder().encode(text) };
}

async function choose(question: EvidenceQuestion, signal: AbortSignal): Promise<Map<string, number[]>> {
  const chosen = new Map<string, number[]>();
  let cursor: string | null | undefined;
  for (let count = 0; cursor !== null; ) {
    const page: { events: readonly EventRow[]; next_cursor: string | null } = await askJson(
      address('/v1/events', { ...question, limit: PAGE_ROWS, cursor }),
      { signal },
    );
    for (const row of page.events) {
      const { log, idx } = placeOf(row);
      chosen.set(log, [...(chosen.get(log) ?? []), idx]);
      if (++count > EVIDENCE_EVENTS_MAX)
        throw new Error(`More than ${EVIDENCE_EVENTS_MAX} events: narrow the filter, or use daybook evidence.`);
    }
    cursor = page.next_cursor;
  }
  if (chosen.size === 0) throw new Error('No event fits the filter: there is nothing to prove.');
  for (const idxs of chosen.values()) idxs.sort((a, b) => a - b);
  return chosen;
}

interface Listed {
  readonly log: string;
  readonly verifier_key: string;
}

/** Tiles of hashes repeat from proof to proof. */
type Tiles = (tile: Tile) => Promise<Uint8Array>;

async function proveLog(
  log: string,
  idxs: readonly number[],
  { signal, tell }: Progress,
): Promise<{ members: ZipMember[]; described: ManifestLog }> {
  const { logs } = await askJson<{ logs: readonly Listed[] }>('/logs', { signal });
  const verifierKey = logs.find((one) => one.log === log)?.verifier_key ?? '';
  const note = await (await ask(`/logs/${log}/checkpoint`, { signal })).text();
  const verifier = parseVerifierKey(verifierKey);
  const head = openCheckpoint(note, verifier);
  const tiles = cachedTiles(log, signal);
  const members: ZipMember[] = [member(memberOf.key(log), `${verifierKey}\n`), member(memberOf.checkpoint(log), note)];
  const times: string[] = [];
  for (const idx of idxs) {
    const { entry, proof } = await proveOne(idx, { head, note, tiles });
    members.push({ name: memberOf.entry(log, idx), bytes: entry }, member(memberOf.proof(log, idx), proof));
    times.push(receiveTime(entry));
    tell(members.length / 2);
  }
  const described: ManifestLog = {
    log,
    origin: verifier.name,
    verifierKey,
    checkpointSize: head.size,
    events: idxs.length,
    firstIdx: idxs[0] ?? 0,
    lastIdx: idxs.at(-1) ?? 0,
    firstRecordedAt: times[0] ?? '',
    lastRecordedAt: times.at(-1) ?? '',
  };
  return { members, described };
}

async function proveOne(
  idx: number,
  { head, note, tiles }: { readonly head: Checkpoint; readonly note: string; readonly tiles: Tiles },
): Promise<{ entry: Uint8Array; proof: string }> {
  if (idx >= head.size) throw new Error('The newest events are not signed yet: try again in a second.');
  const n = Math.floor(idx / TILE_WIDTH);
  const width = tileWidth({ level: 0, n, size: head.size });
  const entries = parseBundle(await tiles({ level: 'entries', n, width }), width);
  const leaves = leafHashes(entries);
  // The lowest tile is made from the bundle itself: what is proven is what is in the file.
  const reader = tileHashReader(head.size, async (tile) => (tile.level === 0 && tile.n === n ? leaves : tiles(tile)));
  const hashes = await inclusionProof(idx, head.size, reader);
  const at = (idx % TILE_WIDTH) * 32;
  verifyInclusion(hashes, leaves.subarray(at, at + 32), idx, head);
  return { entry: entries[idx % TILE_WIDTH] ?? new Uint8Array(), proof: formatTlogProof({ index: idx, hashes, checkpoint: note }) };
}

function cachedTiles(log: string, signal: AbortSignal): Tiles {
  const known = new Map<string, Promise<Uint8Array>>();
  return (tile) => {
    const path = tilePath(tile);
    const asked =
      known.get(path) ?? ask(`/logs/${log}/${path}`, { signal }).then(async (answer) => new Uint8Array(await answer.arrayBuffer()));
    known.set(path, asked);
    return asked;
  };
}
