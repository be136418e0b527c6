// Phone numbers in bytes: which characters take a digit, which prefix names country and area, and how digits are put in.

import type { ColumnOutput } from '../batch/column.ts';

/** Digits of a prefix that can be asked for. */
export const MAX_KEPT_DIGITS = 15;
/** Digits of a number that are replaced at the least, however long a prefix is asked for. */
const MIN_REPLACED = 4;
/** Digits that `true` keeps of an area code: two are in all area codes of most countries, three in North America's. */
const AREA_DIGITS = 2;
const LONG_AREA_DIGITS = 3;
/** Country codes of two digits (ITU-T E.164, zones 2–9); 1 and 7 have one digit, all others three. */
const TWO_DIGIT_COUNTRIES = new Set(
  [
    20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56, 57, 58, 60, 61,
  ].concat([62, 63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98]),
);

const PLUS = 0x2b;
const ZERO = 0x30;
const NINE = 0x39;

/** What a byte does in a number, as bits: it takes a digit; it has a place in the output. */
const TAKES_DIGIT = 1;
const HAS_PLACE = 2;
/** Spaces and punctuation stay. A character of several bytes takes one digit, at its first byte. */
const formatted = new Uint8Array(256).fill(TAKES_DIGIT | HAS_PLACE);
formatted.fill(0, 0x80, 0xc0); // inside a character
for (const mark of Buffer.from(' +()-./')) formatted[mark] = HAS_PLACE;
/** Only digits stay. */
const unformatted = formatted.map(kind => (kind === HAS_PLACE ? 0 : kind));

/** A number as it stands in a column; one object is filled again for each value, since millions pass. */
export interface PhoneNumber {
  bytes: Uint8Array;
  from: number;
  end: number;
}

/** Characters that take a digit: all but punctuation. */
export function countPositions({ bytes, from, end }: PhoneNumber): number {
  let count = 0;
  for (let at = from; at < end; at++) count += formatted[bytes[at]!]! & TAKES_DIGIT; // a byte of the value
  return count;
}

/**
 * Puts digits into a number and writes it to the current value of an output. Digits that come out as they were are not
 * left so: the last one is counted up.
 * @param digits ASCII; where there are fewer than positions, the output is of no use
 * @returns how many positions there were
 */
export function replaceDigits(
  { bytes: source, from, end }: PhoneNumber,
  digits: Uint8Array,
  { output, keepsFormat }: { readonly output: ColumnOutput; readonly keepsFormat: boolean },
): number {
  const kinds = keepsFormat ? formatted : unformatted;
  output.room(end - from + 1); // what has no place is written too, and then written over
  const { bytes } = output;
  let { at } = output;
  if (!keepsFormat && source[from] === PLUS) bytes[at++] = PLUS;
  let position = 0;
  let difference = 0;
  // Without a branch for each byte: formats vary from row to row, and a wrong guess costs more than the rest.
  for (let byte = from; byte < end; byte++) {
    const found = source[byte]!; // byte < end
    const kind = kinds[found]!; // a byte
    const takes = kind & TAKES_DIGIT;
    const change = (found ^ digits[position]!) & -takes; // there are digits enough
    bytes[at] = found ^ change;
    difference |= change;
    position += takes;
    at += kind >> 1;
  }
  output.at = at;
  if (difference === 0 && position > 0) countUpLastDigit(bytes, at);
  return position;
}

/**
 * Puts the leading digits that may stay in the place of keyed ones.
 * @param wanted how many; true: the country code and the beginning of the area code
 * @param digits as many as there are positions; half of them at least, and four, are left as they are
 */
export function keepPrefix(
  number: PhoneNumber,
  {
    wanted,
    digits,
    positions,
  }: { readonly wanted: number | true; readonly digits: Uint8Array; readonly positions: number },
): void {
  const most = Math.min(positions >> 1, positions - MIN_REPLACED, MAX_KEPT_DIGITS);
  if (most <= 0) return;
  const found = readLeadingDigits(number);
  const prefix = wanted === true ? prefixLength(number.bytes[number.from] === PLUS) : wanted;
  const kept = Math.min(prefix, found, most);
  for (let digit = 0; digit < kept; digit++) digits[digit] = leading[digit]!; // kept ≤ found
}

/** The first digits (ASCII) of the number at hand. */
const leading = new Uint8Array(MAX_KEPT_DIGITS);

/** Reads the digits before the first character that is neither digit nor punctuation. @returns how many */
function readLeadingDigits({ bytes, from, end }: PhoneNumber): number {
  let found = 0;
  for (let at = from; at < end && found < MAX_KEPT_DIGITS; at++) {
    const byte = bytes[at]!; // from ≤ at < end
    if (byte >= ZERO && byte <= NINE) leading[found++] = byte;
    else if (formatted[byte] !== HAS_PLACE) break;
  }
  return found;
}

function prefixLength(hasPlus: boolean): number {
  const isInternational = hasPlus || (leading[0] === ZERO && leading[1] === ZERO); // 00 stands for the plus
  if (!isInternational) return LONG_AREA_DIGITS;
  const access = hasPlus ? 0 : 2;
  const code = countryCodeLength(leading[access]! - ZERO, leading[access + 1]! - ZERO); // access ≤ 2
  return access + code + (code === 1 ? LONG_AREA_DIGITS : AREA_DIGITS);
}

/** Digits of the country code that begins with these two (ITU-T E.164). */
export function countryCodeLength(first: number, second: number): 1 | 2 | 3 {
  if (first === 1 || first === 7) return 1;
  return TWO_DIGIT_COUNTRIES.has(first * 10 + second) ? 2 : 3;
}

/** It is never a kept one. */
function countUpLastDigit(bytes: Uint8Array, end: number): void {
  let at = end - 1;
  while (bytes[at]! < ZERO || bytes[at]! > NINE) at--; // there is a digit, since there was a position
  bytes[at] = bytes[at] === NINE ? ZERO : bytes[at]! + 1;
}
