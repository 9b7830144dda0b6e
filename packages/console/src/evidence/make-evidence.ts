import {
  formatManifest,
  MANIFEST,
  type Manifest,
  memberOf,
  pageHtml,
  pageText,
  README_HTML,
  README_TEXT,
  receiveTime,
} from '@daybook/evidence';
import { parseTlogProof } from '@daybook/tlog';
import type { Place } from '../event.ts';
import type { EntryProof } from '../proof/check-entry.ts';
import { isoOf, nowMs } from '../time.ts';
import { writeZip } from './zip-writer.ts';

interface Proven {
  readonly place: Place;
  readonly entry: Uint8Array;
  readonly proof: Extract<EntryProof, { ok: true }>;
}

/** The evidence file of one event, made in the browser from what was just verified: the range of that one entry, which is complete by itself. */
export function evidenceOf({ place: { log, idx }, entry, proof }: Proven): Blob {
  const { checkpoint } = parseTlogProof(proof.proofText);
  const at = receiveTime(entry);
  const manifest: Manifest = {
    madeAt: isoOf(Math.floor(nowMs())),
    selection: { kind: 'scan', log, from: idx, to: idx },
    logs: [
      {
        log,
        origin: proof.verifier.name,
        verifierKey: proof.verifierKey,
        checkpointSize: proof.checkpoint.size,
        events: 1,
        firstIdx: idx,
        lastIdx: idx,
        firstRecordedAt: at,
        lastRecordedAt: at,
      },
    ],
  };
  const text = (value: string) => new TextEncoder().encode(value);
  return writeZip([
    { name: README_HTML, bytes: text(pageHtml(manifest)) },
    { name: README_TEXT, bytes: text(pageText(manifest)) },
    { name: MANIFEST, bytes: text(formatManifest(manifest)) },
    { name: memberOf.key(log), bytes: text(`${proof.verifierKey}\n`) },
    { name: memberOf.checkpoint(log), bytes: text(checkpoint) },
    { name: memberOf.entry(log, idx), bytes: entry },
    { name: memberOf.proof(log, idx), bytes: text(proof.proofText) },
  ]);
}
