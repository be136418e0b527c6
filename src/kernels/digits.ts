// Decimal digits from the bytes of a digest, without division and without a noticeable bias.

import type { CharacterWriter } from './alphabets.ts';

/** Digits that one digest of 32 bytes gives. */
export const DIGITS_OF_DIGEST = 30;

const ZERO = 0x30;

/** ASCII digits, as many as the last call asked for, and up to five more. */
const digits = new Uint8Array(DIGITS_OF_DIGEST);
/** The three digits of each number below 1000. */
const threes = Uint8Array.from({ length: 3000 }, (_, at) => ZERO + (Math.floor(at / 3 / 10 ** (2 - (at % 3))) % 10));
const MILLION_OF_48_BITS = 1e6 / 2 ** 48;

/**
 * The first `count` digits (ASCII) of the digest at `from`.
 * Six digits come from six bytes x as floor(x · 10^6 / 2^48), so each six have probability 10^-6 within a relative 2^-28.
 * @returns this file's own memory, valid until the next call
 */
export function digitsOf(digests: Uint8Array, from: number, count: number): Uint8Array {
  for (let at = 0; at < count; at += 6) {
    const byte = from + at; // six bytes for six digits; the caller asks for 30 at most
    const high = (digests[byte]! << 16) | (digests[byte + 1]! << 8) | digests[byte + 2]!;
    const low = (digests[byte + 3]! << 16) | (digests[byte + 4]! << 8) | digests[byte + 5]!;
    const six = ((high * 0x1000000 + low) * MILLION_OF_48_BITS) | 0;
    const first = (six / 1000) | 0;
    const left = 3 * first;
    const right = 3 * (six - first * 1000);
    digits[at] = threes[left]!; // both numbers are below 1000
    digits[at + 1] = threes[left + 1]!;
    digits[at + 2] = threes[left + 2]!;
    digits[at + 3] = threes[right]!;
    digits[at + 4] = threes[right + 1]!;
    digits[at + 5] = threes[right + 2]!;
  }
  return digits;
}

/**
 * Writes `count` digits to the current value of an output.
 * @param asNumber without leading zeros, as PostgreSQL prints a number
 */
export function digitWriter(count: number, asNumber: boolean): CharacterWriter {
  return (digests, from, output) => {
    digitsOf(digests, from, count);
    let first = 0;
    if (asNumber) while (first < count - 1 && digits[first] === ZERO) first++;
    output.room(count);
    const { bytes } = output;
    let at = output.at;
    for (let digit = first; digit < count; digit++) bytes[at++] = digits[digit]!; // count ≤ 30
    output.at = at;
  };
}
