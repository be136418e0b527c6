import { expect, test } from 'vitest';
import { bitsFor, collisionBound, describeCollisions } from '../../src/kernels/collisions.ts';

test.each([
  [23, Math.log2(365), 0.73],
  [1e9, 90, 4.1e-10],
  [1e6, 30, 1],
  [1, 0, 0.5],
])('%d values in %d bits collide with a chance of up to %d', (rows, bits, bound) => {
  expect(collisionBound(rows, bits)).toBeLessThanOrEqual(bound);
  expect(collisionBound(rows, bits)).toBeGreaterThan(bound * 0.95);
});

test.each([1, 1000, 1e6, 1e9, 1e12])('bitsFor(%d) gives just the bits that the bound needs', rows => {
  expect(collisionBound(rows, bitsFor(rows))).toBeCloseTo(1e-9, 12);
});

test.each([
  [1e9, 90, 'under 4.1e-10'],
  [1e6, 64, 'under 2.8e-8'],
  [1e6, 29.9, 'not small'],
])('the sentence rounds the bound up: %d values in %d bits', (rows, bits, said) => {
  expect(describeCollisions(rows, bits)).toContain(said);
});
