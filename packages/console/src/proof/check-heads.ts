import {
  type Checkpoint,
  consistencyProof,
  fromBase64,
  openCheckpoint,
  parseVerifierKey,
  tileHashReader,
  tilePath,
  type Tile,
  TlogError,
  toBase64,
  verifyConsistency,
} from '@daybook/tlog';
import { ask, askJson } from '../api.ts';
import { knownSigner, signerOf } from './known-signers.ts';

export interface HeadCheck {
  readonly log: string;
  readonly origin: string;
  readonly size: number;
  /** Entries, of which the newest may wait for the next signature. */
  readonly entries: number;
  readonly root: string;
  readonly verifierKey: string;
  readonly note: string;
  /** The head that this browser had seen before, when it had. */
  readonly since: number | undefined;
  readonly verdict: { readonly kind: 'good' } | { readonly kind: 'bad'; readonly code: string; readonly message: string };
}

interface Listed {
  readonly log: string;
  readonly origin: string;
  readonly size: number;
  readonly verifier_key: string | null;
}

const KEY = 'daybook.heads';

/**
 * Fetches the signed head of each log, checks the signature, and that it is a continuation of the newest head that this browser has seen: a log that was
 * shortened or written anew cannot be.
 */
export async function checkHeads(signal: AbortSignal): Promise<HeadCheck[]> {
  const { logs } = await askJson<{ logs: readonly Listed[] }>('/logs', { signal });
  return Promise.all(logs.map((log) => checkHead(log, signal)));
}

async function checkHead({ log, origin, size: entries, verifier_key: key }: Listed, signal: AbortSignal): Promise<HeadCheck> {
  const note = await (await ask(`/logs/${log}/checkpoint`, { signal })).text();
  const known = { log, origin, entries, note, verifierKey: key ?? '' };
  try {
    const verifier = parseVerifierKey(key ?? '');
    const head = openCheckpoint(note, verifier);
    if (knownSigner(verifier, key ?? '').kind === 'changed')
      throw new TlogError('signature_missing', `This browser knows another key for ${origin}: ${signerOf(origin) ?? ''}`);
    const before = seen(origin);
    if (before !== undefined) await checkContinues(log, before, head, signal);
    if (before === undefined || head.size >= before.size) keep(head);
    return { ...known, size: head.size, root: toBase64(head.root), since: before?.size, verdict: { kind: 'good' } };
  } catch (error) {
    if (!(error instanceof TlogError)) throw error;
    return { ...known, size: 0, root: '', since: undefined, verdict: { kind: 'bad', code: error.code, message: error.message } };
  }
}

async function checkContinues(log: string, before: Checkpoint, head: Checkpoint, signal: AbortSignal): Promise<void> {
  const [older, newer] = before.size <= head.size ? [before, head] : [head, before];
  // An older head may come from a cache on the way; it must then lie on the way to the newer one.
  if (newer !== head)
    throw new TlogError('head_rolled_back', `This browser has seen ${before.size} entries signed; now there are ${head.size}.`);
  const reader = tileHashReader(
    newer.size,
    async (tile: Tile) => new Uint8Array(await (await ask(`/logs/${log}/${tilePath(tile)}`, { signal })).arrayBuffer()),
  );
  verifyConsistency(await consistencyProof(older.size, newer.size, reader), older, newer);
}

function seen(origin: string): Checkpoint | undefined {
  const line = lines().get(origin);
  const [size = '', root = ''] = line?.split(' ') ?? [];
  return /^\d{1,16}$/.test(size) ? { origin, size: Number(size), root: fromBase64(root) } : undefined;
}

function keep({ origin, size, root }: Checkpoint): void {
  const all = lines();
  all.set(origin, `${size} ${toBase64(root)}`);
  localStorage.setItem(KEY, [...all].map(([name, rest]) => `${name} ${rest}`).join('\n'));
}

function lines(): Map<string, string> {
  const texts = (localStorage.getItem(KEY) ?? '').split('\n').filter((line) => line.includes(' '));
  return new Map(texts.map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]));
}
