// One round of FF1 for strings whose halves are below 2^37 (a little less): each half is one double, Q's last block is all of it that differs
// from round to round, and one block of S is enough (SP 800-38G r1 2pd, Algorithm 7, step 6; measured in decision 0010).

import { BLOCK_BYTES } from './block-cipher.ts';
import type { Chunk, Run } from './ff1-chunk.ts';

const HIGH = 2 ** -32;

/** Steps 6.i and 6.ii up to CIPH: puts [i]^1 || [NUM(B)]^b into the blocks; b is at most 5. */
export function fillNarrow(run: Run, { blockView, templateView }: Chunk, i: number, source: Float64Array): void {
  const { b } = run.length;
  // [i] is byte 15 − b of the block: in the last word, or (b = 4, 5) in the one before.
  const iBefore = b === 5 ? i << 8 : b === 4 ? i : 0;
  const iLast = b < 4 ? i << (8 * b) : 0;
  let at = run.at;
  for (let byte = run.from * BLOCK_BYTES; byte < run.to * BLOCK_BYTES; byte += BLOCK_BYTES) {
    const number = source[at++]!; // one limb for each string of the run
    blockView.setUint32(byte + 8, templateView.getUint32(byte + 8) ^ (number * HIGH) ^ iBefore);
    blockView.setUint32(byte + 12, templateView.getUint32(byte + 12) ^ number ^ iLast);
  }
}

/**
 * Steps 6.iii to 6.vii: y = NUM(S); c = (NUM(A) ± y) mod radix^m.
 * @param R the first (here: only) block of S of every string of the chunk
 */
export function addNarrow(
  run: Run,
  R: DataView,
  { target, m, sign }: { readonly target: Float64Array; readonly m: number; readonly sign: 1 | -1 },
): void {
  const { radix, d } = run.length;
  const modulus = radix ** m;
  const inverse = 1 / modulus;
  let at = run.at;
  for (let byte = run.from * BLOCK_BYTES; byte < run.to * BLOCK_BYTES; byte += BLOCK_BYTES) {
    const first = R.getUint32(byte);
    const second = R.getUint32(byte + 4);
    // 48 bits, then 16 at a time: below 2^37 · 2^16, so that every step is exact.
    let y = reduce(first * 0x10000 + (second >>> 16), modulus, inverse);
    let last = second & 0xffff;
    if (d === 12) {
      const third = R.getUint32(byte + 8);
      y = reduce(y * 0x10000 + last, modulus, inverse);
      y = reduce(y * 0x10000 + (third >>> 16), modulus, inverse);
      last = third & 0xffff;
    }
    // Added before the last reduction: afterwards, every other sum would have to be corrected, and no branch predictor knows which.
    const c = target[at]! + sign * (y * 0x10000 + last); // one limb for each string of the run
    target[at++] = reduce(c, modulus, inverse);
  }
}

/** number mod modulus, exact between −2^53 and 2^53: the quotient by the rounded inverse is off by one at most. */
function reduce(number: number, modulus: number, inverse: number): number {
  const rest = number - Math.floor(number * inverse) * modulus;
  return rest < 0 ? rest + modulus : rest >= modulus ? rest - modulus : rest;
}
