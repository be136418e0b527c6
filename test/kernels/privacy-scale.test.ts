import { expect, test } from 'vitest';
import { gaussianLaw, laplaceLaw } from '../../src/kernels/privacy-scale.ts';

/** The least δ for which noise of these masses hides a difference of `sensitivity` with ε: Σ max(0, P(x) - e^ε P(x - Δ)). */
function deltaOf(
  mass: (x: number) => number,
  { sensitivity, epsilon }: { sensitivity: number; epsilon: number },
  most: number,
) {
  let delta = 0;
  for (let x = -most; x <= most; x++) delta += Math.max(0, mass(x) - Math.exp(epsilon) * mass(x - sensitivity));
  return delta;
}

test.each([
  [1, 1, 1e-6],
  [100, 0.5, 1e-9],
  [100, 1, 1e-6],
  [100, 3, 1e-3],
  [50, 10, 1e-9],
])('Gaussian noise for sensitivity %d and ε = %d spends no more than δ = %d', (sensitivity, epsilon, delta) => {
  const { standardDeviation } = gaussianLaw(sensitivity, epsilon, delta)!; // it is no large one
  const weight = (x: number): number => Math.exp(-(x * x) / (2 * standardDeviation ** 2));
  const most = Math.ceil(14 * standardDeviation) + sensitivity;
  let total = 0;
  for (let x = -most; x <= most; x++) total += weight(x);
  const spent = deltaOf(x => weight(x) / total, { sensitivity, epsilon }, most);
  expect(spent).toBeLessThanOrEqual(delta);
  // And not by noise without measure: half as wide, it would no longer hold.
  const narrow = (x: number): number => Math.exp(-(x * x) / (2 * (standardDeviation * 0.5) ** 2)) / (total / 2);
  expect(deltaOf(narrow, { sensitivity, epsilon }, most)).toBeGreaterThan(delta);
});

test.each([
  [81, 1],
  [3, 0.1],
  [1000, 2.5],
])(
  'Laplace noise for sensitivity %d and ε = %d spends nothing beyond ε, and less ε would not do',
  (sensitivity, epsilon) => {
    const { standardDeviation } = laplaceLaw(sensitivity, epsilon)!; // it is no large one
    const ratio = Math.exp(-Math.SQRT2 / standardDeviation);
    const mass = (x: number): number => ((1 - ratio) / (1 + ratio)) * ratio ** Math.abs(x);
    const most = Math.ceil(20 * standardDeviation) + sensitivity;
    expect(deltaOf(mass, { sensitivity, epsilon: epsilon * (1 + 1e-9) }, most)).toBe(0);
    expect(deltaOf(mass, { sensitivity, epsilon: epsilon * 0.999 }, most)).toBeGreaterThan(0);
  },
);

test('noise too wide to be sampled exactly is not made', () => {
  expect(laplaceLaw(2 ** 46, 0.5)).toBeUndefined();
  expect(laplaceLaw(2 ** 46, 1)).toBeDefined();
  expect(gaussianLaw(2 ** 46, 1, 1e-9)).toBeUndefined();
  expect(gaussianLaw(1, 1e-30, 1e-9)).toBeUndefined();
});
