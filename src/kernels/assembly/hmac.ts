// HMAC-SHA-256 (RFC 2104) of many messages under one key, five at a time. Built into ../hmac.wasm by ../build.ts.
// ../hmac-simd.ts fills KEY_STATES, OFFSETS and LENGTHS, keeps within the bounds below, and reads the digests.

import { compress, LANES, STATE, STATE_1, WORDS, WORDS_1 } from './sha256';

/** Messages of one call of `digest`, at most. */
export const MAX_MESSAGES = 1024;

/** Bytes of one message, at most. */
export const MAX_MESSAGE_BYTES = 4096;

/** Messages are read in whole blocks: so many bytes behind the last one must exist. */
export const READ_BEYOND_BYTES = 64;

/** SHA-256 states after the inner and after the outer padded key: 8 words each. */
export const KEY_STATES: usize = memory.data(64, 16);

/** Where the messages lie, from `digest`'s base on, and their lengths in bytes. */
export const OFFSETS: usize = memory.data(4 * MAX_MESSAGES, 16);
export const LENGTHS: usize = memory.data(4 * MAX_MESSAGES, 16);

/** Messages of two blocks and more, as found and in order of their blocks, and where each number of blocks begins. */
const LONG: usize = memory.data(4 * MAX_MESSAGES, 16);
const SORTED: usize = memory.data(4 * MAX_MESSAGES, 16);
const PLACES: usize = memory.data(4 * (MAX_MESSAGE_BYTES / 64 + 3), 16);

/** The five messages in work: index, address, length in bytes. */
const INDEXES: usize = memory.data(4 * LANES, 16);
const ADDRESSES: usize = memory.data(4 * LANES, 16);
const SIZES: usize = memory.data(4 * LANES, 16);

/** A block of each of the four lanes, one after another, before they are interleaved. */
const ROWS: usize = memory.data(4 * 64, 16);

/** The five inner digests, laid out like STATE. */
const INNER: usize = memory.data(8 * 16 + 8 * 4, 16);
const INNER_1: usize = INNER + 8 * 16;

/** Read at KEEP + 64 - n: n bytes of ones, then zeros. */
const KEEP: usize = memory.data<u64>([-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0], 16);
/** Read at MARK + 64 - n: zeros but for 0x80 after n bytes; 64 bytes of zeros for n = 64 and n = -1. */
const MARK: usize = memory.data<u64>([0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0], 16);

/** Blocks of a message with its padding (FIPS 180-4 §5.1.1). */
// @ts-ignore: decorator
@inline
function blocksOf(size: i32): i32 {
  return ((size + 8) >> 6) + 1;
}

/** Turns round the bytes of each word: SHA-256 is big-endian, WebAssembly is not. */
// @ts-ignore: decorator
@inline
function swapBytes(x: v128): v128 {
  return i8x16.shuffle(x, x, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

/** Sixteen bytes of a block, as words; from the block on, `rest` bytes of the message are left (-1: it ended before). */
// @ts-ignore: decorator
@inline
function padded(from: usize, rest: i32, part: i32): v128 {
  const kept = v128.and(v128.load(from + 16 * part), v128.load(KEEP + 64 + 16 * part - max(rest, 0)));
  return swapBytes(v128.or(kept, v128.load(MARK + 64 + 16 * part - rest)));
}

/** Writes one block of a message, padded, as 16 words; behind the message's last block it is zeros. */
// @ts-ignore: decorator
@inline
function writeBlock(lane: i32, block: i32, to: usize): void {
  const size = load<i32>(SIZES + 4 * lane);
  const rest = max(min(size - 64 * block, 64), -1);
  // Nothing of an empty rest is used, and its address may be anywhere: read zeros instead.
  const from = rest > 0 ? load<usize>(ADDRESSES + 4 * lane) + 64 * block : MARK;
  v128.store(to, padded(from, rest, 0));
  v128.store(to, padded(from, rest, 1), 16);
  v128.store(to, padded(from, rest, 2), 32);
  const last = padded(from, rest, 3);
  // The last word is the length in bits with the padded key's block; MAX_MESSAGE_BYTES keeps it within 32 bits.
  v128.store(to, block == blocksOf(size) - 1 ? i32x4.replace_lane(last, 3, (64 + size) << 3) : last, 48);
}

/** Transposes four rows of four words, `stride` bytes apart, into four vectors side by side. */
// @ts-ignore: decorator
@inline
function transpose(rows: usize, stride: usize, to: usize): void {
  const r0 = v128.load(rows), r1 = v128.load(rows + stride);
  const r2 = v128.load(rows + 2 * stride), r3 = v128.load(rows + 3 * stride);
  const low01 = i32x4.shuffle(r0, r1, 0, 4, 1, 5), high01 = i32x4.shuffle(r0, r1, 2, 6, 3, 7);
  const low23 = i32x4.shuffle(r2, r3, 0, 4, 1, 5), high23 = i32x4.shuffle(r2, r3, 2, 6, 3, 7);
  v128.store(to, i64x2.shuffle(low01, low23, 0, 2));
  v128.store(to, i64x2.shuffle(low01, low23, 1, 3), 16);
  v128.store(to, i64x2.shuffle(high01, high23, 0, 2), 32);
  v128.store(to, i64x2.shuffle(high01, high23, 1, 3), 48);
}

/** Starts all five from one of the key's two states. */
// @ts-ignore: decorator
@inline
function startFrom(keyState: usize): void {
  for (let i = 0; i < 8; i++) {
    const word = load<u32>(keyState + 4 * i);
    v128.store(STATE + 16 * i, i32x4.splat(word));
    store<u32>(STATE_1 + 4 * i, word);
  }
}

/** Sets the words that pad a message of one digest behind the padded key's block. */
// @ts-ignore: decorator
@inline
function padDigests(): void {
  for (let t = 8; t < 16; t++) {
    const word: u32 = t == 8 ? 0x80000000 : t == 15 ? (64 + 32) * 8 : 0;
    v128.store(WORDS + 16 * t, i32x4.splat(word));
    store<u32>(WORDS_1 + 4 * t, word);
  }
}

/** Keeps what a lane's inner hash has come to. */
function keepInner(lane: i32): void {
  for (let i = 0; i < 8; i++) {
    if (lane == LANES - 1) store<u32>(INNER_1 + 4 * i, load<u32>(STATE_1 + 4 * i));
    else store<u32>(INNER + 16 * i + 4 * lane, load<u32>(STATE + 16 * i + 4 * lane));
  }
}

/** The inner hashes: all lanes go on until the longest has ended, and each is kept where its own message ends. */
function hashMessages(blocks: i32): void {
  startFrom(KEY_STATES);
  for (let block = 0; block < blocks; block++) {
    for (let lane = 0; lane < LANES - 1; lane++) writeBlock(lane, block, ROWS + 64 * lane);
    writeBlock(LANES - 1, block, WORDS_1);
    for (let part = 0; part < 4; part++) transpose(ROWS + 16 * part, 64, WORDS + 64 * part);
    compress();
    if (blocks == 1) break;
    for (let lane = 0; lane < LANES; lane++) {
      if (block == blocksOf(load<i32>(SIZES + 4 * lane)) - 1) keepInner(lane);
    }
  }
  if (blocks == 1) memory.copy(INNER, STATE, 8 * 16 + 8 * 4);
}

/** The outer hashes, written as bytes to `digests` at each message's place. */
function hashDigests(digests: usize): void {
  memory.copy(WORDS, INNER, 8 * 16);
  memory.copy(WORDS_1, INNER_1, 8 * 4);
  padDigests();
  startFrom(KEY_STATES + 32);
  compress();
  transpose(STATE, 16, ROWS);
  transpose(STATE + 64, 16, ROWS + 64);
  for (let lane = 0; lane < LANES - 1; lane++) {
    const to = digests + 32 * load<u32>(INDEXES + 4 * lane);
    v128.store(to, swapBytes(v128.load(ROWS + 16 * lane)));
    v128.store(to, swapBytes(v128.load(ROWS + 64 + 16 * lane)), 16);
  }
  const to = digests + 32 * load<u32>(INDEXES + 4 * (LANES - 1));
  v128.store(to, swapBytes(v128.load(STATE_1)));
  v128.store(to, swapBytes(v128.load(STATE_1, 16)), 16);
}

/** Puts a message into a lane. */
// @ts-ignore: decorator
@inline
function take(lane: i32, index: i32, base: usize): void {
  store<i32>(INDEXES + 4 * lane, index);
  store<usize>(ADDRESSES + 4 * lane, base + load<i32>(OFFSETS + 4 * index));
  store<i32>(SIZES + 4 * lane, load<i32>(LENGTHS + 4 * index));
}

/** Fills the lanes from `used` on with the first one's message, so that they do no harm. */
function fillUp(used: i32): void {
  for (let lane = used; lane < LANES; lane++) {
    store<i32>(INDEXES + 4 * lane, load<i32>(INDEXES));
    store<usize>(ADDRESSES + 4 * lane, load<usize>(ADDRESSES));
    store<i32>(SIZES + 4 * lane, load<i32>(SIZES));
  }
}

/** Sorts `count` messages of LONG into SORTED by their blocks, so that the lanes of a group end at about the same one. */
function sortLong(count: i32): void {
  memory.fill(PLACES, 0, 4 * (MAX_MESSAGE_BYTES / 64 + 3));
  for (let i = 0; i < count; i++) {
    const place = PLACES + 4 * (blocksOf(load<i32>(LENGTHS + 4 * load<i32>(LONG + 4 * i))) + 1);
    store<i32>(place, load<i32>(place) + 1);
  }
  for (let blocks = 1; blocks < MAX_MESSAGE_BYTES / 64 + 3; blocks++) {
    const place = PLACES + 4 * blocks;
    store<i32>(place, load<i32>(place) + load<i32>(place - 4));
  }
  for (let i = 0; i < count; i++) {
    const index = load<i32>(LONG + 4 * i);
    const place = PLACES + 4 * blocksOf(load<i32>(LENGTHS + 4 * index));
    const to = load<i32>(place);
    store<i32>(place, to + 1);
    store<i32>(SORTED + 4 * to, index);
  }
}

/** Hashes the messages of SORTED. */
function digestLong(count: i32, base: usize, digests: usize): void {
  for (let first = 0; first < count; first += LANES) {
    const used = min(LANES, count - first);
    for (let lane = 0; lane < used; lane++) take(lane, load<i32>(SORTED + 4 * (first + lane)), base);
    const longest = load<i32>(SIZES + 4 * (used - 1));
    fillUp(used);
    hashMessages(blocksOf(longest));
    hashDigests(digests);
  }
}

/**
 * Writes the digests of `count` messages to `digests`, 32 bytes each, in the messages' order. Message i is LENGTHS[i]
 * bytes at base + OFFSETS[i]. Messages of one block are hashed as they come, longer ones afterwards, sorted.
 */
export function digest(count: i32, base: usize, digests: usize): void {
  let used = 0, long = 0;
  for (let index = 0; index < count; index++) {
    if (blocksOf(load<i32>(LENGTHS + 4 * index)) > 1) {
      store<i32>(LONG + 4 * long++, index);
      continue;
    }
    take(used++, index, base);
    if (used < LANES) continue;
    hashMessages(1);
    hashDigests(digests);
    used = 0;
  }
  if (used > 0) {
    fillUp(used);
    hashMessages(1);
    hashDigests(digests);
  }
  if (long > 0) {
    sortLong(long);
    digestLong(long, base, digests);
  }
}

/** H(0) … H(7) of every SHA-256 (FIPS 180-4 §5.3.3). */
const INITIAL: usize = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
], 16);

/** Sets KEY_STATES for the key of 64 bytes at `key` (RFC 2104: K, then zeros): K ⊕ ipad in one lane, K ⊕ opad in one. */
export function setKey(key: usize): void {
  startFrom(INITIAL);
  for (let part: usize = 0; part < 64; part += 16) {
    const words = swapBytes(v128.load(key + part));
    v128.store(ROWS + part, v128.xor(words, i8x16.splat(0x36)));
    v128.store(ROWS + 64 + part, v128.xor(words, i8x16.splat(0x5c)));
  }
  for (let part = 0; part < 4; part++) transpose(ROWS + 16 * part, 64, WORDS + 64 * part);
  compress();
  for (let i = 0; i < 8; i++) {
    store<u32>(KEY_STATES + 4 * i, load<u32>(STATE + 16 * i));
    store<u32>(KEY_STATES + 32 + 4 * i, load<u32>(STATE + 16 * i + 4));
  }
}

/** From here on, memory is the caller's. */
export const FREE: usize = memory.data(16, 16);
