// HMAC-SHA-256 (RFC 2104) of many messages under one key, five at a time. Built into ../hmac.wasm by ../build.ts.
// ../hmac-simd.ts fills KEY, OFFSETS and LENGTHS, keeps within the bounds below, and reads the digests.

import { blocksOf, GROUP, interleave, ROWS, swapBytes, writeBlock, writeDigests, writeOnlyBlock } from './blocks';
import { compress, STATE_BYTES, VECTORS, WORDS } from './sha256';

// For ../build.ts, which links `compress`.
export { K, VECTORS, WORDS } from './sha256';

/** Messages of one call of `digest`, at most. */
export const MAX_MESSAGES = 1024;

/**
 * Bytes of one message, at most. From some 2,300 bytes on, node:crypto with SHA instructions is faster, its 2 µs a call
 * included (2,048 bytes: 2.5 µs here in a full group, 2.7 µs there); and memory stays small.
 */
export const MAX_MESSAGE_BYTES = 2048;

/** Messages are read in whole blocks: so many bytes behind the last one must exist. */
export const READ_BEYOND_BYTES = 64;

/** The states after the inner and after the outer padded key, the same for all messages of a group. */
export const KEY: usize = memory.data(2 * STATE_BYTES, 16);
export const KEY_BYTES = 2 * STATE_BYTES;
const OUTER_KEY: usize = KEY + STATE_BYTES;

/** Where the messages lie, from `digest`'s base on, and their lengths in bytes. */
export const OFFSETS: usize = memory.data(4 * MAX_MESSAGES, 16);
export const LENGTHS: usize = memory.data(4 * MAX_MESSAGES, 16);

/** Where `measure` writes: the first byte of all messages (-1: one is impossible), the one after the last, the sum of their
 * lengths, and how many were too long. */
export const MEASURED: usize = memory.data(16, 4);

/** The messages in work: which they are, and what their hashes have come to. */
const INDEXES: usize = memory.data(4 * GROUP, 16);
const STATE: usize = memory.data(STATE_BYTES, 16);

/** Of a group of long messages: the inner digests of those that have ended. */
const ENDED: usize = memory.data(STATE_BYTES, 16);

/** Messages of two blocks and more, as found and in order of their blocks, and where each number of blocks begins. */
const LONG: usize = memory.data(4 * MAX_MESSAGES, 16);
const SORTED: usize = memory.data(4 * MAX_MESSAGES, 16);
const PLACES_BYTES = 4 * (MAX_MESSAGE_BYTES / 64 + 3);
const PLACES: usize = memory.data(PLACES_BYTES, 16);

/** H(0) … H(7) of every SHA-256 (FIPS 180-4 §5.3.3). */
const INITIAL: usize = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
], 16);

/** Gives word `t` of all five messages one value. */
// @ts-ignore: decorator
@inline
function setWord(area: usize, t: i32, word: u32): void {
  store<u32>(area + 4 * t, word);
  v128.store(area + VECTORS + 16 * t, i32x4.splat(word));
}

/** The outer hashes of the inner digests in WORDS: a block of 32 bytes and its padding, behind the padded key's block. */
// @ts-ignore: decorator
@inline
function hashInner(digests: usize): void {
  setWord(WORDS, 8, 0x80000000);
  setWord(WORDS, 9, 0);
  setWord(WORDS, 10, 0);
  setWord(WORDS, 11, 0);
  setWord(WORDS, 12, 0);
  setWord(WORDS, 13, 0);
  setWord(WORDS, 14, 0);
  setWord(WORDS, 15, (64 + 32) * 8);
  compress(OUTER_KEY, STATE);
  writeDigests(STATE, digests, INDEXES);
}

/** Hashes the messages of one block that are in ROWS. */
function finishShort(digests: usize): void {
  interleave();
  compress(KEY, WORDS);
  hashInner(digests);
}

/** The address of word 0 of message `lane` of a group; the next word is `wordStride` further. */
// @ts-ignore: decorator
@inline
function firstWord(area: usize, lane: i32): usize {
  return lane == GROUP - 1 ? area : area + VECTORS + 4 * lane;
}

/** Keeps the inner digest of a message that has ended; the others of its group go on. */
function keepEnded(lane: i32): void {
  const stride = lane == GROUP - 1 ? 4 : 16;
  const from = firstWord(STATE, lane);
  const to = firstWord(ENDED, lane);
  for (let i = 0; i < 8; i++) store<u32>(to + stride * i, load<u32>(from + stride * i));
}

/** Hashes the messages that INDEXES names: all go on until the longest, the last one, has ended. */
function hashLong(base: usize, digests: usize): void {
  const blocks = blocksOf(lengthOf(load<i32>(INDEXES + 4 * (GROUP - 1))));
  for (let block = 0; block < blocks; block++) {
    for (let lane = 0; lane < GROUP; lane++) {
      const index = load<i32>(INDEXES + 4 * lane);
      writeBlock(ROWS + 64 * lane, base + load<i32>(OFFSETS + 4 * index), lengthOf(index), block);
    }
    interleave();
    compress(block == 0 ? KEY : STATE, STATE);
    for (let lane = 0; lane < GROUP; lane++) {
      if (blocksOf(lengthOf(load<i32>(INDEXES + 4 * lane))) == block + 1) keepEnded(lane);
    }
  }
  memory.copy(WORDS, ENDED, STATE_BYTES);
  hashInner(digests);
}

// @ts-ignore: decorator
@inline
function lengthOf(index: i32): i32 {
  return load<i32>(LENGTHS + 4 * index);
}

/** Sorts `count` messages of LONG into SORTED by their blocks, so that the lanes of a group end at about the same one. */
function sortLong(count: i32): void {
  memory.fill(PLACES, 0, PLACES_BYTES);
  for (let i = 0; i < count; i++) {
    const place = PLACES + 4 * (blocksOf(lengthOf(load<i32>(LONG + 4 * i))) + 1);
    store<i32>(place, load<i32>(place) + 1);
  }
  for (let place = PLACES + 4; place < PLACES + PLACES_BYTES; place += 4) {
    store<i32>(place, load<i32>(place) + load<i32>(place - 4));
  }
  for (let i = 0; i < count; i++) {
    const index = load<i32>(LONG + 4 * i);
    const place = PLACES + 4 * blocksOf(lengthOf(index));
    const to = load<i32>(place);
    store<i32>(place, to + 1);
    store<i32>(SORTED + 4 * to, index);
  }
}

/**
 * Writes the digests of `count` messages to `digests`, 32 bytes each, in the messages' order. Message i is LENGTHS[i]
 * bytes at base + OFFSETS[i]. Messages of one block are hashed as they come, longer ones afterwards, sorted.
 */
export function digest(count: i32, base: usize, digests: usize): void {
  let used = 0, long = 0;
  for (let index = 0; index < count; index++) {
    const size = lengthOf(index);
    if (size > 55) {
      store<i32>(LONG + 4 * long++, index);
      continue;
    }
    store<i32>(INDEXES + 4 * used, index);
    const address = size > 0 ? base + load<i32>(OFFSETS + 4 * index) : KEY; // nothing is used of it; it must exist
    writeOnlyBlock(ROWS + 64 * used, address, size);
    if (++used < GROUP) continue;
    finishShort(digests);
    used = 0;
  }
  if (used > 0) {
    // The missing messages of the last group are its first one again: they do no harm.
    for (; used < GROUP; used++) {
      memory.copy(ROWS + 64 * used, ROWS, 64);
      store<i32>(INDEXES + 4 * used, load<i32>(INDEXES));
    }
    finishShort(digests);
  }
  if (long == 0) return;
  sortLong(long);
  // Here the missing messages are the longest one again.
  for (let i = 0; i < long; i += GROUP) {
    for (let lane = 0; lane < GROUP; lane++) {
      store<i32>(INDEXES + 4 * lane, load<i32>(SORTED + 4 * min(i + lane, long - 1)));
    }
    hashLong(base, digests);
  }
}

/** Measures the messages that OFFSETS and LENGTHS tell of; those of more than MAX_MESSAGE_BYTES become empty. */
export function measure(count: i32): void {
  let low = i32.MAX_VALUE, high = 0, total = 0, tooLong = 0;
  for (let at = 0; at < 4 * count; at += 4) {
    const offset = load<i32>(OFFSETS + at), length = load<i32>(LENGTHS + at);
    if ((offset | length | (offset + length)) < 0) low = -1;
    high = max(high, offset + length);
    if (length > MAX_MESSAGE_BYTES) {
      store<i32>(LENGTHS + at, 0);
      tooLong++;
      continue;
    }
    low = min(low, offset);
    total += length;
  }
  store<i32>(MEASURED, low);
  store<i32>(MEASURED, high, 4);
  store<i32>(MEASURED, total, 8);
  store<i32>(MEASURED, tooLong, 12);
}

/** Sets KEY for the key of 64 bytes at `key` (RFC 2104: K, then zeros): K ⊕ ipad in one lane, K ⊕ opad in another. */
export function setKey(key: usize): void {
  for (let i = 0; i < 8; i++) setWord(STATE, i, load<u32>(INITIAL + 4 * i));
  for (let part: usize = 0; part < 64; part += 16) {
    const words = swapBytes(v128.load(key + part));
    v128.store(ROWS + part, v128.xor(words, i8x16.splat(0x36)));
    v128.store(ROWS + 64 + part, v128.xor(words, i8x16.splat(0x5c)));
  }
  interleave();
  compress(STATE, STATE);
  for (let i = 0; i < 8; i++) {
    setWord(KEY, i, load<u32>(STATE + VECTORS + 16 * i));
    setWord(OUTER_KEY, i, load<u32>(STATE + VECTORS + 16 * i + 4));
  }
}

/** From here on, memory is the caller's. */
export const FREE: usize = memory.data(16, 16);
