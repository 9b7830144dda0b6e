import {
  formatManifest,
  MANIFEST,
  type Manifest,
  type ManifestLog,
  memberOf,
  pageHtml,
  pageText,
  proveEntries,
  README_HTML,
  README_TEXT,
  receiveTime,
} from '@daybook/evidence';
import { openCheckpoint, parseVerifierKey, type Tile, tilePath } from '@daybook/tlog';
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
      const idxs = chosen.get(log) ?? [];
      idxs.push(idx);
      chosen.set(log, idxs);
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
  if ((idxs.at(-1) ?? 0) >= head.size) throw new Error('The newest events are not signed yet: try again in a second.');
  const tile = async (wanted: Tile) => new Uint8Array(await (await ask(`/logs/${log}/${tilePath(wanted)}`, { signal })).arrayBuffer());
  const members: ZipMember[] = [member(memberOf.key(log), `${verifierKey}\n`), member(memberOf.checkpoint(log), note)];
  const times: string[] = [];
  for await (const { idx, entry, proof } of proveEntries({ head, note, tile, idxs })) {
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
