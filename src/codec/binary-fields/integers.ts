// int2, int4, int8 and oid: big-endian two's complement. Accepts -?[0-9]+, leading zeros included.
// An int8 is two 32-bit halves here: BigInt would cost ten times as much.

import type { ColumnOutput } from '../../batch/column.ts';
import { readNumber, SAFE_DIGITS, skipZeros, writeDigits, writeNumber } from '../../kernels/number-text.ts';
import type { ValueForm } from '../value-form.ts';
import { readInt32, writeInt32 } from './int32.ts';

const MINUS = 0x2d;
const TWO_32 = 2 ** 32;
const BILLION = 1e9;

function writeSigned(output: ColumnOutput, number: number): void {
  if (number < 0) output.bytes[output.at++] = MINUS;
  output.at = writeNumber(output.bytes, output.at, Math.abs(number));
}

/** The number, or NaN where it is none or too long to be exact. */
function readSigned(bytes: Uint8Array, at: number, end: number): number {
  const isNegative = bytes[at] === MINUS && at < end;
  const digits = isNegative ? at + 1 : at;
  const magnitude = readNumber(bytes, skipZeros(bytes, digits, end), end);
  if (magnitude < 0) return NaN;
  return isNegative ? -magnitude : magnitude;
}

export const int2: ValueForm = {
  fieldBytes: 2,
  decode(bytes, at, _end, output) {
    writeSigned(output, ((bytes[at]! << 24) | (bytes[at + 1]! << 16)) >> 16); // fieldBytes holds
  },
  encode(bytes, at, end, output) {
    const number = readSigned(bytes, at, end);
    if (!(number >= -0x8000 && number <= 0x7fff)) return false;
    output.bytes[output.at++] = number >> 8;
    output.bytes[output.at++] = number;
    return true;
  },
};

export const int4: ValueForm = {
  fieldBytes: 4,
  decode(bytes, at, _end, output) {
    writeSigned(output, readInt32(bytes, at));
  },
  encode(bytes, at, end, output) {
    const number = readSigned(bytes, at, end);
    if (!(number >= -0x80000000 && number <= 0x7fffffff)) return false;
    output.at = writeInt32(output.bytes, output.at, number);
    return true;
  },
};

export const oid: ValueForm = {
  fieldBytes: 4,
  decode(bytes, at, _end, output) {
    writeSigned(output, readInt32(bytes, at) >>> 0);
  },
  encode(bytes, at, end, output) {
    const number = readSigned(bytes, at, end);
    if (!(number >= 0 && number <= 0xffffffff)) return false;
    output.at = writeInt32(output.bytes, output.at, number);
    return true;
  },
};

export const int8: ValueForm = {
  fieldBytes: 8,
  decode(bytes, at, _end, output) {
    const high = readInt32(bytes, at);
    const low = readInt32(bytes, at + 4) >>> 0;
    if (high >= -0x200000 && high < 0x200000)
      writeSigned(output, high * TWO_32 + low); // 53 bits are exact
    else writeLarge(output, high, low);
  },
  encode(bytes, at, end, output) {
    const isNegative = bytes[at] === MINUS && at < end;
    const digits = skipZeros(bytes, isNegative ? at + 1 : at, end);
    if (end - digits > SAFE_DIGITS) return encodeLarge(bytes, digits, end, { isNegative, output });
    const magnitude = readNumber(bytes, digits, end);
    if (magnitude < 0) return false;
    const high = Math.floor(magnitude / TWO_32);
    writeHalves(output, high, magnitude - high * TWO_32, isNegative);
    return true;
  },
};

/** Writes the magnitude, given as two unsigned halves, with its sign. */
function writeHalves(output: ColumnOutput, high: number, low: number, isNegative: boolean): void {
  const carried = isNegative && low === 0 ? 1 : 0;
  output.at = writeInt32(output.bytes, output.at, isNegative ? ~high + carried : high);
  output.at = writeInt32(output.bytes, output.at, isNegative ? -low : low);
}

/** Long division of 64 bits by 10^9 in steps of 16 bits, each exact in a double. */
function writeLarge(output: ColumnOutput, high: number, low: number): void {
  if (high < 0) {
    output.bytes[output.at++] = MINUS;
    high = (~high + (low === 0 ? 1 : 0)) >>> 0;
    low = -low >>> 0;
  }
  let quotient = 0;
  let rest = 0;
  for (const limb of [high >>> 16, high & 0xffff, low >>> 16, low & 0xffff]) {
    const dividend = rest * 0x10000 + limb;
    const digit = Math.floor(dividend / BILLION);
    quotient = quotient * 0x10000 + digit;
    rest = dividend - digit * BILLION;
  }
  output.at = writeNumber(output.bytes, output.at, quotient);
  output.at = writeDigits(output.bytes, output.at, rest, 9);
}

/** 16 to 19 digits: `a × 10^9 + b` with `a` cut into 16-bit parts, so that each product is exact in a double. */
function encodeLarge(
  bytes: Uint8Array,
  at: number,
  end: number,
  { isNegative, output }: { readonly isNegative: boolean; readonly output: ColumnOutput },
): boolean {
  const a = readNumber(bytes, at, end - 9);
  const b = readNumber(bytes, end - 9, end);
  if (a < 0 || b < 0 || end - at > 19) return false;
  const aHigh = Math.floor(a / 0x10000);
  const upper = aHigh * BILLION; // counts 2^16
  const lower = (upper % 0x10000) * 0x10000 + (a - aHigh * 0x10000) * BILLION + b;
  const high = Math.floor(upper / 0x10000) + Math.floor(lower / TWO_32);
  const low = lower % TWO_32;
  const isLowest = isNegative && high === 0x80000000 && low === 0;
  if (high > 0x7fffffff && !isLowest) return false;
  writeHalves(output, high, low, isNegative);
  return true;
}
