// Columns of numeral strings: what format-preserving ciphers work on. A numeral is the place of a symbol in its alphabet.

import type { Column } from '../batch/column.ts';

/**
 * A column of numeral strings. String `i` is `values[offsets[i] … offsets[i] + lengths[i])`, most significant numeral first;
 * only the first `count` entries count.
 */
export interface Numerals {
  readonly values: Uint16Array;
  readonly offsets: Int32Array;
  readonly lengths: Int32Array;
  readonly count: number;
}

/** A format-preserving cipher over numeral strings of one radix, under one key. */
export interface NumeralCipher {
  readonly radix: number;
  /** Numerals that a string must have at least: radix^minLength is 1,000,000 or more. */
  readonly minLength: number;
  /** Numerals that a string may have at most. */
  readonly maxLength: number;
  /**
   * Encrypts every string in its place.
   * @param tweaks one for each string, which follows the tweak that the cipher was created with
   * @throws {RangeError} for a length that is out of bounds, and for a numeral that is not below the radix
   */
  encrypt(numerals: Numerals, tweaks?: Column): void;
  /** The inverse of `encrypt` with the same tweaks. */
  decrypt(numerals: Numerals, tweaks?: Column): void;
}

/** The smallest domain that NIST SP 800-38G r1 (2nd public draft, §5) allows, for FF1 and FF3-1. */
export const MIN_DOMAIN = 1_000_000;
/** The largest radix of FF1 and FF3-1. */
export const MAX_RADIX = 65_536;

/** The shortest strings whose domain is large enough. */
export function minLengthOf(radix: number): number {
  let length = 2;
  while (radix ** length < MIN_DOMAIN) length++;
  return length;
}

/** @throws {RangeError} unless the radix is one of 2…65,536 */
export function checkRadix(radix: number): void {
  if (!Number.isInteger(radix) || radix < 2 || radix > MAX_RADIX) throw new RangeError('the radix is not in 2…65,536');
}
