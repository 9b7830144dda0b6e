import type { EntryKind, FieldSet } from '@daybook/protocol';
import type { Turn } from './turn.ts';

/** Retention class and name of its log: `routine`, `important`, or more by configuration. No slash; /^[a-z][a-z0-9_-]{0,31}$/. */
export type LogId = string;

/**
 * Events that intake has decided on, all of one log, in the order in which they get consecutive idx. Parallel arrays: no object per event. Bytes, not strings: making,
 * flattening and encoding a string per event took 2 of the 2.9 µs between decision and leaf hash.
 */
export interface EventBatch {
  /** The canonical JSON of event i, `{"action":…}`, is `bytes[starts[i], ends[i])` in UTF-8. Read before `append` returns, and not afterwards. */
  readonly bytes: Buffer;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** Producer instance of each event, always set: the authenticated producer's name, or `name/instance` when the producer gave one. */
  readonly src: readonly string[];
  /** The producer's own counter, where given. */
  readonly sseq: readonly (number | undefined)[];
  /** Redacted original line, importers only; absent array = none. */
  readonly raw?: readonly (string | undefined)[];
  /** Union of the fields that the events have. */
  readonly fields: FieldSet;
}

export interface Receipt {
  readonly log: LogId;
  readonly firstIdx: number;
  /** Inclusive. */
  readonly lastIdx: number;
}

/**
 * Consecutive entries of one log as bytes. `bytes` holds them in the form of a tlog-tiles entry bundle: uint16 BE length, entry; repeated.
 * Entry i of the chunk is `bytes.subarray(starts[i], ends[i])`. Chunks are shared and immutable: never write to `bytes`.
 */
export interface EntryChunk {
  readonly log: LogId;
  readonly firstIdx: number;
  readonly count: number;
  readonly bytes: Buffer;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** Union of the fields of its events when known (fresh entries), else undefined (read back from disk). */
  readonly fields?: FieldSet;
}

export interface LogState {
  readonly log: LogId;
  /** The key name of its checkpoints: `<DAYBOOK_ORIGIN>/<log>`. */
  readonly origin: string;
  /** First idx that still exists (0 until something was pruned). */
  readonly firstIdx: number;
  /** Entries that are durable: idx < size were or may be acknowledged. */
  readonly size: number;
  /** Size of the last signed checkpoint. */
  readonly signedSize: number;
  /** `rt` of the newest durable entry in microseconds, 0 when empty. */
  readonly lastRtMicros: number;
}

export interface Ledger {
  readonly logs: readonly LogId[];
  state(log: LogId): LogState;

  /**
   * Appends events. Assigns idx and `rt` synchronously, in call order, before it returns the promise; the promise resolves when the entries are
   * durable. Rejects with DaybookError `disk_full`, `ledger_unavailable`, `too_busy`; then none of the batch is kept. MUST NOT resolve before
   * fdatasync returned; MUST NOT keep a part of a batch.
   */
  append(log: LogId, batch: EventBatch): Promise<Receipt>;

  /** For appends in several steps: see Turn. Whoever appends looks at it first. */
  readonly turn: Turn;

  /**
   * Appends one control or reader-audit entry (kind ≠ 'event') to log `important`. `event` holds canonical field values; the ledger adds
   * timestamp, observed_at, importance, category audit, channel api, source daybook and severity where absent. Uses the reserve when the disk is full.
   */
  record(kind: Exclude<EntryKind, 'event'>, event: Readonly<Record<string, unknown>>): Promise<Receipt>;

  /** Resolves when a signed, published checkpoint covers idx < size; returns the checkpoint's text. */
  committed(log: LogId, size: number, signal?: AbortSignal): Promise<string>;

  /** Entries [from, to) in order, durable ones only, in chunks of at most a few thousand entries. Throws not_found below firstIdx or beyond size. */
  read(log: LogId, from: number, to: number, signal?: AbortSignal): AsyncIterable<EntryChunk>;
  /** Follows the log from `from`: yields durable chunks in order without end until the signal aborts. Recent chunks come from memory. */
  tail(log: LogId, from: number, signal: AbortSignal): AsyncIterable<EntryChunk>;
  /** The bytes of one entry. */
  entry(log: LogId, idx: number): Promise<Buffer>;

  /** Newest published checkpoint: signed note text. */
  checkpoint(log: LogId): string;
  /** Bytes of `tile/<level>/<n>` with `width` hashes (1…256), or of `tile/entries/<n>` for level 'entries'; undefined when beyond the signed size or pruned. */
  tile(log: LogId, level: number | 'entries', n: number, width: number): Promise<Buffer | undefined>;
  /** tlog-proof text for one entry under the newest checkpoint. */
  proof(log: LogId, idx: number): Promise<string>;
  /** Signed note verifier key lines (`name+hash+base64`), one per log. */
  verifierKeys(): readonly string[];

  /** Whole redacted bytes that do not fit an entry. Returns the blob's name: hex SHA-256(nonce ‖ bytes). Durable when it resolves. */
  putBlob(bytes: Buffer): Promise<string>;
  getBlob(name: string): Promise<Buffer | undefined>;

  /** false with a reason while appends are refused (disk full, fatal fault). */
  /** `reserveSpent`: not even `record()` has room, so reads that must be recorded are refused. */
  health(): {
    readonly ok: boolean;
    readonly code?: 'disk_full' | 'ledger_unavailable';
    readonly detail?: string;
    readonly reserveSpent?: boolean;
  };
  /** Drains, signs a last checkpoint, closes files, releases the lock. */
  close(): Promise<void>;
}
