// Cycle walking (Black and Rogaway, 2002): a permutation of a part of a cipher's domain. What the cipher puts outside of the part
// is encrypted again until it is inside; the cycle that it is on leads back to where it began, which is inside.

import type { Column } from '../../batch/column.ts';
import type { NumeralCipher, Numerals } from '../numerals.ts';
import type { Direction } from './ciphers.ts';

export interface Walk {
  readonly cipher: NumeralCipher;
  readonly direction: Direction;
  readonly tweaks: Column | undefined;
  /** Whether the string of `numerals.values` at `start` may stand for string `index`. All strings are inside before. */
  isInside(start: number, index: number): boolean;
}

/** Encrypts or decrypts strings that are inside to strings that are inside, in their place. */
export function walk(numerals: Numerals, { cipher, direction, tweaks, isInside }: Walk): void {
  cipher[direction](numerals, tweaks);
  let outside: number[] = [];
  for (let index = 0; index < numerals.count; index++) {
    if (!isInside(numerals.offsets[index]!, index)) outside.push(index); // index < count
  }
  while (outside.length > 0) {
    cipher[direction](pickNumerals(numerals, outside), tweaks && pickColumn(tweaks, outside));
    outside = outside.filter(index => !isInside(numerals.offsets[index]!, index)); // index < count
  }
}

/** Some strings of a column, in the same memory. */
export function pickNumerals({ values, offsets, lengths }: Numerals, indexes: readonly number[]): Numerals {
  return { values, offsets: pick(offsets, indexes), lengths: pick(lengths, indexes), count: indexes.length };
}

/** Some values of a column, in the same memory. */
export function pickColumn({ bytes, offsets, lengths }: Column, indexes: readonly number[]): Column {
  return { bytes, offsets: pick(offsets, indexes), lengths: pick(lengths, indexes), count: indexes.length };
}

const pick = (from: Int32Array, indexes: readonly number[]): Int32Array =>
  Int32Array.from(indexes, index => from[index]!); // they are indexes of the column
