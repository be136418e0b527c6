import { describe, expect, test } from 'vitest';
import { discreteGaussian, gaussianAttempt } from '../../src/kernels/discrete-gaussian.ts';
import {
  type Attempt,
  discreteLaplace,
  geometric,
  laplaceAttempt,
  MAX_SCALE,
  type Sampler,
  untilAccepted,
} from '../../src/kernels/discrete-laplace.ts';
import { addDraws } from '../../src/kernels/keyed-draws.ts';
import { KeyedWords, systemWords, WordStream } from '../../src/kernels/random-words.ts';
import { FIRST_BITS, floorOfLog, isBelowExp } from '../../src/kernels/uniform-real.ts';
import { compare, NOT_EVEN_ONCE_IN_A_MILLION } from './distribution.ts';
import { expOf, slowGaussian, slowLaplace } from './slow-noise.ts';

const SAMPLES = 1_000_000;
const ROWS = 1000;
const KEY = Buffer.alloc(32, 3);

/** Samples that draw from the CSPRNG. */
function* bySystem(attempt: Attempt, count = SAMPLES): Generator<number> {
  const words = systemWords();
  const sample = untilAccepted(attempt);
  for (let drawn = 0; drawn < count; drawn++) yield sample(words);
}

const randomSeeds = (random: WordStream): Buffer =>
  Buffer.from(Uint32Array.from({ length: ROWS * 4 }, () => random.next()).buffer);

/** Samples of which each has a seed of its own. */
function* byKey(attempt: Attempt, count = SAMPLES): Generator<number> {
  const words = new KeyedWords(KEY);
  const random = systemWords();
  const samples = new Float64Array(ROWS);
  for (let drawn = 0; drawn < count; drawn += ROWS) {
    words.load(randomSeeds(random));
    samples.fill(0);
    addDraws(attempt, words, samples, ROWS);
    yield* samples;
  }
}

const laplaceMass = (scale: number) => {
  const ratio = Math.exp(-1 / scale);
  return (x: number): number => ((1 - ratio) / (1 + ratio)) * ratio ** Math.abs(x);
};

function gaussianMass(variance: number): (x: number) => number {
  const weight = (x: number): number => Math.exp(-(x * x) / (2 * variance));
  let total = 0;
  for (let x = -40 * Math.ceil(Math.sqrt(variance)); x <= 40 * Math.ceil(Math.sqrt(variance)); x++) total += weight(x);
  return x => weight(x) / total;
}

const SOURCES = { 'the CSPRNG': bySystem, 'keyed seeds': byKey };

describe.each(Object.entries(SOURCES))('a million samples from %s', (_, samples) => {
  test.each([
    [1n, 3n],
    [1n, 1n],
    [7n, 2n],
    [1000n, 1n],
  ])('have the discrete Laplace distribution of scale %d/%d', (numerator, denominator) => {
    const scale = Number(numerator) / Number(denominator);
    const drawn = samples(laplaceAttempt({ numerator, denominator }));
    const fit = compare(drawn, laplaceMass(scale), Math.ceil(40 * scale) + 5);
    expect(fit.pValue).toBeGreaterThan(NOT_EVEN_ONCE_IN_A_MILLION);
  });

  test.each([1n, 7n, 250_000n])('have the discrete Gaussian distribution of variance %d', variance => {
    const drawn = samples(gaussianAttempt(variance));
    const fit = compare(drawn, gaussianMass(Number(variance)), 12 * Math.ceil(Math.sqrt(Number(variance))) + 5);
    expect(fit.pValue).toBeGreaterThan(NOT_EVEN_ONCE_IN_A_MILLION);
  });
});

test.each<readonly [string, Attempt, Sampler]>([
  ['Gaussian', gaussianAttempt(7n), discreteGaussian(7n)],
  ['Laplace', laplaceAttempt({ numerator: 1n, denominator: 3n }), discreteLaplace({ numerator: 1n, denominator: 3n })],
])('%s draws of many rows are those that each row makes by itself', (_, attempt, sample) => {
  const words = new KeyedWords(KEY);
  words.load(randomSeeds(systemWords()));
  const together = new Float64Array(ROWS).fill(5);
  addDraws(attempt, words, together, ROWS);
  const alone = Array.from(together, (__, row) => {
    words.row(row);
    return 5 + sample(words.stream);
  });
  expect([...together]).toEqual(alone);
});

test('the check of distributions finds a scale that is two in a hundred too large', () => {
  const drawn = bySystem(laplaceAttempt({ numerator: 1020n, denominator: 1n }));
  expect(compare(drawn, laplaceMass(1000), 40_000).pValue).toBeLessThan(NOT_EVEN_ONCE_IN_A_MILLION);
});

test('the algorithms of the paper, on BigInt, have the same distributions', () => {
  const words = systemWords();
  function* slowly(draw: () => bigint): Generator<number> {
    for (let drawn = 0; drawn < 30_000; drawn++) yield Number(draw());
  }
  const laplace = compare(
    slowly(() => slowLaplace(7n, 2n, words)),
    laplaceMass(3.5),
    200,
  );
  const gaussian = compare(
    slowly(() => slowGaussian(30n, words)),
    gaussianMass(30),
    100,
  );
  for (const { pValue } of [laplace, gaussian]) expect(pValue).toBeGreaterThan(NOT_EVEN_ONCE_IN_A_MILLION);
});

/** These words, and then zeros. */
function wordsOf(...words: number[]): WordStream {
  return new WordStream(stream => stream.continueWith(Uint32Array.of(words.shift() ?? 0), 0, 1));
}

/** The words from which a sampler reads `bits` (52 and then 32 each) as the bits of its uniform real. */
function bitsAsWords(bits: bigint, more: number): { readonly first: number; readonly rest: number[] } {
  const rest = Array.from({ length: more }, (_, word) =>
    Number((bits >> BigInt(32 * (more - 1 - word))) & 0xffffffffn),
  );
  return { first: Number(bits >> BigInt(32 * more)), rest };
}

const SCALES = [
  { numerator: 1n, denominator: 3n },
  { numerator: 10n, denominator: 1n },
  { numerator: 123_456_789n, denominator: 1000n },
  { numerator: 2n ** 40n, denominator: 3n },
  { numerator: 2n ** 46n, denominator: 1n },
];

describe.each(SCALES)('at a scale of $numerator/$denominator', scale => {
  const { numerator, denominator } = scale;
  const draw = geometric(scale);

  test('doubles and BigInt give the same number for the same bits', () => {
    const random = systemWords();
    for (let drawn = 0; drawn < 3000; drawn++) {
      const first = random.next() * 2 ** 20 + (random.next() >>> 12);
      const rest = [random.next(), random.next(), random.next(), random.next()];
      expect(draw(first, wordsOf(...rest))).toBe(Number(floorOfLog(first, wordsOf(...rest), scale)));
    }
  });

  test('bits that lie closest to the border of two numbers are on the right side of it', () => {
    const more = 3;
    const random = systemWords();
    for (let tried = 0; tried < 60; tried++) {
      const typical = Math.floor(
        -Math.log((random.next() + 0.5) / 2 ** 32) * (Number(numerator) / Number(denominator)),
      );
      const number = BigInt(Math.max(1, typical));
      // R ≤ e^(-number / scale) gives `number` or more, a larger R less.
      const border = expOf(number * denominator, numerator, FIRST_BITS + 32 * more);
      for (const [bits, expected] of [
        [border, number],
        [border + 1n, number - 1n],
      ] as const) {
        const { first, rest } = bitsAsWords(bits, more);
        expect(draw(first, wordsOf(...rest))).toBe(Number(expected));
      }
    }
  });
});

test('a uniform real is below e^-γ exactly up to its border', () => {
  for (const [a, b] of [
    [1n, 2n],
    [1n, 1n],
    [7n, 3n],
    [12_345n, 1000n],
    [1n, 10n ** 12n],
    [0n, 1n],
  ] as const) {
    const border = a === 0n ? 2n ** 148n - 1n : expOf(a, b, FIRST_BITS + 96);
    const below = bitsAsWords(border, 3);
    expect(isBelowExp(below.first, wordsOf(...below.rest), { numerator: a, denominator: b })).toBe(true);
    if (a === 0n) continue;
    const above = bitsAsWords(border + 1n, 3);
    expect(isBelowExp(above.first, wordsOf(...above.rest), { numerator: a, denominator: b })).toBe(false);
  }
});

test('a real that begins with 52 zeros has more bits drawn, and gives a far number', () => {
  const scale = { numerator: 1n, denominator: 1n };
  expect(geometric(scale)(0, wordsOf(0, 1))).toBe(Math.floor(Math.log(2) * 116));
  expect(geometric(scale)(0, wordsOf(0, 0, 0, 0, 0, 1))).toBe(Math.floor(Math.log(2) * 244));
});

test('scales and variances that are not sampled exactly are refused', () => {
  for (const numerator of [0n, BigInt(MAX_SCALE) + 1n, 10n ** 400n]) {
    expect(() => discreteLaplace({ numerator, denominator: 1n })).toThrow(RangeError);
    expect(() => discreteGaussian(numerator * numerator)).toThrow(RangeError);
  }
  expect(() => discreteLaplace({ numerator: 10n ** 400n, denominator: 10n ** 399n })).not.toThrow();
});
