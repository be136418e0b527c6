// Decimal numbers as whole numbers of ticks of 10^-scale: read from text and written as text, exactly.
// Nothing passes through a double that it does not hold: up to 15 digits go as numbers, all else as BigInt.

import type { ColumnOutput } from '../batch/column.ts';
import { digitsEnd, SAFE_DIGITS, skipZeros, writeDigits, writeNumber } from './number-text.ts';

const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;
const FIVE = 0x35;
const NINE_DIGITS = 1e9;
const DECIMAL = /^([-+]?)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d{1,3}))?$/;

const POWERS = Float64Array.from({ length: SAFE_DIGITS + 1 }, (_, exponent) => Number(`1e${exponent}`));

/** A decimal number: unscaled · 10^-scale. */
export interface Decimal {
  readonly unscaled: bigint;
  /** Never negative. */
  readonly scale: number;
}

/** The number that a text spells, also with an exponent; undefined for any other text. */
export function parseDecimal(text: string): Decimal | undefined {
  const [, sign, whole = '', written = '', exponent = '0'] = DECIMAL.exec(text) ?? [];
  if (sign === undefined || whole.length + written.length === 0) return undefined;
  const fraction = written.replace(/0+$/, '');
  const scale = fraction.length - Number(exponent);
  const unscaled = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n);
  return scale < 0 ? { unscaled: unscaled * 10n ** BigInt(-scale), scale: 0 } : { unscaled, scale };
}

/** Which ticks stand for a number between two of them: the nearest (half a tick away from zero), or the lower ones. */
export type Rounding = 'nearest' | 'down';

/** What numbers are counted in: ticks of 10^-scale. */
export interface Ticks {
  readonly scale: number;
  readonly rounding: Rounding;
}

/** The number in ticks; to the nearest unless said. */
export function ticksOf(decimal: Decimal, scale: number, rounding: Rounding = 'nearest'): bigint {
  const more = scale - decimal.scale;
  if (more >= 0) return decimal.unscaled * 10n ** BigInt(more);
  const divisor = 10n ** BigInt(-more);
  const { unscaled } = decimal;
  if (rounding === 'down') return floorDivide(unscaled, divisor);
  return (unscaled + (unscaled < 0n ? -divisor / 2n : divisor / 2n)) / divisor;
}

/** floor(a / b) for a positive b. */
export function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return quotient * b > a ? quotient - 1n : quotient;
}

/**
 * The ticks of a number with no more than 15 digits up to the scale.
 * @returns NaN for anything else: longer numbers, exponents, other texts
 */
export function readTicks(bytes: Uint8Array, start: number, end: number, { scale, rounding }: Ticks): number {
  const isNegative = bytes[start] === MINUS && start < end;
  const at = isNegative || (bytes[start] === PLUS && start < end) ? start + 1 : start;
  let ticks = 0;
  let position = at;
  for (; position < end; position++) {
    const digit = bytes[position]! - ZERO; // position < end, as below
    if (digit < 0 || digit > 9) break;
    ticks = ticks * 10 + digit;
  }
  const whole = position - at;
  if (whole + scale > SAFE_DIGITS) return NaN;
  let missing = scale;
  let rounded = 0;
  if (position < end) {
    if (bytes[position] !== POINT || end - at === 1) return NaN;
    const last = Math.min(end, position + 1 + scale);
    for (position++; position < last; position++, missing--) {
      const digit = bytes[position]! - ZERO;
      if (digit < 0 || digit > 9) return NaN;
      ticks = ticks * 10 + digit;
    }
    if (position < end) {
      if (digitsEnd(bytes, position, end) !== end) return NaN;
      if (rounding === 'nearest') rounded = bytes[position]! >= FIVE ? 1 : 0;
      else rounded = isNegative && skipZeros(bytes, position, end + 1) < end ? 1 : 0;
    }
  } else if (whole === 0) return NaN;
  ticks = ticks * POWERS[missing]! + rounded; // missing ≤ scale ≤ SAFE_DIGITS
  return isNegative ? 0 - ticks : ticks;
}

/** The ticks of any number, however long; undefined for other texts. */
export function readLongTicks(
  bytes: Uint8Array,
  start: number,
  end: number,
  { scale, rounding }: Ticks,
): bigint | undefined {
  const decimal = parseDecimal(asciiOf(bytes, start, end));
  return decimal && ticksOf(decimal, scale, rounding);
}

/** The text of a value that should be ASCII; other bytes become characters that no number has. */
export function asciiOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

/** How numbers are written: with so many digits behind the point, or with as many as they need. */
export interface DecimalStyle {
  readonly scale: number;
  /** Zeros at the end stay: 1.50 for numeric(6,2), 1.5 for a float. */
  readonly keepsZeros: boolean;
}

/** Appends a number of ticks below 2^53 to the current value of an output. */
export function writeTicks(ticks: number, { scale, keepsZeros }: DecimalStyle, output: ColumnOutput): void {
  output.room(2 * SAFE_DIGITS + 4);
  const { bytes } = output;
  if (ticks < 0) bytes[output.at++] = MINUS;
  const size = Math.abs(ticks);
  if (scale === 0) {
    output.at = writeNumber(bytes, output.at, size);
    return;
  }
  const power = POWERS[scale]!; // scale ≤ SAFE_DIGITS
  const whole = Math.floor(size / power);
  let fraction = size - whole * power;
  output.at = writeNumber(bytes, output.at, whole);
  let digits = scale;
  if (!keepsZeros) {
    if (fraction === 0) return;
    for (; fraction % 10 === 0; digits--) fraction /= 10;
  }
  bytes[output.at++] = POINT;
  output.at = writeFraction(bytes, output.at, fraction, digits);
}

function writeFraction(bytes: Uint8Array, at: number, fraction: number, digits: number): number {
  if (digits <= 9) return writeDigits(bytes, at, fraction, digits);
  const high = Math.floor(fraction / NINE_DIGITS);
  return writeDigits(bytes, writeDigits(bytes, at, high, digits - 9), fraction - high * NINE_DIGITS, 9);
}

/** The same for any number of ticks, as text. */
export function ticksText(ticks: bigint, { scale, keepsZeros }: DecimalStyle): string {
  const sign = ticks < 0n ? '-' : '';
  const digits = String(ticks < 0n ? -ticks : ticks).padStart(scale + 1, '0');
  const fraction = digits.slice(digits.length - scale).replace(keepsZeros ? '' : /0+$/, '');
  const whole = digits.slice(0, digits.length - scale);
  return scale === 0 || fraction === '' ? sign + whole : `${sign}${whole}.${fraction}`;
}
