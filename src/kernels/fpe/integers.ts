// Integers of a range as numbers from 0.

import type { BigNumberFormat, NumberFormat } from './number-column.ts';

/** Inclusive. */
export interface Bounds {
  readonly min: bigint;
  readonly max: bigint;
}

const MINUS = 0x2d;
const ZERO = 0x30;
/** Digits that a double holds, whatever they are. */
const SAFE_DIGITS = 15;
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** Whether the bounds, and every number between them, are exact in a double. */
export function areSafe({ min, max }: Bounds): boolean {
  return min >= -MAX_SAFE && max <= MAX_SAFE && max - min < MAX_SAFE;
}

/** Integers as PostgreSQL prints them; bounds that are safe. */
export function integerFormat(bounds: Bounds): NumberFormat {
  const min = Number(bounds.min);
  return {
    size: Number(bounds.max - bounds.min) + 1,
    wanted: describe(bounds),
    read: (bytes, start, end) => readInteger(bytes, start, end) - min,
    write(number, output) {
      output.room(SAFE_DIGITS + 3);
      output.at = writeInteger(output.bytes, output.at, number + min);
    },
  };
}

/** The same for any bounds. */
export function bigIntegerFormat(bounds: Bounds): BigNumberFormat {
  return {
    size: bounds.max - bounds.min + 1n,
    wanted: describe(bounds),
    read: text => (/^(0|-?[1-9]\d{0,999})$/.test(text) ? BigInt(text) - bounds.min : undefined),
    write: number => String(number + bounds.min),
  };
}

const describe = ({ min, max }: Bounds): string => `it is a whole number from ${min} to ${max}`;

/** NaN for whatever is not a number as PostgreSQL prints it, such as 007 or -0. */
function readInteger(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = bytes[start] === MINUS && start < end;
  const from = isNegative ? start + 1 : start;
  if (from === end || end - from > SAFE_DIGITS + 1 || (bytes[from] === ZERO && (end - from > 1 || isNegative)))
    return NaN;
  let number = 0;
  for (let at = from; at < end; at++) {
    const digit = bytes[at]! - ZERO; // at < end
    if (digit < 0 || digit > 9) return NaN;
    number = number * 10 + digit;
  }
  return isNegative ? -number : number;
}

function writeInteger(bytes: Uint8Array, at: number, number: number): number {
  let rest = Math.abs(number);
  let end = at + (number < 0 ? 1 : 0);
  if (number < 0) bytes[at] = MINUS;
  for (let power = 10; power <= rest; power *= 10) end++;
  for (let place = end; place >= at + (number < 0 ? 1 : 0); place--) {
    const tenth = Math.floor(rest / 10);
    bytes[place] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
  return end + 1;
}
