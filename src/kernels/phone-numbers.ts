// What a phone number consists of, in bytes: positions to replace, punctuation, and the prefix that names country and area.

const DIGIT = 0;
const PUNCTUATION = 1;
/** A byte inside a UTF-8 character. */
const INSIDE = 2;
const OTHER = 3;

export const PLUS = 0x2b;
const ZERO = 0x30;

const kinds = new Uint8Array(256).fill(OTHER);
kinds.fill(INSIDE, 0x80, 0xc0);
for (const digit of Buffer.from('0123456789')) kinds[digit] = DIGIT;
for (const mark of Buffer.from(' +()-./')) kinds[mark] = PUNCTUATION;

/** Digits of a number that are replaced at the least, however long a prefix is asked for. */
const MIN_REPLACED = 4;
/** Digits of a prefix that can be asked for. */
export const MAX_KEPT_DIGITS = 15;
const AREA_DIGITS = 2;
/** National numbers, and North America after its +1. */
const LONG_AREA_DIGITS = 3;
/** Country codes of two digits (ITU-T E.164, zones 2–9); 1 and 7 have one digit, all others three. */
const TWO_DIGIT_COUNTRIES = new Set(
  '20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98'
    .split(' ')
    .map(Number),
);

/** Whether a byte may stay as punctuation: a space or one of + ( ) - . / */
export const isPunctuation = (byte: number): boolean => kinds[byte] === PUNCTUATION;
/** Whether a byte begins nothing: it is inside a character of more than one byte. */
export const isInside = (byte: number): boolean => kinds[byte] === INSIDE;

/** A number as it stands in a column; one object is filled again for each value, since millions pass. */
export interface PhoneNumber {
  bytes: Uint8Array;
  from: number;
  end: number;
}

/** Characters that get a digit: every one that is not punctuation. */
export function countPositions({ bytes, from, end }: PhoneNumber): number {
  let count = 0;
  for (let at = from; at < end; at++) {
    const kind = kinds[bytes[at]!]!; // a byte
    if (kind === DIGIT || kind === OTHER) count++;
  }
  return count;
}

/**
 * How many leading digits of a number may stay.
 * @param wanted a number of digits, or true: the country code and the first digits of the area
 * @param positions of the number (see `countPositions`); half of them at least, and four, are never kept
 */
export function keptDigits(number: PhoneNumber, wanted: number | boolean, positions: number): number {
  const most = Math.min(positions >> 1, positions - MIN_REPLACED);
  if (wanted === false || most <= 0) return 0;
  const found = readLeadingDigits(number);
  const prefix = wanted === true ? prefixLength(number.bytes[number.from] === PLUS) : wanted;
  return Math.min(prefix, found, most);
}

/** The first digits of the number at hand; beyond those found, what is left of others, which `found` leaves out. */
const leading = new Uint8Array(MAX_KEPT_DIGITS);

/** Reads the digits before the first character that is neither digit nor punctuation. @returns how many */
function readLeadingDigits({ bytes, from, end }: PhoneNumber): number {
  let found = 0;
  for (let at = from; at < end && found < MAX_KEPT_DIGITS; at++) {
    const byte = bytes[at]!; // from ≤ at < end
    if (kinds[byte] === DIGIT) leading[found++] = byte - ZERO;
    else if (kinds[byte] !== PUNCTUATION) break;
  }
  return found;
}

function prefixLength(hasPlus: boolean): number {
  const isInternational = hasPlus || (leading[0] === 0 && leading[1] === 0); // 00 stands for the plus
  if (!isInternational) return LONG_AREA_DIGITS;
  const access = hasPlus ? 0 : 2;
  const first = leading[access]!; // access ≤ 2
  if (first === 1 || first === 7) return access + 1 + LONG_AREA_DIGITS;
  return access + (TWO_DIGIT_COUNTRIES.has(first * 10 + leading[access + 1]!) ? 2 : 3) + AREA_DIGITS;
}
