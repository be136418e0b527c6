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
/** What so many digits of four are multiplied by. */
const MISSING = [0, 1000, 100, 10];

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
    if (special) writeHeader(output, 0, 0, special.scale, special.sign);
    return special !== undefined;
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

  const wholeGroups = (point - whole + 3) >> 2;
  output.room(HEADER_BYTES + 2 * (wholeGroups + ((scale + 3) >> 2)));
  const { view } = output;
  const groupsAt = output.at + HEADER_BYTES;
  let to = groupsAt;
  let weight = wholeGroups - 1;
  let lastUsed = to;
  const lastWhole = point - 4;
  const first = wholeGroups > 0 ? point - 4 * wholeGroups : fraction;
  for (let from = first; from < end; from = from === lastWhole ? fraction : from + 4) {
    const digit = from < point ? readGroup(bytes, Math.max(from, whole), from + 4) : readFraction(bytes, from, end);
    if (digit === 0 && to === groupsAt) {
      weight--; // no leading zeros
      continue;
    }
    view.setUint16(to, digit);
    to += 2;
    if (digit !== 0) lastUsed = to; // and no trailing ones
  }
  const count = (lastUsed - groupsAt) / 2;
  if (count === 0) writeHeader(output, 0, 0, scale);
  else writeHeader(output, count, weight, scale, isNegative ? NEGATIVE : 0);
  output.at = lastUsed;
  return true;
}

/** The number that up to four digits spell. */
function readGroup(bytes: Uint8Array, from: number, to: number): number {
  let digit = 0;
  for (let position = from; position < to; position++) digit = digit * 10 + bytes[position]! - ZERO; // within the value
  return digit;
}

/** Four digits behind the point; those that are missing are zeros. */
function readFraction(bytes: Uint8Array, from: number, end: number): number {
  if (end - from >= 4) return readGroup(bytes, from, from + 4);
  return readGroup(bytes, from, end) * MISSING[end - from]!; // one to three
}

function writeHeader(output: ColumnOutput, count: number, weight: number, scale: number, sign = 0): void {
  output.room(HEADER_BYTES);
  const { view, at } = output;
  view.setUint16(at, count);
  view.setInt16(at + 2, weight);
  view.setUint16(at + 4, sign);
  view.setUint16(at + 6, scale);
  output.at = at + HEADER_BYTES;
}
