// The discrete Gaussian distribution on the integers, P(x) ∝ e^(-x² / 2σ²), sampled exactly from uniform bits.
//
// Algorithm 3 of Canonne, Kamath and Steinke (2020): with t = floor(σ) + 1, draw Y from the discrete Laplace distribution of
// scale t and accept it with probability e^(-(|Y| - σ²/t)² / 2σ²). Y is their algorithm 2's: a geometric variable with a random
// sign, drawn again for a negative zero. As there, σ² is rational (here: whole), so both draws are exact; doubles only decide
// the comparisons that their error bounds leave no doubt about, as in discrete-laplace.ts. Four words make a try, and three
// of four tries succeed.

import { type Attempt, geometric, MAX_SCALE, type Sampler, untilAccepted } from './discrete-laplace.ts';
import { firstBits, isBelowExp, joinBits, middle } from './uniform-real.ts';

/**
 * What a comparison with e^-γ may be wrong by. With z = |Y|/σ, γ is wrong by less than (z + 2)² · 2^-51, which e^-γ, at most
 * e^(-(z - 1)²/2), shrinks to under 2^-46; the exponential and R's interval add less than 2^-51.
 */
const DOUBT = 2 ** -44;

/** @param variance σ², in steps of the grid squared; σ is at most MAX_SCALE */
export function discreteGaussian(variance: bigint): Sampler {
  return untilAccepted(gaussianAttempt(variance));
}

/** See discreteGaussian. An attempt takes four words, and mostly no more. */
export function gaussianAttempt(variance: bigint): Attempt {
  const t = squareRoot(variance) + 1n;
  if (variance <= 0n || t > BigInt(MAX_SCALE)) throw new RangeError('a variance above 2^92, or none at all');
  const magnitude = geometric({ numerator: t, denominator: 1n });
  const doubleVariance = 2 * Number(variance);
  const centre = Number(variance) / Number(t);
  return words => {
    const size = magnitude(firstBits(words), words);
    const high = words.next();
    const low = words.next();
    const isNegative = (low & 1) === 1; // a bit that `joinBits` leaves
    if (isNegative && size === 0) return Number.NaN;
    const first = joinBits(high, low);
    const distance = size - centre;
    const gamma = (distance * distance) / doubleVariance;
    const uniform = middle(first);
    const value = isNegative ? -size : size;
    if (1 - gamma - uniform > DOUBT) return value; // e^-γ is above 1 - γ: mostly enough to know
    const difference = Math.exp(-gamma) - uniform;
    if (difference < -DOUBT) return Number.NaN;
    return difference > DOUBT || isBelowExp(first, words, exponent(size, variance, t)) ? value : Number.NaN;
  };
}

/** (|Y| - σ²/t)² / 2σ² without the fractions. */
function exponent(size: number, variance: bigint, t: bigint): { numerator: bigint; denominator: bigint } {
  const distance = BigInt(size) * t - variance;
  return { numerator: distance * distance, denominator: 2n * variance * t * t };
}

/** The largest whole number whose square is no more than this one (Newton's method). */
function squareRoot(square: bigint): bigint {
  if (square < 2n) return square;
  let root = 1n << BigInt((square.toString(2).length + 1) >> 1); // above the root
  for (;;) {
    const next = (root + square / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
