// A number from 0 to n - 1, each exactly as likely as every other, from uniform bits.

import type { WordStream } from './random-words.ts';
import { FIRST_BITS, firstBits } from './uniform-real.ts';

const RANGE = 2 ** FIRST_BITS;

/** @param n a whole number from 1 to 2^52 */
export function uniform(n: number): (words: WordStream) => number {
  if (!Number.isInteger(n) || n < 1 || n > RANGE) throw new RangeError('not a whole number from 1 to 2^52');
  const limit = RANGE - (RANGE % n); // a multiple of n, so that no remainder has more ways than another
  return words => {
    for (;;) {
      const bits = firstBits(words);
      if (bits < limit) return bits % n;
    }
  };
}
