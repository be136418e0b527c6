// A uniform real number R in (0, 1) whose bits are drawn as they are needed, and exact comparisons with logarithms.
// Every decision is the one that infinitely many bits would give: intervals in fixed point, refined until they decide.

import type { WordStream } from './random-words.ts';

/** Bits that the first two words give a double: with half a unit added, they still fit its 53. */
export const FIRST_BITS = 52;
const UNIT = 2 ** -FIRST_BITS;
/** Bits that one refinement adds. */
const MORE_BITS = 64;
/** Bits of fixed point beyond those of R: what rounding costs is far below them. */
const GUARD_BITS = 32;

/** A positive rational number. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** The first 52 bits of a uniform real, as a whole number. */
export function firstBits(words: WordStream): number {
  const high = words.next();
  return joinBits(high, words.next());
}

/** 52 bits of two words; the lowest 12 of `low` are left. */
export function joinBits(high: number, low: number): number {
  return high * 2 ** 20 + (low >>> 12);
}

/** The middle of the interval of width 2^-52 that the first bits leave. */
export function middle(first: number): number {
  return (first + 0.5) * UNIT;
}

/** floor(-ln(R) · scale), for the R that begins with the bits `first` and goes on with the words. */
export function floorOfLog(first: number, words: WordStream, { numerator, denominator }: Rational): bigint {
  for (const { low, high, precision } of refine(first, words)) {
    const divisor = denominator << BigInt(precision);
    const floor = (low * numerator) / divisor;
    if ((high * numerator) / divisor === floor) return floor;
  }
  throw new Error('a refinement has no end');
}

/** Whether R < e^-γ, for the R that begins with the bits `first` and goes on with the words. */
export function isBelowExp(first: number, words: WordStream, { numerator, denominator }: Rational): boolean {
  for (const { low, high, precision } of refine(first, words)) {
    const threshold = numerator << BigInt(precision);
    if (low * denominator > threshold) return true;
    if (high * denominator < threshold) return false;
  }
  throw new Error('a refinement has no end');
}

interface Bounds {
  /** Of -ln R, times 2^precision; never negative. */
  readonly low: bigint;
  readonly high: bigint;
  readonly precision: number;
}

/** Ever closer bounds of -ln R. */
function* refine(first: number, words: WordStream): Generator<Bounds> {
  let bits = BigInt(first);
  for (let count = FIRST_BITS + MORE_BITS; ; count += MORE_BITS) {
    for (let drawn = 0; drawn < MORE_BITS; drawn += 32) bits = (bits << 32n) | BigInt(words.next());
    if (bits > 0n) yield boundsOfLog(bits, count);
  }
}

/** -ln R for R in [bits, bits + 1] / 2^count: at most -ln(bits / 2^count), and less by at most 1 / bits. */
function boundsOfLog(bits: bigint, count: number): Bounds {
  const precision = count + GUARD_BITS;
  const one = 1n << BigInt(precision);
  const length = bits.toString(2).length - 1;
  const power = 1n << BigInt(length);
  // bits = 2^length · m with 1 ≤ m < 2, and ln m = 2 artanh((m - 1) / (m + 1)).
  const ofMantissa = 2n * artanh(((bits - power) << BigInt(precision)) / (bits + power), precision);
  const halvings = BigInt(count - length);
  const estimate = halvings * ln2(precision) - ofMantissa;
  const error = (halvings + 1n) * errorOf(precision);
  const low = estimate - error - one / bits - 1n;
  return { low: low > 0n ? low : 0n, high: estimate + error, precision };
}

const knownLn2 = new Map<number, bigint>();

/** ln 2 = 2 artanh(1/3). */
function ln2(precision: number): bigint {
  const known = knownLn2.get(precision) ?? 2n * artanh((1n << BigInt(precision)) / 3n, precision);
  knownLn2.set(precision, known);
  return known;
}

/** artanh z = z + z³/3 + z⁵/5 + … for 0 ≤ z ≤ 1/3, in fixed point. */
function artanh(z: bigint, precision: number): bigint {
  const shift = BigInt(precision);
  const square = (z * z) >> shift;
  let sum = z;
  let power = z;
  for (let odd = 3n; power > 0n; odd += 2n) {
    power = (power * square) >> shift;
    sum += power / odd;
  }
  return sum;
}

/**
 * Units by which twice an artanh may be wrong. Each of its terms, fewer than precision / 3 as z² ≤ 1/9, is wrong by less than
 * three units: one by its division, and less than two by its power, whose error shrinks ninefold with each multiplication
 * and grows by one by its rounding. The argument's own unit counts at most 9/8.
 */
function errorOf(precision: number): bigint {
  return 2n * BigInt(precision + 2);
}
