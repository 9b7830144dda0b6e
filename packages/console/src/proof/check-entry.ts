import { parseJson } from '@daybook/protocol';
import {
  type Checkpoint,
  inclusionSiblings,
  leafHash,
  openCheckpoint,
  parseTlogProof,
  parseVerifierKey,
  TlogError,
  toBase64,
  verifyInclusion,
  type Verifier,
} from '@daybook/tlog';
import { ask, askJson } from '../api.ts';
import type { EventRow, Place } from '../event.ts';
import { knownSigner, type SignerMemory } from './known-signers.ts';

/** An entry as the server gave it, byte for byte. */
export interface FetchedEntry {
  readonly bytes: Uint8Array;
  readonly row: EventRow;
  /** For reading, not for hashing. */
  readonly text: string;
}

export interface ProofStep {
  readonly hash: string;
  readonly side: 'left' | 'right';
}

/** What this browser found out by itself. */
export type EntryProof =
  | {
      readonly ok: true;
      readonly leaf: string;
      readonly steps: readonly ProofStep[];
      readonly checkpoint: Checkpoint;
      readonly verifier: Verifier;
      readonly signer: SignerMemory;
      readonly proofText: string;
      readonly verifierKey: string;
    }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly leaf: string };

interface ListedLogs {
  readonly logs: readonly { readonly log: string; readonly origin: string; readonly verifier_key: string | null }[];
}

/** One view of one event: the server records it. */
export async function fetchEntry({ log, idx }: Place, signal: AbortSignal): Promise<FetchedEntry> {
  const answer = new Uint8Array(await (await ask(`/v1/events/${log}/${idx}`, { signal })).arrayBuffer());
  const bytes = entryBytes(answer);
  const text = new TextDecoder().decode(bytes);
  return { bytes, row: rowOf(log, idx, text), text };
}

/** The entry's very bytes: parsed and written again they might be others. They are the last member of the answer. */
function entryBytes(answer: Uint8Array): Uint8Array {
  const mark = new TextEncoder().encode('"entry":');
  const at = answer.findIndex((_, i) => mark.every((byte, j) => answer[i + j] === byte));
  if (at < 0) throw new Error('The server did not answer with an entry.');
  return answer.subarray(at + mark.length, -1);
}

export function rowOf(log: string, idx: number, text: string): EventRow {
  const entry = recordOf(parseJson(text));
  const { event, rt, kind, src, sseq } = entry;
  return { log, idx, recorded_at: rt, kind, ...(src === undefined ? {} : { src, sseq }), ...recordOf(event) };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}; // oxlint-disable-line no-unsafe-type-assertion
}

/** Fetches the proof and computes here what the server cannot fake: the root that this entry leads to, and whose signature stands under it. */
export async function proveEntry({ log, idx }: Place, entry: Uint8Array, signal: AbortSignal): Promise<EntryProof> {
  const [proofText, { logs }] = await Promise.all([
    ask(`/v1/events/${log}/${idx}/proof`, { signal }).then((response) => response.text()),
    askJson<ListedLogs>('/logs', { signal }),
  ]);
  const key = logs.find((one) => one.log === log)?.verifier_key;
  if (key === undefined || key === null)
    return { ok: false, code: 'key_missing', message: 'The server names no key for this log.', leaf: '' };
  return checkEntryProof({ log, idx, entry, proofText, verifierKey: key });
}

export interface ClaimedProof extends Place {
  readonly entry: Uint8Array;
  readonly proofText: string;
  readonly verifierKey: string;
}

/** Offline: everything that is claimed, checked. */
export function checkEntryProof({ idx, entry, proofText, verifierKey }: ClaimedProof): EntryProof {
  const leaf = leafHash(entry);
  try {
    const verifier = parseVerifierKey(verifierKey);
    const proof = parseTlogProof(proofText);
    if (proof.index !== idx) throw new TlogError('proof_mismatch', `The proof is for entry ${proof.index}.`);
    const checkpoint = openCheckpoint(proof.checkpoint, verifier);
    verifyInclusion(proof.hashes, leaf, idx, checkpoint);
    const signer = knownSigner(verifier, verifierKey);
    if (signer.kind === 'changed') {
      return {
        ok: false,
        code: 'key_changed',
        message: 'This log was signed by another key when this browser first saw it.',
        leaf: toBase64(leaf),
      };
    }
    return {
      ok: true,
      leaf: toBase64(leaf),
      steps: stepsOf(proof.hashes, idx, checkpoint.size),
      checkpoint,
      verifier,
      signer,
      proofText,
      verifierKey,
    };
  } catch (error) {
    if (!(error instanceof TlogError)) throw error;
    return { ok: false, code: error.code, message: error.message, leaf: toBase64(leaf) };
  }
}

/** For each hash of the path whether it stands left or right of what was computed so far. */
function stepsOf(hashes: readonly Uint8Array[], index: number, size: number): ProofStep[] {
  const siblings = inclusionSiblings(index, size);
  return hashes.map((hash, i) => ({ hash: toBase64(hash), side: siblings[i]?.side ?? 'right' }));
}
