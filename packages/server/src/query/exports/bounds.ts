/** Exports at a time: each holds one of the engine's four sessions for long statements, and questions of people need the other two. Beyond it: too_busy. */
export const RUNNING_MAX = 2;
/** Of one person or token: nobody takes all of them. Beyond it: too_busy. */
export const RUNNING_EACH_MAX = 1;
/** Exports that one person sees in the list; beyond it those that left no file are forgotten, and then it is said that one has to go. */
export const LISTED_EACH_MAX = 20;
/** Bytes of all files together: a CSV of 20 million events with all columns has some 15 GiB. A new export is refused with it, one that runs fails: exports_full. */
export const BYTES_MAX = 20 * 1024 ** 3;
/**
 * Free bytes that stay on the disk: what the ledger asks for before it leaves a full disk behind (64 MiB), and room for the engine to merge in. An export that
 * would go below ends as disk_full; the ledger's own reserve lies on the disk already.
 */
export const FREE_BYTES_MIN = 512 * 1024 ** 2;
/** After so many bytes the file is synced and the disk looked at: little waits in memory for a disk that the ledger syncs on too. */
export const STEP_BYTES = 8 * 1024 ** 2;
/** A file is there for a working day and the next morning. */
export const KEPT_MS = 24 * 3_600_000;
/** What is over is removed within this; it is never handed out any more. */
export const SWEEP_MS = 60_000;
/** The count beforehand; where it takes longer, nothing is said of a total. */
export const COUNT_S_MAX = 120;
/** Read from the disk at a time for a download. */
export const READ_BYTES = 256 * 1024;
