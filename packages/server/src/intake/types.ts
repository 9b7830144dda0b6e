import type { Principal } from '../base/types.ts';
import type { CountReport, LineCounts } from './capture-counts.ts';
import type { CaptureLoss } from './capture-loss.ts';
import type { Kept } from './quarantine.ts';
import type { QuarantineLine } from './quarantine-record.ts';
import type { QuarantineView } from './quarantine-view.ts';
import type { LineReader, LineReading, Reimported } from './reimport.ts';

export type Channel = 'app' | 'gateway' | 'importer' | 'api' | 'agent';

/**
 * What an importer says beside the body. With it, the items are another system's own records: their `src`, `sseq`, `kind`, `log` … are no claims
 * but go to `attributes` unchanged.
 */
export interface Envelope {
  /** Producer instance of all items. */
  readonly src: string;
  /** `sseq` of item 0; item i has `sseqFirst + i`. */
  readonly sseqFirst: number | undefined;
}

/** A JSON document, lines of JSON, or a daybook.v1.EventBatch. */
export type BodyFormat = 'json' | 'ndjson' | 'protobuf';

/** One body of POST /v1/events, already unpacked from gzip and within the size limit. */
export interface IntakeRequest {
  readonly principal: Principal;
  readonly channel: Channel;
  readonly envelope?: Envelope | undefined;
  readonly format: BodyFormat;
  readonly body: Buffer;
  /** `committed` waits for the signed checkpoints that cover the accepted items. */
  readonly wait: 'durable' | 'committed';
  readonly signal: AbortSignal;
  /** What is refused again stays where it is. */
  readonly fromQuarantine?: true;
}

/** The JSON of the reply of POST /v1/events. */
export interface IntakeReply {
  /** Folded ones included. */
  readonly accepted: number;
  /** Accepted items that are counted in an entry of the same request, and where that is; absent when there are none. */
  readonly folded?: readonly { readonly item: number; readonly log: string; readonly idx: number | null }[];
  /** `idx` is null when the first copy is known to be kept but its place is no longer remembered. */
  readonly duplicates: readonly { readonly item: number; readonly log: string; readonly idx: number | null }[];
  readonly rejected: readonly { readonly item: number; readonly code: string; readonly field: string; readonly message: string }[];
  readonly receipts: readonly { readonly log: string; readonly first_idx: number; readonly last_idx: number }[];
  /** With wait=committed: log → signed note. */
  readonly checkpoints?: Readonly<Record<string, string>>;
}

/** The JSON of the replies of POST /v1/quarantine and POST /v1/capture-counts. */
export interface AsideReply extends Kept {
  readonly rejected: IntakeReply['rejected'];
}

/** A hole in a producer's numbers that nothing explains. */
export interface CounterGap {
  readonly producer: string;
  readonly src: string;
  readonly first: number;
  readonly last: number;
}

export interface Intake {
  /** Resolves when everything accepted is durable. Throws DaybookError when nothing of the request was kept. */
  accept(request: IntakeRequest): Promise<IntakeReply>;
  /**
   * Puts lines that a receiver could not read into quarantine and counts them. Durable when it resolves; `dropped` did not fit its bounds. Throws
   * disk_full and ledger_unavailable: then the sender keeps them and comes again.
   */
  quarantine(producer: string, lines: readonly QuarantineLine[]): Promise<Kept>;
  /** Counts what became of lines that a receiver read: events, noise and folded ones by kind. Quarantined ones are counted already. */
  countLines(reports: readonly CountReport[]): Promise<void>;
  /** The body of POST /v1/quarantine, unpacked: lines of JSON. */
  quarantineBody(principal: Principal, body: Buffer): Promise<AsideReply>;
  /** The body of POST /v1/capture-counts. */
  countsBody(principal: Principal, body: Buffer): Promise<AsideReply>;
  /** Tells in the ledger what is known to be lost before it could be kept. */
  recordLoss(loss: CaptureLoss): Promise<void>;
  /** How many counters of a producer's instances are kept, or about to be, of those whose name (behind the producer's) begins so. */
  counters(producer: string, instance: string): { readonly src: string; readonly count: number }[];
  /** What is in quarantine. */
  readonly view: QuarantineView;
  /** Imports records of the quarantine again, and marks what became of each. */
  reimport(ids: readonly string[], by: Principal, signal: AbortSignal): Promise<Reimported[]>;
  /** What became of lines in the newest `days` days, by source, NUL, format. */
  lineCounts(days: number): Promise<ReadonlyMap<string, LineCounts>>;
  /** Numbers that producers used and that never came: not those that lie in quarantine. At most `max`. */
  gaps(max: number): Promise<CounterGap[]>;
  /** Snapshots the dedupe table. */
  close(): Promise<void>;
}

export type { CaptureLoss, CountReport, LineCounts, LineReader, LineReading, QuarantineLine, QuarantineView, Reimported };
