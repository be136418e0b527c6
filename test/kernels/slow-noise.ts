// The slow references: the sampling algorithms of Canonne, Kamath and Steinke, "The Discrete Gaussian for Differential Privacy"
// (2020), as the paper has them, on fractions of BigInt. Every random bit is a fair coin, and nothing is a double.

import type { WordStream } from '../../src/kernels/random-words.ts';

/** A uniform number from 0 to n - 1. */
function uniform(n: bigint, words: WordStream): bigint {
  const bits = n.toString(2).length;
  for (;;) {
    let value = 0n;
    for (let drawn = 0; drawn < bits; drawn += 32) value = (value << 32n) | BigInt(words.next());
    value &= (1n << BigInt(bits)) - 1n;
    if (value < n) return value;
  }
}

const bernoulli = (a: bigint, b: bigint, words: WordStream): boolean => uniform(b, words) < a;

/** Algorithm 1: Bernoulli(exp(-a/b)). */
function bernoulliExp(a: bigint, b: bigint, words: WordStream): boolean {
  if (a > b) {
    for (let k = 1n; k <= a / b; k++) if (!bernoulliExp(1n, 1n, words)) return false;
    return bernoulliExp(a % b, b, words);
  }
  let k = 1n;
  while (bernoulli(a, b * k, words)) k++;
  return k % 2n === 1n;
}

/** Algorithm 2: the discrete Laplace distribution of scale t / s. */
export function slowLaplace(t: bigint, s: bigint, words: WordStream): bigint {
  for (;;) {
    const u = uniform(t, words);
    if (!bernoulliExp(u, t, words)) continue;
    let v = 0n;
    while (bernoulliExp(1n, 1n, words)) v++;
    const y = (u + t * v) / s;
    const isNegative = bernoulli(1n, 2n, words);
    if (isNegative && y === 0n) continue;
    return isNegative ? -y : y;
  }
}

/** Algorithm 3: the discrete Gaussian distribution of a whole variance, with t = floor(σ) + 1. */
export function slowGaussian(variance: bigint, words: WordStream): bigint {
  let t = 1n;
  while (t * t <= variance) t++;
  for (;;) {
    const y = slowLaplace(t, 1n, words);
    const distance = (y < 0n ? -y : y) * t - variance;
    if (bernoulliExp(distance * distance, 2n * variance * t * t, words)) return y;
  }
}

/** e^(-a/b) · 2^bits, rounded down, by its Taylor series with many more bits. */
export function expOf(a: bigint, b: bigint, bits: number): bigint {
  const precision = BigInt(bits + 200);
  let halvings = 0n;
  for (let size = a / b; size > 0n; size >>= 1n) halvings++;
  let term = 1n << precision;
  let sum = term;
  for (let k = 1n; term !== 0n; k++) {
    term = (-term * a) / (b * k) / (1n << halvings);
    sum += term;
  }
  for (; halvings > 0n; halvings--) sum = (sum * sum) >> precision;
  return sum >> 200n;
}
