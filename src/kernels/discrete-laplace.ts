// The discrete Laplace distribution on the integers, P(x) ∝ e^(-|x| / scale), sampled exactly from uniform bits.
//
// It is the mechanism of Canonne, Kamath and Steinke, "The Discrete Gaussian for Differential Privacy" (2020), section 5:
// noise of scale Δ/ε on an integer grid is ε-differentially private, because P(x) and P(x + Δ) differ by no more than e^ε.
// A sampler in floating point is not, whatever its distribution looks like: gaps in its outputs tell its input (Mironov, "On
// Significance of the Least Significant Bits for Differential Privacy", 2012; bench and test count 89 % of its outputs).
//
// How: X is a geometric variable G with a random sign, drawn again for a negative zero (their algorithm 2), and
// G = floor(-ln(R) · scale) has P(G ≥ g) = P(R ≤ e^(-g / scale)) = e^(-g / scale) for a uniform real R. Doubles only decide which of those is sure: R's first 52 bits give -ln(R) · scale
// with a bound on the error, and where the bound leaves two floors (once in 10^8 at a scale of 10^6) more bits of R are drawn
// and integers of any size decide. So each output is that of infinite precision: the distribution is exact as far as the
// bits are uniform. They come from a CSPRNG, or from AES in counter mode (see random-words.ts).

import type { WordStream } from './random-words.ts';
import { FIRST_BITS, floorOfLog, joinBits, middle, type Rational } from './uniform-real.ts';

/** Scales up to this keep every output below 2^53 but for a chance of e^-128. */
export const MAX_SCALE = 2 ** 46;

/** Draws one value. */
export type Sampler = (words: WordStream) => number;

/** Tries to draw a value: NaN where it is to be tried again, with the words that follow. */
export type Attempt = Sampler;

/** Tries until a value comes out. */
export function untilAccepted(attempt: Attempt): Sampler {
  return words => {
    for (;;) {
      const value = attempt(words);
      if (!Number.isNaN(value)) return value;
    }
  };
}

/** Below this the first bits of R say too little for a double. */
const FEW_BITS = 2 ** 20;
/** Most reals are above this, and a bound that holds for all of those saves a division. */
const USUAL_BITS = 2 ** 42;
/** -ln of the least of them is below this. */
const MOST_USUAL_LOG = 7;
/** Relative error of the product -ln(R) · scale: V8's logarithm, the scale and the product are wrong by a unit (2^-52) each. */
const RELATIVE_ERROR = 2 ** -49;
/** The interval that R's first bits leave is half as wide as this on either side. */
const INTERVAL = 2 ** -52;

/** @param scale in steps of the grid; at most MAX_SCALE */
export function discreteLaplace(scale: Rational): Sampler {
  return untilAccepted(laplaceAttempt(scale));
}

/** See discreteLaplace. An attempt takes two words, and mostly no more. */
export function laplaceAttempt(scale: Rational): Attempt {
  const size = geometric(scale);
  return words => {
    const high = words.next();
    const low = words.next();
    const isNegative = (low & 1) === 1; // a bit that `joinBits` leaves
    const value = size(joinBits(high, low), words);
    if (!isNegative) return value;
    return value === 0 ? Number.NaN : -value;
  };
}

/** P(G ≥ g) = e^(-g / scale), for g = 0, 1, 2, …, of the uniform real that begins with these bits. */
export function geometric(scale: Rational): (first: number, words: WordStream) => number {
  const approximate = toNumber(scale);
  if (!(approximate > 0 && approximate <= MAX_SCALE)) throw new RangeError('a scale above 2^46, or none at all');
  const usualError =
    (approximate * INTERVAL * 2 ** FIRST_BITS) / USUAL_BITS + MOST_USUAL_LOG * approximate * RELATIVE_ERROR;
  const usualLimit = 1 - usualError;
  return (first, words) => {
    const uniform = middle(first);
    const product = -Math.log(uniform) * approximate;
    if (first >= USUAL_BITS) {
      const usual = Math.floor(product);
      const fraction = product - usual;
      if (fraction > usualError && fraction < usualLimit) return usual;
    }
    const error = (approximate * INTERVAL) / uniform + product * RELATIVE_ERROR;
    const floor = Math.floor(product - error);
    if (floor === Math.floor(product + error) && first >= FEW_BITS) return floor;
    return Number(floorOfLog(first, words, scale));
  };
}

/** The nearest double or its neighbour. Both parts may exceed what a double holds; their ratio does not. */
export function toNumber({ numerator, denominator }: Rational): number {
  const excess = Math.max(numerator.toString(2).length, denominator.toString(2).length) - 1000;
  const shift = BigInt(Math.max(0, excess));
  return Number(numerator >> shift) / Number(denominator >> shift);
}
