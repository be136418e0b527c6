// Permutations of the numbers 0 … size − 1, for any size: numeral strings of the radix whose power is just above the size, and
// cycle walking for the few strings in between.

import type { Column } from '../../batch/column.ts';
import { MAX_RADIX, type NumeralCipher, type Numerals } from '../numerals.ts';
import type { Direction } from './ciphers.ts';
import { type Positional, positional } from './positional.ts';
import { walk } from './walk.ts';

/** How the numbers below a size are numeral strings of one radix and length. */
export interface Ranks {
  readonly radix: number;
  readonly length: number;
  readonly digits: Positional;
  /** Encrypts or decrypts strings that stand for numbers below the size, in their place. */
  permute(numerals: Numerals, how: RankCipher): void;
}

export interface RankCipher {
  /** Of the radix. */
  readonly cipher: NumeralCipher;
  readonly direction: Direction;
  readonly tweaks: Column | undefined;
}

/** @param size at least 1,000,000, so that FF1 takes it */
export function ranksBelow(size: bigint): Ranks {
  const bits = (size - 1n).toString(2).length;
  const length = Math.max(2, Math.ceil(bits / Math.log2(MAX_RADIX)));
  const radix = rootAbove(size, length);
  const digits = positional(new Array<number>(length).fill(radix));
  const last = new Uint16Array(length);
  digits.write(last, 0, size - 1n);
  return {
    ...{ radix, length, digits },
    permute(numerals, how) {
      walk(numerals, { ...how, isInside: start => isAtMost(numerals.values, start, last) });
    },
  };
}

/** The smallest radix whose power is at least `size`. */
function rootAbove(size: bigint, exponent: number): number {
  let low = 1;
  let high = MAX_RADIX;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (BigInt(middle) ** BigInt(exponent) >= size) high = middle;
    else low = middle;
  }
  return high;
}

/** Strings of one length compare like the numbers that they stand for. */
function isAtMost(values: Uint16Array, start: number, last: Uint16Array): boolean {
  for (let digit = 0; digit < last.length; digit++) {
    const difference = values[start + digit]! - last[digit]!; // as long
    if (difference !== 0) return difference < 0;
  }
  return true;
}
