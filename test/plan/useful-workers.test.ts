import { expect, test } from 'vitest';
import { usefulWorkers } from '../../src/plan/cut-slices.ts';
import type { Plan } from '../../src/plan/plan-types.ts';

const GB = 1_000_000_000;
/** A plan of one table of so many bytes, and one that is not copied. */
const planOf = (bytes: number): Plan => {
  const table = (action: string) => ({ action, bytes, rows: 1, subset: undefined });
  return { tables: [table('copy'), table('empty')] } as unknown as Plan;
};

test.each([
  ['a small plan has one worker', 0.1 * GB, 8, 1],
  ['each 512 MB begun bring one', 1.4 * GB, 8, 3],
  ['there are never more than there may be', 100 * GB, 8, 8],
  ['of two at most, the second comes above 2 GB', 1.4 * GB, 2, 1],
  ['and there it comes', 2.1 * GB, 2, 2],
  ['one is one', 100 * GB, 1, 1],
])('workers, where it is left to pgveil: %s', (_, bytes, limit, workers) => {
  expect(usefulWorkers(planOf(bytes), limit)).toBe(workers);
});
