// Numbers made coarse: the lower bound of their range, or the nearest multiple, with everything beyond a bound put together.
// Exact: decided in whole ticks of a power of ten, rounded down, so that 9.99 is never in the range that begins at 10.

import type { ColumnOutput } from '../batch/column.ts';
import { specialOf } from './decimal-grid.ts';
import {
  type Decimal,
  type DecimalStyle,
  floorDivide,
  readLongTicks,
  readTicks,
  type Ticks,
  ticksOf,
  ticksText,
  writeTicks,
} from './decimals.ts';

/** What to do with numbers. One of the first three, or none. */
export interface NumberBuckets {
  /** Ranges of equal width, from zero on. */
  readonly width?: Decimal | undefined;
  /** Ascending bounds of ranges; what is below the first belongs to it. */
  readonly bounds?: readonly Decimal[] | undefined;
  /** Multiples to round to; halves go up. */
  readonly multiple?: Decimal | undefined;
  readonly top?: Decimal | undefined;
  readonly bottom?: Decimal | undefined;
  /** Digits behind the point that the type prints always; undefined: as many as a value needs. */
  readonly printedScale: number | undefined;
}

/** Appends the coarse form of one number. @returns false where it is none, with nothing written */
export type Coarsen = (bytes: Uint8Array, at: number, end: number, output: ColumnOutput) => boolean;

/** Ticks of up to 2^50 are safe to multiply by two and add. */
const SAFE_TICKS = 2 ** 50;

/** @returns what writes the coarse form of a number */
export function numberBuckets(buckets: NumberBuckets): Coarsen {
  const { width, bounds = [], multiple, top, bottom, printedScale } = buckets;
  const named = [width, ...bounds, multiple, top, bottom].filter(decimal => decimal !== undefined);
  const printed = Math.max(0, printedScale ?? 0, ...named.map(({ scale }) => scale));
  // One digit more, so that half a multiple is a whole number of ticks.
  const ticks: Ticks = { scale: printed + 1, rounding: 'down' };
  const style: DecimalStyle = { scale: printed, keepsZeros: printedScale !== undefined };
  const exact = exactly(buckets, ticks);
  const quick = named.every(decimal => isSafe(ticksOf(decimal, ticks.scale))) ? quickly(exact) : undefined;
  return (bytes, at, end, output) => {
    const read = quick ? readTicks(bytes, at, end, ticks) : NaN;
    if (quick && read > -SAFE_TICKS && read < SAFE_TICKS) {
      const coarse = quick(read);
      if (Number.isNaN(coarse)) output.write(bytes, at, end);
      else writeTicks(coarse / 10, style, output);
      return true;
    }
    const special = specialOf(bytes, at, end);
    const long = special === 0 ? readLongTicks(bytes, at, end, ticks) : undefined;
    if (special === 0 && long === undefined) return false;
    const coarse = long === undefined ? outermost(exact, special) : exact.coarse(long);
    if (coarse === undefined) output.write(bytes, at, end);
    else output.write(Buffer.from(ticksText(coarse / 10n, style)));
    return true;
  };
}

const isSafe = (ticks: bigint): boolean => ticks < BigInt(SAFE_TICKS) && ticks > -BigInt(SAFE_TICKS);

interface Exact {
  readonly width: bigint | undefined;
  readonly bounds: readonly bigint[];
  readonly multiple: bigint | undefined;
  readonly top: bigint | undefined;
  readonly bottom: bigint | undefined;
  /** Undefined where a number stays. */
  coarse(ticks: bigint): bigint | undefined;
}

function exactly({ width, bounds = [], multiple, top, bottom }: NumberBuckets, { scale }: Ticks): Exact {
  const inTicks = (decimal: Decimal | undefined): bigint | undefined => decimal && ticksOf(decimal, scale);
  const exact = {
    width: inTicks(width),
    bounds: bounds.map(decimal => ticksOf(decimal, scale)),
    multiple: inTicks(multiple),
    top: inTicks(top),
    bottom: inTicks(bottom),
  };
  const within = (ticks: bigint): bigint | undefined => {
    if (exact.width !== undefined) return floorDivide(ticks, exact.width) * exact.width;
    if (exact.multiple !== undefined) {
      return floorDivide(2n * ticks + exact.multiple, 2n * exact.multiple) * exact.multiple;
    }
    return exact.bounds.findLast(bound => bound <= ticks) ?? exact.bounds[0];
  };
  return {
    ...exact,
    coarse(ticks) {
      if (exact.top !== undefined && ticks >= exact.top) return exact.top;
      if (exact.bottom !== undefined && ticks < exact.bottom) return exact.bottom;
      const coarse = within(ticks);
      if (coarse === undefined) return undefined;
      if (exact.bottom !== undefined && coarse < exact.bottom) return exact.bottom;
      return exact.top !== undefined && coarse > exact.top ? exact.top : coarse;
    },
  };
}

/** Where NaN and Infinity (1) or -Infinity (-1) belong, if anywhere. */
function outermost({ bounds, top, bottom }: Exact, special: number): bigint | undefined {
  return special > 0 ? (top ?? bounds.at(-1)) : (bottom ?? bounds[0]);
}

/** The same in doubles; NaN where a number stays. */
function quickly(exact: Exact): (ticks: number) => number {
  const width = Number(exact.width ?? 0n);
  const multiple = Number(exact.multiple ?? 0n);
  const bounds = Float64Array.from(exact.bounds, Number);
  const top = exact.top === undefined ? Infinity : Number(exact.top);
  const bottom = exact.bottom === undefined ? -Infinity : Number(exact.bottom);
  return ticks => {
    if (ticks >= top) return top;
    if (ticks < bottom) return bottom;
    let coarse = NaN;
    if (width > 0) coarse = Math.floor(ticks / width) * width;
    else if (multiple > 0) coarse = Math.floor((2 * ticks + multiple) / (2 * multiple)) * multiple;
    else if (bounds.length > 0) coarse = lastUpTo(bounds, ticks);
    return coarse < bottom ? bottom : coarse > top ? top : coarse;
  };
}

function lastUpTo(bounds: Float64Array, ticks: number): number {
  let last = bounds.length - 1;
  while (last > 0 && bounds[last]! > ticks) last--; // within bounds
  return bounds[last]!;
}
