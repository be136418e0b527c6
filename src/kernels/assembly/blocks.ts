// Between bytes and words: pads messages to blocks (FIPS 180-4 §5.1.1), interleaves five of them for `compress`, and
// writes five states as digests.

import { VECTORS, WORDS } from './sha256';

/** Messages in work at the same time: four lanes and the scalar one, which comes last. */
export const GROUP = 5;

/** A block of each of the five, one after another. The last one is the scalar message's part of WORDS. */
export const ROWS: usize = WORDS - 4 * 64;

/** Bytes of digests on their way from lanes to their places: four rows of the first half, four of the second. */
const DIGEST_ROWS: usize = memory.data(2 * 4 * 16, 16);

/** Read at KEEP + 64 - n: n bytes of ones, then zeros. */
const KEEP: usize = memory.data<u64>([-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0], 16);
/** Read at MARK + 64 - n: zeros but for 0x80 after n bytes; 64 bytes of zeros for n = 64 and n = -1. */
const MARK: usize = memory.data<u64>([0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0], 16);

/** Blocks of a message with its padding. */
// @ts-ignore: decorator
@inline
export function blocksOf(size: i32): i32 {
  return ((size + 8) >> 6) + 1;
}

/** Turns round the bytes of each word: SHA-256 is big-endian, WebAssembly is not. */
// @ts-ignore: decorator
@inline
export function swapBytes(x: v128): v128 {
  // Not `shuffle`: V8 makes six instructions of it, and one of this.
  return i8x16.swizzle(x, i8x16(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
}

/** Sixteen bytes of a block, as words; from the block on, `rest` bytes of the message are left (-1: it ended before). */
// @ts-ignore: decorator
@inline
function padded(from: usize, rest: i32, part: i32): v128 {
  const kept = v128.and(v128.load(from + 16 * part), v128.load(KEEP + 64 + 16 * part - max(rest, 0)));
  return swapBytes(v128.or(kept, v128.load(MARK + 64 + 16 * part - rest)));
}

/** The length in bits of a message and the padded key's block before it; 32 bits are enough for MAX_MESSAGE_BYTES. */
// @ts-ignore: decorator
@inline
function bitsOf(size: i32): i32 {
  return (64 + size) << 3;
}

/** Writes the only block of a message of up to 55 bytes to a row. */
// @ts-ignore: decorator
@inline
export function writeOnlyBlock(row: usize, address: usize, size: i32): void {
  v128.store(row, padded(address, size, 0));
  v128.store(row, padded(address, size, 1), 16);
  const isShort = size < 32;
  v128.store(row, isShort ? i32x4.splat(0) : padded(address, size, 2), 32);
  const last = isShort ? i32x4.splat(0) : padded(address, size, 3);
  v128.store(row, i32x4.replace_lane(last, 3, bitsOf(size)), 48);
}

/** Writes any block of a message to a row; behind the message's last block it is zeros. */
export function writeBlock(row: usize, address: usize, size: i32, block: i32): void {
  const rest = max(min(size - 64 * block, 64), -1);
  // Nothing of an empty rest is used, and its address may be anywhere: read zeros instead.
  const from = rest > 0 ? address + 64 * block : MARK;
  v128.store(row, padded(from, rest, 0));
  v128.store(row, padded(from, rest, 1), 16);
  v128.store(row, padded(from, rest, 2), 32);
  const last = padded(from, rest, 3);
  v128.store(row, block == blocksOf(size) - 1 ? i32x4.replace_lane(last, 3, bitsOf(size)) : last, 48);
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

/** Interleaves ROWS into WORDS. */
// @ts-ignore: decorator
@inline
export function interleave(): void {
  transpose(ROWS, 64, WORDS + VECTORS);
  transpose(ROWS + 16, 64, WORDS + VECTORS + 64);
  transpose(ROWS + 32, 64, WORDS + VECTORS + 128);
  transpose(ROWS + 48, 64, WORDS + VECTORS + 192);
}

/** Writes one state as bytes. */
// @ts-ignore: decorator
@inline
function writeDigest(to: usize, half0: usize, half1: usize): void {
  v128.store(to, swapBytes(v128.load(half0)));
  v128.store(to, swapBytes(v128.load(half1)), 16);
}

/** Writes the states of the five, as digests, to the places in `digests` that `indexes` names. */
// @ts-ignore: decorator
@inline
export function writeDigests(state: usize, digests: usize, indexes: usize): void {
  transpose(state + VECTORS, 16, DIGEST_ROWS);
  transpose(state + VECTORS + 64, 16, DIGEST_ROWS + 64);
  writeDigest(digests + 32 * load<u32>(indexes), DIGEST_ROWS, DIGEST_ROWS + 64);
  writeDigest(digests + 32 * load<u32>(indexes, 4), DIGEST_ROWS + 16, DIGEST_ROWS + 80);
  writeDigest(digests + 32 * load<u32>(indexes, 8), DIGEST_ROWS + 32, DIGEST_ROWS + 96);
  writeDigest(digests + 32 * load<u32>(indexes, 12), DIGEST_ROWS + 48, DIGEST_ROWS + 112);
  writeDigest(digests + 32 * load<u32>(indexes, 16), state, state + 16);
}
