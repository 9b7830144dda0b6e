const KIB = 1024;
const MIB = 1024 * KIB;

// ---- the spool

/** All that waits on disk: about 700,000 events, an hour and a half at 130 a second. Beyond: `record` counts what is lost, and a gap entry tells it. */
export const SPOOL_BYTES_MAX = 256 * MIB;
/** Room beyond the bound for gap entries, which must find some when nothing else does: about 500. Beyond: the gap's count waits in memory. */
export const GAP_RESERVE_BYTES = 256 * KIB;
/** One file: what a killed process may send again (the server drops the doubles), and what is deleted at once. */
export const SEGMENT_BYTES = 4 * MIB;
/** A segment of which everything arrived is emptied from this size on at once, below it with the next housekeeping. */
export const EMPTY_AT_BYTES = 256 * KIB;
/** How much a power cut can take: what was written since the last fsync. A killed process loses nothing, fsync or not. */
export const FSYNC_INTERVAL_MS = 1000;
/** A disk that refused a write is asked again after this; asking for each record would cost each record a failing call. */
export const DISK_RETRY_MS = 500;
/** What waits in memory while the disk takes nothing: about 10,000 events. Beyond: lost, and told. */
export const MEMORY_BYTES_MAX = 4 * MIB;
/** One record: the server takes no larger one. Beyond: to the dead letters. */
export const LINE_BYTES_MAX = 512 * KIB;
/** Dead letters. Beyond: what is refused for good is counted as lost, and told. */
export const DEAD_LETTER_BYTES_MAX = 64 * MIB;
/** Spools of processes that died are looked for at the start and then this often. */
export const RECOVER_INTERVAL_MS = 60_000;
/** The owner of a spool touches its lock this often; on another machine it counts as dead after `LOCK_STALE_MS`: ten touches missed. */
export const HEARTBEAT_MS = 30_000;
export const LOCK_STALE_MS = 10 * HEARTBEAT_MS;

// ---- sending

/** One request: few enough bytes that a busy server takes it in some 10 ms, enough that its fdatasync is shared by a thousand events. */
export const BATCH_BYTES = 512 * KIB;
/** The server takes 10,000 items; it is at its best with some thousand. */
export const BATCH_ITEMS = 2000;
/** Requests at once: while one waits for the disk of the server, the other is read from ours. Bounds the memory: two batches. */
export const LANES = 2;
/** How long the first record of a batch waits for more. */
export const LINGER_MS = 100;
/** A reply names at most every item of a batch. Beyond: it is no reply of Daybook. */
export const REPLY_BYTES_MAX = 4 * MIB;
/** A request without an answer: the server waits for its disk, not for people. Beyond: sent again. */
export const REQUEST_MS = 30_000;
/** Waits after failures double from the first to the last; half of each is chance, so that producers do not come all at once. */
export const BACKOFF_FIRST_MS = 200;
export const BACKOFF_LAST_MS = 30_000;
/** What a person must put right (a token, an address) is tried again no more often than this. */
export const BACKOFF_REFUSED_MS = 5000;
/** A longer Retry-After is not believed: a mistake there must not stop the evidence for days. */
export const RETRY_AFTER_MAX_MS = 300_000;
/** Smaller bodies do not become smaller by gzip in a way that matters. */
export const GZIP_BYTES_MIN = 2 * KIB;
/** How long `flush` and `close` wait when they are not told: orchestrators kill after ten seconds. */
export const FLUSH_MS = 5000;

// ---- telling

/** One report of a kind in this time; the next says how many there were. */
export const REPORT_INTERVAL_MS = 10_000;
/** A gap that goes on is told after this, then after twice as long, up to the last. */
export const GAP_FIRST_MS = 1000;
export const GAP_LAST_MS = 60_000;

// ---- what is read from requests (all of it is the client's to choose)

/** A text: longer ones are cut, for nothing of a request may make its event too large to be kept. */
export const TEXT_CHARS_MAX = 512;
export const PATH_CHARS_MAX = 1024;
/** Members of an allow-list, hops of a proxy chain, roles. */
export const LIST_ITEMS_MAX = 32;
