import type { Logger } from 'pino';
import type { OpenMetricsContentType, Registry } from 'prom-client';
import type { SealJob, SealResult } from '@daybook/logfiles';
import type { Files } from '../base/files.ts';
import type { Clock } from '../base/types.ts';
import type { PreviousHead } from './restore.ts';
import type { LogId } from './types.ts';

/** What the ledger needs, and nothing more: so it is tested alone. */
export interface LedgerOptions {
  readonly ledgerDir: string;
  readonly signingKeyFile: string;
  /** DAYBOOK_ORIGIN: the names of the logs' keys are `<origin>/<log>`. Frozen at the first start. */
  readonly origin: string;
  /** The operator chose no origin: then the frozen one stands, whatever the host is called now. */
  readonly originIsDefault: boolean;
  readonly lastSignedDir: string | undefined;
  readonly checkpointSinks: readonly string[];
  readonly logs: readonly LogId[];
  readonly clock: Clock;
  readonly files: Files;
  /** Base64url text of so many random bytes. */
  readonly randomText: (bytes: number) => string;
  readonly postText: (url: string, body: string, signal: AbortSignal) => Promise<void>;
  readonly log: Logger;
  readonly metrics: Registry<OpenMetricsContentType>;
  /** Stops the process with a sentence. Tests let it return; then the ledger refuses everything. */
  readonly fatal: (error: unknown) => void;
  readonly limits?: Partial<LedgerLimits>;
  /** Only for `restore --new-origin`: the old heads, which the first entries name. */
  readonly previous?: ReadonlyMap<LogId, PreviousHead>;
  /** Seals a segment; `sealSegment` (a worker thread) unless a test has no real disk. */
  readonly seal?: (job: SealJob) => Promise<SealResult>;
  /** Takes the writer's lock on a file; `lockLedger` unless a test has no real disk. */
  readonly lock?: (file: string) => { release(): void };
}

export interface LedgerLimits {
  /**
   * Bytes of entries in one log that may wait for their sync; beyond it appends are refused with too_busy. Bounds memory, the longest wait, and
   * the time that one round takes the loop for: CRC and tree of 32 MiB of entries are some 35 ms.
   */
  readonly pendingBytesMax: number;
  /** Newest entries of one log kept in memory for the indexer and tails; older ones are read from disk. */
  readonly ringBytes: number;
  /** The pause between two heads of one log: a head a second bounds both the wait for `committed` and the number of kept checkpoints. */
  readonly checkpointIntervalMs: number;
  readonly reserveBytes: number;
  readonly resumeFreeBytes: number;
  /** How often a full disk is asked whether it has room again. */
  readonly spacePollMs: number;
  readonly sinkIntervalMs: number;
  /** How often it is looked whether a segment can be sealed. */
  readonly sealIntervalMs: number;
  /** Full segments that may wait uncompressed while entries arrive fast; more are sealed whatever it costs. 48 are a burst of 3 M entries, less than 2 GB. */
  readonly waitingSegmentsMax: number;
}

const MIB = 1024 * 1024;

export const LIMITS: LedgerLimits = {
  pendingBytesMax: 32 * MIB,
  ringBytes: 32 * MIB,
  checkpointIntervalMs: 1000,
  reserveBytes: 64 * MIB,
  resumeFreeBytes: 64 * MIB,
  spacePollMs: 1000,
  sinkIntervalMs: 60_000,
  sealIntervalMs: 1000,
  waitingSegmentsMax: 48,
};
