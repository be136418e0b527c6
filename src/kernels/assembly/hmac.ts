// HMAC-SHA-256 (RFC 2104) of many messages under one key, five at a time. Built into ../hmac.wasm by ../build.ts.
// ../hmac-simd.ts fills KEY, OFFSETS and LENGTHS, keeps within the bounds below, and reads the digests.

import { compress, STATE_BYTES, VECTORS, WORDS } from './sha256';

/** Messages of one call of `digest`, at most. */
export const MAX_MESSAGES = 1024;

/** Bytes of one message, at most. */
export const MAX_MESSAGE_BYTES = 4096;

/** Messages are read in whole blocks: so many bytes behind the last one must exist. */
export const READ_BEYOND_BYTES = 64;

/** The states after the inner and after the outer padded key, the same for each lane. */
export const KEY: usize = memory.data(2 * STATE_BYTES, 16);
export const KEY_BYTES = 2 * STATE_BYTES;
const OUTER_KEY: usize = KEY + STATE_BYTES;

/** Where the messages lie, from `digest`'s base on, and their lengths in bytes. */
export const OFFSETS: usize = memory.data(4 * MAX_MESSAGES, 16);
export const LENGTHS: usize = memory.data(4 * MAX_MESSAGES, 16);

/** Messages in work at the same time. */
const GROUP = 5;
/** Their indexes. */
const INDEXES: usize = memory.data(4 * GROUP, 16);
/** A block of each, 64 bytes: four rows to be interleaved, and the scalar message's, which is its part of WORDS already. */
const ROWS: usize = memory.data(4 * 64, 16);
const STATE: usize = memory.data(STATE_BYTES, 16);
