import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecentValues } from '../../src/kernels/recent-values.ts';
import { columnOf } from '../codec/columns.ts';

/** Few letters and lengths, so that values repeat, begin alike and end alike. */
const values = fc.array(
  fc.oneof(
    fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 5 }),
    fc.string({ unit: fc.constantFrom('a', 'é'), minLength: 6, maxLength: 18 }),
    fc.integer({ min: 0, max: 40 }).map(length => 'x'.repeat(length)),
  ),
  { minLength: 20, maxLength: 60 },
);

test('a known value has the answer that was learnt for it, whatever its length and place', () => {
  const recent = new RecentValues();
  const numbers = new Map<string, number>();
  const answerOf = (value: string): number => {
    if (!numbers.has(value)) numbers.set(value, numbers.size);
    return numbers.get(value)!;
  };
  let found = 0;
  fc.assert(
    fc.property(values, texts => {
      const input = columnOf(texts);
      const lookup = recent.find(input);
      found += input.count - lookup.misses.count;
      for (let miss = 0; miss < lookup.misses.count; miss++)
        recent.learn(lookup, miss, answerOf(texts[lookup.indexes[miss]!]!));
      expect([...recent.answers.subarray(0, input.count)]).toEqual(texts.map(answerOf));
    }),
    { numRuns: 300 },
  );
  expect(found).toBeGreaterThan(1000);
});

test('a value longer than is kept is never known', () => {
  const recent = new RecentValues();
  const input = columnOf(['y'.repeat(33), 'z'.repeat(32)]);
  for (const misses of [2, 1]) {
    const lookup = recent.find(input);
    expect(lookup.misses.count).toBe(misses);
    for (let miss = 0; miss < misses; miss++) recent.learn(lookup, miss, 7);
  }
});
