// Grids of numbers: integers, numeric(p,s) on its own scale, floats on a declared one. Exact: a point is min + k · step, in
// whole ticks of a power of ten, and no value is ever a double that a decimal number does not fit into.

import type { ColumnOutput } from '../batch/column.ts';
import {
  asciiOf,
  type Decimal,
  type DecimalStyle,
  readLongTicks,
  readTicks,
  ticksOf,
  ticksText,
  writeTicks,
} from './decimals.ts';
import { type Grid, MAX_STEPS } from './grid.ts';

/** Below this, ticks and twice their differences are exact in a double. */
const SAFE_TICKS = 2n ** 50n;
const SAFE_SCALE = 15;
const CAPITAL_I = 0x49;
const CAPITAL_N = 0x4e;
const MINUS = 0x2d;

export interface DecimalGridOptions {
  readonly min: Decimal;
  readonly max: Decimal;
  readonly step: Decimal;
  /** Digits behind the point that the type prints always: 2 for numeric(6,2); undefined: as many as a value needs. */
  readonly printedScale: number | undefined;
}

/** @returns undefined where there are more points than MAX_STEPS, or none; `max` itself is a point only if a step ends there */
export function decimalGrid({ min, max, step, printedScale }: DecimalGridOptions): Grid | undefined {
  const scale = Math.max(min.scale, step.scale, printedScale ?? 0);
  const first = ticksOf(min, scale);
  const width = ticksOf(step, scale);
  const range = ticksOf(max, scale, 'down') - first; // no point lies beyond max
  if (width <= 0n || range < width || range / width > BigInt(MAX_STEPS)) return undefined;
  const style: DecimalStyle = { scale, keepsZeros: printedScale !== undefined };
  const steps = Number(range / width);
  const last = first + BigInt(steps) * width;
  const isSafe = [first, last].every(ticks => ticks < SAFE_TICKS && ticks > -SAFE_TICKS) && scale <= SAFE_SCALE;
  const exact = { first, width, last, steps, style };
  return isSafe ? safeGrid(exact) : wideGrid(exact);
}

interface Exact {
  readonly first: bigint;
  readonly width: bigint;
  readonly last: bigint;
  readonly steps: number;
  readonly style: DecimalStyle;
}

/** Ticks that doubles hold. */
function safeGrid(exact: Exact): Grid {
  const { steps, style } = exact;
  const [first, width, last] = [Number(exact.first), Number(exact.width), Number(exact.last)];
  const nearest = { scale: style.scale, rounding: 'nearest' } as const;
  return {
    steps,
    locate(bytes, at, end) {
      const ticks = readTicks(bytes, at, end, nearest);
      if (ticks <= first) return 0;
      if (ticks >= last) return steps;
      if (Number.isNaN(ticks)) return locateLong(bytes, at, end, exact);
      // Exact: numerator and divisor are below 2^53, and so far below that their quotient never rounds up to a whole number.
      return Math.floor((2 * (ticks - first) + width) / (2 * width));
    },
    write: (point, output) => writeTicks(first + point * width, style, output),
  };
}

/** Ticks of any size. */
function wideGrid(exact: Exact): Grid {
  const { first, width, steps, style } = exact;
  return {
    steps,
    locate: (bytes, at, end) => locateLong(bytes, at, end, exact),
    write: (point, output) => writeText(ticksText(first + BigInt(point) * width, style), output),
  };
}

function locateLong(bytes: Uint8Array, at: number, end: number, { first, width, last, steps, style }: Exact): number {
  const special = specialOf(bytes, at, end);
  if (special !== 0) return special > 0 ? steps : 0;
  const ticks = readLongTicks(bytes, at, end, { scale: style.scale, rounding: 'nearest' });
  if (ticks === undefined) return NaN;
  if (ticks <= first) return 0;
  if (ticks >= last) return steps;
  return Number((2n * (ticks - first) + width) / (2n * width));
}

/** 1 for NaN and Infinity, -1 for -Infinity, 0 for all else. */
export function specialOf(bytes: Uint8Array, at: number, end: number): -1 | 0 | 1 {
  const letter = bytes[at] === MINUS ? bytes[at + 1] : bytes[at];
  if (letter !== CAPITAL_I && letter !== CAPITAL_N) return 0;
  const text = asciiOf(bytes, at, end);
  if (text === 'NaN' || text === 'Infinity') return 1;
  return text === '-Infinity' ? -1 : 0;
}

function writeText(text: string, output: ColumnOutput): void {
  output.room(text.length);
  for (let index = 0; index < text.length; index++) output.bytes[output.at++] = text.charCodeAt(index);
}
