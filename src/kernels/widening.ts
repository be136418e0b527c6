// Widens the entries of a dictionary by keyed characters, until no two values are expected to get the same replacement.

import { BASE32, type CharacterWriter, characterWriter } from './alphabets.ts';
import { bitsFor } from './collisions.ts';
import { type Dictionary, pick } from './dictionary.ts';
import { digitWriter } from './digits.ts';

/** How the entries of a dictionary are widened: all in the same way, by the same number of characters. */
export interface Widening {
  /** Writes the keyed characters. */
  readonly write: CharacterWriter;
  /** What stands between entry and keyed characters. */
  readonly separator: Uint8Array;
  /** Characters that an entry gains. */
  readonly characters: number;
  /** Bits of entry and widening together. */
  readonly bits: number;
  /** The byte of each entry before which the keyed characters go. */
  readonly places: Int32Array;
}

/** The byte of a digest where those for widening begin; `pick` takes six before it. */
const WIDENING_FROM = 8;
const FREE_BYTES = 24;
/** Characters that the free bytes give: six digits from six bytes, eight characters of base32 from five. */
const MOST = { digits: FREE_BYTES, base32: Math.floor((FREE_BYTES * 8) / BASE32.bits) } as const;

const DIGITS = /^[\d +().,x/-]*\d$/;
const ADDRESS = /^[^@]+@[^@]+$/;
const URL = /^\w+:\/\//;

/**
 * The widening that keeps the collision bound of `rows` values negligible: digits after digits, a part of their own before
 * the @ of addresses and after URLs, else characters after a hyphen.
 * @returns undefined where a digest has not enough bits
 */
export function wideningFor(dictionary: Dictionary, rows: number): Widening | undefined {
  const { entries, size } = dictionary;
  const isEvery = (shape: RegExp): boolean => entries.every(entry => shape.test(entry));
  const isDigits = isEvery(DIGITS);
  const bitsEach = isDigits ? Math.log2(10) : BASE32.bits;
  const count = Math.max(1, Math.ceil((bitsFor(rows) - Math.log2(size)) / bitsEach));
  if (count > (isDigits ? MOST.digits : MOST.base32)) return undefined;
  const isAddress = isEvery(ADDRESS);
  const separator = isDigits ? '' : isAddress ? '.' : isEvery(URL) ? '/' : '-';
  return {
    write: isDigits ? digitWriter(count, false) : characterWriter(BASE32, count),
    separator: Buffer.from(separator),
    characters: count + separator.length,
    bits: Math.log2(size) + count * bitsEach,
    places: Int32Array.from(entries, entry => Buffer.byteLength(isAddress ? entry.replace(/@.*/s, '') : entry)),
  };
}

/** Writes the entry that a digest picks, widened by the same digest, to the current value of an output. */
export function widenedWriter({ bytes, offsets, size }: Dictionary, widening: Widening): CharacterWriter {
  const { write, separator, places } = widening;
  return (digests, from, output) => {
    const entry = pick(digests, from, size);
    const start = offsets[entry]!; // entry < size
    const place = start + places[entry]!; // entry < size
    output.write(bytes, start, place);
    output.write(separator);
    write(digests, from + WIDENING_FROM, output);
    output.write(bytes, place, offsets[entry + 1]);
  };
}
