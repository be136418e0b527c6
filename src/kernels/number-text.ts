// Numbers as ASCII digits, without strings and without BigInt. The codecs and the kernels share it.

const ZERO = 0x30;
const BILLION = 1e9;
/** Decimal digits that a double holds exactly, whatever they are. */
export const SAFE_DIGITS = 15;

/** Writes a whole number from 0 to 2^53 in decimal; returns the position after it. */
export function writeNumber(bytes: Uint8Array, at: number, number: number): number {
  if (number >= BILLION) {
    const high = Math.floor(number / BILLION);
    return writeDigits(bytes, writeNumber(bytes, at, high), number - high * BILLION, 9);
  }
  return writeDigits(bytes, at, number, countDigits(number));
}

/** Writes the last `count` digits (at most nine) of a whole number below 10^9. */
export function writeDigits(bytes: Uint8Array, at: number, number: number, count: number): number {
  let rest = number | 0; // integer division by a constant is a multiplication
  for (let position = at + count - 1; position >= at; position--) {
    const tenth = (rest / 10) | 0;
    bytes[position] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
  return at + count;
}

/** Writes a whole number below 100 in two digits; returns the position after them. Faster than `writeDigits`. */
export function writeTwoDigits(bytes: Uint8Array, at: number, number: number): number {
  const tens = (number * 205) >> 11; // exact below 100
  bytes[at] = ZERO + tens;
  bytes[at + 1] = ZERO + number - tens * 10;
  return at + 2;
}

function countDigits(number: number): number {
  if (number < 1e4) return number < 10 ? 1 : number < 100 ? 2 : number < 1e3 ? 3 : 4;
  if (number < 1e6) return number < 1e5 ? 5 : 6;
  return number < 1e7 ? 7 : number < 1e8 ? 8 : 9;
}

/** The number that ASCII digits spell; -1 when there is anything else, nothing at all, or more than SAFE_DIGITS. */
export function readNumber(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end || end - at > SAFE_DIGITS) return -1;
  let number = 0;
  for (let position = at; position < end; position++) {
    const digit = bytes[position]! - ZERO; // position < end
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

/** The number that the two digits at a position spell; -1 when they are none. Faster than `readNumber`. */
export function readTwoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - ZERO; // the caller has checked that both are there
  const ones = bytes[at + 1]! - ZERO;
  return tens >>> 0 > 9 || ones >>> 0 > 9 ? -1 : tens * 10 + ones;
}

/** The end of the digits from `at` on. */
export function digitsEnd(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && bytes[at]! >= ZERO && bytes[at]! <= ZERO + 9) at++; // at < end
  return at;
}

/** The position of the first digit that is not a leading zero, or of the last digit. */
export function skipZeros(bytes: Uint8Array, at: number, end: number): number {
  while (at < end - 1 && bytes[at] === ZERO) at++;
  return at;
}

/** Copies the ASCII text; returns the position after it. */
export function writeAscii(bytes: Uint8Array, at: number, text: string): number {
  for (let index = 0; index < text.length; index++) bytes[at++] = text.charCodeAt(index);
  return at;
}

/** Whether [at, end) is exactly this ASCII text. */
export function isAscii(bytes: Uint8Array, at: number, end: number, text: string): boolean {
  if (end - at !== text.length) return false;
  for (let index = 0; index < text.length; index++) if (bytes[at + index] !== text.charCodeAt(index)) return false;
  return true;
}
