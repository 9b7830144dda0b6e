import { ENTRY_BYTES_MAX } from '@daybook/protocol';

/** The bounds of intake: why each number, and what happens beyond it. */

/** Body of a request, unpacked: 50 times a batch of 1,000; bounds the memory that one sender can hold. Beyond: 413. */
export const BODY_BYTES_MAX = 16 * 1024 * 1024;
/** Items of one request: their append is one synchronous step of the ledger (about 2 µs each), which must not hold up others. Beyond: 413. */
export const ITEMS_MAX = 10_000;
/**
 * One item: twice what cloud audit logs allow theirs. It is read and redacted without a pause, at the worst (a secret every six bytes) in some 20 ms.
 * Beyond: rejected.
 */
export const ITEM_BYTES_MAX = 512 * 1024;
/** Items and bytes that are decided without a pause, so that other requests get their turn within a few milliseconds. */
export const SLICE_ITEMS = 256;
export const SLICE_BYTES = 128 * 1024;
/** User agents never seen before that are taken apart without a pause: each takes as long as fifty events. */
export const SLICE_AGENTS = 64;
/** Bytes of white space, or of an item that is too large, that are skipped without a pause. */
export const SKIP_BYTES = 4 * 1024 * 1024;
/** Events that are handed to the ledger without a pause: so many bytes, at some 3 ns each. */
export const STEP_BYTES = 2 * 1024 * 1024;
/** What an event costs beside its bytes, counted as such; and one that has to be marked besides: it is taken apart and put together again. */
export const EVENT_STEP_BYTES = 512;
export const MARKED_STEP_BYTES = 6 * 1024;
export const MARKED_STEP_TIMES = 2;
/** Bodies in hand, of all requests together. Beyond: 429. */
export const IN_FLIGHT_BYTES_MAX = 96 * 1024 * 1024;

/** What the ledger puts around an event: kind, nonce, times, version (110 bytes), `src` and `sseq` (160 at the most), with room to spare. */
const ENTRY_FRAME_BYTES = 512;
/** Canonical text of an event. Beyond: the longest fields move to blobs. */
export const EVENT_BYTES_MAX = ENTRY_BYTES_MAX - ENTRY_FRAME_BYTES;
/** Ids and counters of the events that are counted in one: some hundred ids. Beyond it the next repetition is an entry of its own, and the count goes on there. */
export const FOLDED_BYTES_MAX = 16 * 1024;
/** What stays of a field that moved to a blob, in characters: enough to recognise it in a list. */
export const HEAD_CHARS = 1024;
/** Producer instance, `shop/web-1`. Beyond: rejected. */
export const SRC_CHARS_MAX = 128;
/** A list of roles, a proxy chain, labels: members. Beyond: rejected. */
export const LIST_ITEMS_MAX = 256;
/** Members of `redactions`; a last member `…` says that there were more. */
export const REDACTIONS_MAX = 64;

const SECOND = 1_000_000;
/** A clock that is further ahead than this is wrong, and so is the time that it claims. */
export const AHEAD_MARKED_MICROS = 300 * SECOND;
/** A claim further ahead than this would be a lie in every report: the receive time stands instead, the claim is kept beside it. */
export const AHEAD_REPLACED_MICROS = 86_400 * SECOND;
