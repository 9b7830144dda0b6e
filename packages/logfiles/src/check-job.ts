import { type BlobsJob, type BlobsReport, checkBlobs } from './check-blobs.ts';
import { isAbsent, isSystemError } from './byte-source.ts';
import { checkSegment, type SegmentJob, type SegmentReport } from './check-segment.ts';

/** What a thread of the check does. */
export type CheckJob = { readonly kind: 'segment'; readonly job: SegmentJob } | { readonly kind: 'blobs'; readonly job: BlobsJob };

export type CheckAnswer =
  | { readonly kind: 'segment'; readonly report: SegmentReport }
  | { readonly kind: 'blobs'; readonly report: BlobsReport }
  /** The file is not there (any more), or cannot be read. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly detail: string }
  /** A fault of this program. */
  | { readonly kind: 'failed'; readonly detail: string };

export function answer(job: CheckJob): CheckAnswer {
  try {
    return job.kind === 'segment' ? { kind: 'segment', report: checkSegment(job.job) } : { kind: 'blobs', report: checkBlobs(job.job) };
  } catch (error) {
    if (isAbsent(error)) return { kind: 'absent' };
    if (isSystemError(error)) return { kind: 'unreadable', detail: error.code };
    return { kind: 'failed', detail: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
