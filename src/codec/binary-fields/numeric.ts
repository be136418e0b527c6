// numeric: int16 digit count, weight, sign and scale, then int16 digits to base 10,000 (numeric_send in PostgreSQL's
// utils/adt/numeric.c). Exact for every length; nothing passes through a JavaScript number but one digit at a time.

import type { ColumnOutput } from '../../batch/column.ts';
import { digitsEnd, isAscii, skipZeros, writeAscii, writeDigits, writeNumber } from '../../kernels/number-text.ts';
import type { ValueForm } from '../value-form.ts';

const HEADER_BYTES = 8;
const NEGATIVE = 0x4000;
/** Values without digits: their sign, and the scale that the server sends with it. */
const SPECIALS = [
  { text: 'NaN', sign: 0xc000, scale: 0 },
  { text: 'Infinity', sign: 0xd000, scale: 32 },
  { text: '-Infinity', sign: 0xf000, scale: 32 },
];
/** The scale has 14 bits. */
const MAX_SCALE = 0x3fff;
/** Digits before the point that PostgreSQL holds. */
const MAX_WHOLE_DIGITS = 131_072;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;

const uint16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!; // the caller has checked

export const numeric: ValueForm = {
  decode(bytes, at, end, output) {
    if (end - at < HEADER_BYTES || end - at !== HEADER_BYTES + 2 * uint16(bytes, at))
      throw new Error('a malformed numeric');
    const sign = uint16(bytes, at + 4);
    const special = sign > NEGATIVE ? SPECIALS.find(known => known.sign === sign) : undefined;
    if (special) output.at = writeAscii(output.bytes, output.at, special.text);
    else writeDecimal(bytes, at, output);
  },
  encode(bytes, at, end, output) {
    if (end > at && bytes[end - 1]! <= ZERO + 9) return encodeDecimal(bytes, at, end, output);
    const special = SPECIALS.find(({ text }) => isAscii(bytes, at, end, text));
    return special !== undefined && writeHeader(output, special);
  },
};

function writeDecimal(bytes: Uint8Array, at: number, output: ColumnOutput): void {
  const count = uint16(bytes, at);
  const weight = (uint16(bytes, at + 2) << 16) >> 16;
  const scale = uint16(bytes, at + 6) & MAX_SCALE;
  const digit = (index: number): number =>
    index >= 0 && index < count ? uint16(bytes, at + HEADER_BYTES + 2 * index) : 0;
  output.room(4 * Math.max(1, weight + 1) + scale + 8);
  const target = output.bytes;
  let to = output.at;
  if (uint16(bytes, at + 4) === NEGATIVE) target[to++] = MINUS;
  to = writeNumber(target, to, weight < 0 ? 0 : digit(0));
  for (let index = 1; index <= weight; index++) to = writeDigits(target, to, digit(index), 4);
  if (scale > 0) {
    target[to++] = POINT;
    const stop = to + scale;
    for (let index = weight + 1; to < stop; index++) to = writeDigits(target, to, digit(index), 4);
    to = stop; // the last digit may have been written beyond the scale
  }
  output.at = to;
}

/** -?[0-9]+(.[0-9]*)?, also with a plus or without whole digits. */
function encodeDecimal(bytes: Uint8Array, start: number, end: number, output: ColumnOutput): boolean {
  const isNegative = bytes[start] === MINUS;
  const at = isNegative || bytes[start] === PLUS ? start + 1 : start;
  const point = digitsEnd(bytes, at, end);
  const fraction = bytes[point] === POINT && point < end ? point + 1 : point;
  const scale = end - fraction;
  const isDecimal =
    digitsEnd(bytes, fraction, end) === end && point - at + scale > 0 && (fraction > point || scale === 0);
  const whole = skipZeros(bytes, at, point);
  if (!isDecimal || scale > MAX_SCALE || point - whole > MAX_WHOLE_DIGITS) return false;
  writeGroups(bytes, { whole, point, fraction, end }, isNegative, output);
  return true;
}

interface Decimal {
  /** First whole digit, the end of the whole digits, first digit after the point, and the end. */
  readonly whole: number;
  readonly point: number;
  readonly fraction: number;
  readonly end: number;
}

function writeGroups(
  bytes: Uint8Array,
  { whole, point, fraction, end }: Decimal,
  isNegative: boolean,
  output: ColumnOutput,
): void {
  const wholeGroups = Math.ceil((point - whole) / 4);
  const groups = wholeGroups + Math.ceil((end - fraction) / 4);
  output.room(HEADER_BYTES + 2 * groups);
  const header = output.at;
  const target = output.bytes;
  let to = header + HEADER_BYTES;
  let weight = wholeGroups - 1;
  let lastUsed = to;
  for (let group = 0; group < groups; group++) {
    const isWhole = group < wholeGroups;
    const from = isWhole ? point - 4 * (wholeGroups - group) : fraction + 4 * (group - wholeGroups);
    const digit = readGroup(bytes, from, isWhole ? { from: whole, to: point } : { from: fraction, to: end });
    if (digit === 0 && to === header + HEADER_BYTES) {
      weight--; // no leading zeros
      continue;
    }
    target[to++] = digit >>> 8;
    target[to++] = digit;
    if (digit !== 0) lastUsed = to; // and no trailing ones
  }
  const count = (lastUsed - header - HEADER_BYTES) / 2;
  writeHeader(output, {
    count,
    weight: count === 0 ? 0 : weight,
    sign: count > 0 && isNegative ? NEGATIVE : 0,
    scale: end - fraction,
  });
  output.at = lastUsed;
}

/** Four decimal digits from `at`; those outside the range are zeros. */
function readGroup(bytes: Uint8Array, at: number, range: { readonly from: number; readonly to: number }): number {
  let digit = 0;
  for (let position = at; position < at + 4; position++) {
    digit = digit * 10 + (position >= range.from && position < range.to ? bytes[position]! - ZERO : 0);
  }
  return digit;
}

interface Header {
  readonly count?: number;
  readonly weight?: number;
  readonly sign: number;
  readonly scale?: number;
}

function writeHeader(output: ColumnOutput, { count = 0, weight = 0, sign, scale = 0 }: Header): true {
  for (const part of [count, weight, sign, scale]) {
    output.bytes[output.at++] = part >>> 8;
    output.bytes[output.at++] = part;
  }
  return true;
}
