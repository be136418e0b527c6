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
const TWO_DIGIT_COUNTRIES = [
  [20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56, 57, 58, 60, 61],
  [62, 63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98],
].flat();
/** Digits of the country code that begins with each two digits. */
const codeLengths = Uint8Array.from({ length: 100 }, (_, two) => {
  if (two >= 10 && two < 20) return 1;
  if (two >= 70 && two < 80) return 1;
  return TWO_DIGIT_COUNTRIES.includes(two) ? 2 : 3;
});

const PLUS = 0x2b;
const ZERO = 0x30;
const NINE = 0x39;

/** What a byte does in a number, as bits: it takes a digit; it has a place in the output; it has one without a format. */
const TAKES_DIGIT = 1;
const HAS_PLACE = 2;
const HAS_PLACE_UNFORMATTED = 4;
/** By how much to shift a kind so that its last bit says whether there is a place. */
const FORMATTED = 1;
const UNFORMATTED = 2;
/** Spaces and punctuation stay, if they do. A character of several bytes takes one digit, at its first byte. */
const kinds = new Uint8Array(256).fill(TAKES_DIGIT | HAS_PLACE | HAS_PLACE_UNFORMATTED);
kinds.fill(0, 0x80, 0xc0); // inside a character
for (const mark of Buffer.from(' +()-./')) kinds[mark] = HAS_PLACE;

/** A number as it stands in a column; one object is filled again for each value, since millions pass. */
export interface PhoneNumber {
  bytes: Uint8Array;
  from: number;
  end: number;
}

/** Characters that take a digit: all but punctuation. */
export function countPositions({ bytes, from, end }: PhoneNumber): number {
  let count = 0;
  for (let at = from; at < end; at++) count += kinds[bytes[at]!]! & TAKES_DIGIT; // a byte of the value
  return count;
}

/** Where a number is written, and how. */
export interface Written {
  readonly output: ColumnOutput;
  readonly keepsFormat: boolean;
}

/**
 * Puts digits into a number and writes it to the current value of an output.
 * @param digits ASCII; where there are fewer than positions, the output is of no use
 * @returns how many positions there were
 */
export function replaceDigits(
  { bytes: source, from, end }: PhoneNumber,
  digits: Uint8Array,
  { output, keepsFormat }: Written,
): number {
  const shift = keepsFormat ? FORMATTED : UNFORMATTED;
  output.room(end - from + 1); // what has no place is written too, and then written over
  const { bytes } = output;
  let { at } = output;
  if (!keepsFormat && source[from] === PLUS) bytes[at++] = PLUS;
  let position = 0;
  // Without a branch for each byte: formats vary from row to row, and a wrong guess costs more than the rest.
  for (let byte = from; byte < end; byte++) {
    const found = source[byte]!; // byte < end
    const kind = kinds[found]!; // a byte
    const takes = kind & TAKES_DIGIT;
    bytes[at] = found ^ ((found ^ digits[position]!) & -takes); // there are digits enough
    position += takes;
    at += (kind >> shift) & 1;
  }
  output.at = at;
  return position;
}

/** Digits of a number that may stay, however long a prefix is asked for: half of them, and all but four. */
function mostKept(positions: number): number {
  return Math.max(0, Math.min(positions >> 1, positions - MIN_REPLACED, MAX_KEPT_DIGITS));
}

/**
 * Puts back the leading digits that stay, as many as are before the first character that is neither digit nor punctuation.
 * @param wanted how many; true: the country code and the beginning of the area code
 * @param positions of the number, as replaceDigits counted them
 */
export function keepPrefix(
  { bytes: source, from, end }: PhoneNumber,
  { output, keepsFormat }: Written,
  { wanted, positions }: { readonly wanted: number | true; readonly positions: number },
): void {
  const shift = keepsFormat ? FORMATTED : UNFORMATTED;
  const hasPlus = source[from] === PLUS;
  const { bytes } = output;
  let kept = mostKept(positions);
  if (wanted !== true) kept = Math.min(wanted, kept);
  // How many digits tell the country: two, or after 00, which stands for the plus, two more.
  let telling = wanted === true ? 2 : 0;
  let leading = 0;
  let to = output.start + (!keepsFormat && hasPlus ? 1 : 0);
  for (let at = from, found = 0; at < end && found < kept; at++) {
    const byte = source[at]!; // at < end
    if (isDigit(byte)) {
      bytes[to++] = byte;
      leading = leading * 10 + byte - ZERO;
      if (++found !== telling) continue;
      if (telling === 2 && leading === 0 && !hasPlus) telling = 4;
      else
        kept = Math.min(kept, hasPlus || telling === 4 ? internationalPrefix(telling - 2, leading) : LONG_AREA_DIGITS);
    } else if (kinds[byte] === HAS_PLACE) to += (HAS_PLACE >> shift) & 1;
    else return;
  }
}

/** Counts the last digit up where all that were put in are those that stood there: no number stays as it was. */
export function avoidSource({ bytes: source, from, end }: PhoneNumber, { output, keepsFormat }: Written): void {
  const shift = keepsFormat ? FORMATTED : UNFORMATTED;
  const { bytes } = output;
  let at = output.at;
  for (let byte = end - 1; byte >= from; byte--) {
    const kind = kinds[source[byte]!]!; // byte < end, and it is a byte
    at -= (kind >> shift) & 1;
    if ((kind & TAKES_DIGIT) !== 0 && bytes[at] !== source[byte]) return;
  }
  countUpLastDigit(bytes, output.at);
}

/** Digits up to the beginning of the area code: those before the country code, that one, and a few. */
function internationalPrefix(before: number, country: number): number {
  const code = codeLengths[country]!; // two digits
  return before + code + (code === 1 ? LONG_AREA_DIGITS : AREA_DIGITS);
}

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= NINE;

/** Digits of the country code that begins with these two (ITU-T E.164). */
export function countryCodeLength(first: number, second: number): 1 | 2 | 3 {
  return codeLengths[first * 10 + second] as 1 | 2 | 3; // both are digits
}

/** It is never a kept one. */
function countUpLastDigit(bytes: Uint8Array, end: number): void {
  let at = end - 1;
  while (!isDigit(bytes[at]!)) at--; // there is a digit, since there was a position
  bytes[at] = bytes[at] === NINE ? ZERO : bytes[at]! + 1;
}
