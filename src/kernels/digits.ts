// Decimal digits from the bytes of a digest, without division and without a noticeable bias.

import type { CharacterWriter } from './alphabets.ts';

/** Digits that one digest of 32 bytes gives. */
export const DIGITS_OF_DIGEST = 30;

const scratch = new Uint8Array(DIGITS_OF_DIGEST);
const MILLION_OF_48_BITS = 1e6 / 2 ** 48;

/**
 * The first `count` digits (values 0–9, at least; more may follow) of the digest at `from`.
 * Six digits come from six bytes x as floor(x · 10^6 / 2^48), so each six have probability 10^-6 within a relative 2^-28.
 * @returns this file's own memory, valid until the next call
 */
export function digitsOf(digests: Uint8Array, from: number, count: number): Uint8Array {
  for (let at = 0; at < count; at += 6) {
    const byte = from + at; // six bytes for six digits
    const high = (digests[byte]! << 16) | (digests[byte + 1]! << 8) | digests[byte + 2]!; // the caller asks for ≤ 30
    const low = (digests[byte + 3]! << 16) | (digests[byte + 4]! << 8) | digests[byte + 5]!;
    const six = ((high * 0x1000000 + low) * MILLION_OF_48_BITS) | 0;
    const left = (six / 1000) | 0;
    writeThree(left, at);
    writeThree(six - left * 1000, at + 3);
  }
  return scratch;
}

/**
 * Writes `count` digits to the current value of an output.
 * @param asNumber without leading zeros, as PostgreSQL prints a number
 */
export function digitWriter(count: number, asNumber: boolean): CharacterWriter {
  return (digests, from, output) => {
    const digits = digitsOf(digests, from, count);
    let first = 0;
    if (asNumber) while (first < count - 1 && digits[first] === 0) first++;
    output.room(count);
    const { bytes } = output;
    let at = output.at;
    for (let digit = first; digit < count; digit++) bytes[at++] = 0x30 + digits[digit]!; // count ≤ 30
    output.at = at;
  };
}

function writeThree(three: number, at: number): void {
  const hundreds = (three / 100) | 0;
  const rest = three - hundreds * 100;
  const tens = (rest / 10) | 0;
  scratch[at] = hundreds;
  scratch[at + 1] = tens;
  scratch[at + 2] = rest - tens * 10;
}
