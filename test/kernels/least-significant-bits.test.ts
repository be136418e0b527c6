// Mironov, "On Significance of the Least Significant Bits for Differential Privacy" (2012): what the textbook's sampler gives
// away by the gaps between its outputs, and that ours has none.

import { expect, test } from 'vitest';
import { discreteLaplace } from '../../src/kernels/discrete-laplace.ts';
import { systemWords, WordStream } from '../../src/kernels/random-words.ts';
import { expOf } from './slow-noise.ts';

/** The textbook: the inverse of the distribution function, in doubles, of a uniform number with 52 bits. */
const textbook = (value: number, u: number): number => value - Math.sign(u) * Math.log(1 - 2 * Math.abs(u));
const GRID = 2 ** -52;

/** The distance to the next double. */
function ulp(value: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(value));
  view.setBigUint64(0, view.getBigUint64(0) + 1n);
  return view.getFloat64(0) - Math.abs(value);
}

/** Whether any of its uniform numbers makes the textbook give `output` for `value`: all that could are tried. */
function canTextbookGive(output: number, value: number): boolean {
  for (const sign of [1, -1]) {
    const logarithm = (value - output) / sign;
    const slack = ulp(output) + ulp(value) + ulp(logarithm);
    if (logarithm > slack) continue;
    const place = (log: number): number => (1 - Math.exp(Math.min(0, log))) / 2 / GRID;
    const low = Math.max(0, Math.floor(place(logarithm + slack)) - 2);
    const high = Math.min(0.5 / GRID, Math.ceil(place(logarithm - slack)) + 2);
    for (let k = low; k <= high; k++) if (textbook(value, sign * k * GRID) === output) return true;
  }
  return false;
}

test('nine of ten outputs of the textbook are possible under one input and impossible under its neighbour', () => {
  const words = systemWords();
  const SAMPLES = 20_000;
  let telling = 0;
  for (let drawn = 0; drawn < SAMPLES; drawn++) {
    const u = (words.next() * 2 ** 20 + (words.next() >>> 12)) * GRID - 0.5;
    const output = textbook(0, u);
    if (drawn < 500) expect(canTextbookGive(output, 0)).toBe(true); // the search finds what there is
    if (!canTextbookGive(output, 1)) telling++;
  }
  expect(telling / SAMPLES).toBeGreaterThan(0.88);
  expect(telling / SAMPLES).toBeLessThan(0.91);
});

/** Words that make our sampler give this noise: the bits of e^(-(|noise| + ½) / scale), and the sign. */
function wordsFor(noise: number, scale: bigint): WordStream {
  const size = BigInt(Math.abs(noise));
  const bits = expOf(2n * size + 1n, 2n * scale, 52);
  const words = [Number(bits >> 20n), Number((bits & 0xfffffn) << 12n) + (noise < 0 ? 1 : 0)];
  return new WordStream(stream => stream.continueWith(Uint32Array.of(words.shift() ?? 0), 0, 1));
}

test('every output of ours is possible under both, and so is every number around them', () => {
  const scale = 1000n;
  const sample = discreteLaplace({ numerator: scale, denominator: 1n });
  const words = systemWords();
  for (let drawn = 0; drawn < 5000; drawn++) {
    const output = sample(words); // of the value 0
    for (const value of [0, 1, 1000]) {
      expect(value + sample(wordsFor(output - value, scale))).toBe(output);
    }
  }
});

test('with a range of a few steps, all of its values come out under every input, about as often as ε allows', () => {
  const STEPS = 5;
  const SAMPLES = 200_000;
  const epsilon = 1;
  const sample = discreteLaplace({ numerator: BigInt(STEPS), denominator: BigInt(epsilon) });
  const words = systemWords();
  const frequencies = Array.from({ length: STEPS + 1 }, (_, value) => {
    const counts = new Float64Array(STEPS + 1);
    for (let drawn = 0; drawn < SAMPLES; drawn++) counts[Math.min(STEPS, Math.max(0, value + sample(words)))]!++;
    return counts;
  });
  for (const one of frequencies) {
    for (const other of frequencies) {
      one.forEach((count, output) => {
        expect(count).toBeGreaterThan(0);
        const allowed = Math.exp(epsilon) * other[output]!; // as many outputs
        expect(count).toBeLessThan(allowed + 6 * Math.sqrt(allowed + count));
      });
    }
  }
});
