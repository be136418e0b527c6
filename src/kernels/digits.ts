// Decimal digits from the bytes of a digest, without division and without a noticeable bias.

import type { CharacterWriter } from './alphabets.ts';

/** Digits that one digest of 32 bytes gives. */
export const DIGITS_OF_DIGEST = 30;

const ZERO = 0x30;

/**
 * ASCII digits, as many as the last call asked for, up to five more, and a byte that is none. Longer than that: V8 keeps
 * arrays of up to 64 bytes where their address is no constant.
 */
const digits = new Uint8Array(128);
const words = new DataView(digits.buffer);
/** The three digits of each number below 1000 as a word, the first one in its lowest byte: one store instead of three. */
const threes = Int32Array.from(
  { length: 1000 },
  (_, number) => Buffer.from(`${String(number).padStart(3, '0')}\0`).readInt32LE(), // three digits and a byte to write over
);
const MILLION_OF_48_BITS = 1e6 / 2 ** 48;

/** The digests of the last call, and a view of them. */
let viewed: Uint8Array = new Uint8Array(0);
let digestView = new DataView(viewed.buffer);

function view(digests: Uint8Array): void {
  viewed = digests;
  digestView = new DataView(digests.buffer, digests.byteOffset, digests.byteLength);
}

/**
 * The first `count` digits (ASCII) of the digest at `from`.
 * Six digits come from six bytes x as floor(x · 10^6 / 2^48), so each six have probability 10^-6 within a relative 2^-28.
 * @returns this file's own memory, valid until the next call
 */
export function digitsOf(digests: Uint8Array, from: number, count: number): Uint8Array {
  if (digests !== viewed) view(digests);
  for (let at = 0; at < count; at += 6) {
    const byte = from + at; // six bytes for six digits; the caller asks for 30 at most
    const six = ((digestView.getUint32(byte) * 0x10000 + digestView.getUint16(byte + 4)) * MILLION_OF_48_BITS) | 0;
    const first = (six / 1000) | 0;
    words.setInt32(at, threes[first]!, true); // both numbers are below 1000
    words.setInt32(at + 3, threes[six - first * 1000]!, true);
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
