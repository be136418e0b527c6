import { expect, test } from 'vitest';
import { usefulWorkers } from '../../src/plan/cut-slices.ts';
import type { Plan } from '../../src/plan/plan-types.ts';

const GB = 1_000_000_000;
/** A plan of one table with so many bytes of which a column is replaced, one of which none is, and one that is not copied. */
const planOf = (bytes: number, keptBytes = 0): Plan => {
  const table = (action: string, size: number, strategies: readonly string[]) => ({
    ...{ action, bytes: size, rows: 1, subset: undefined },
    columns: strategies.map(strategy => ({ strategy })),
  });
  const tables = [
    table('copy', bytes, ['keep', 'hash']),
    table('copy', keptBytes, ['keep', 'keep']),
    table('empty', bytes, []),
  ];
  return { tables } as unknown as Plan;
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

test.each([
  ['a small one has one worker', 0, 0.1 * GB, 2, 1],
  ['of two at most, the second comes above 128 MB', 0, 0.14 * GB, 2, 2],
  ['each 128 MB begun bring one', 0, 0.3 * GB, 8, 3],
  ['tables with and without replaced columns count together', 1.2 * GB, 0.1 * GB, 2, 2],
])(
  'workers for tables in which nothing is replaced, where it is left to pgveil: %s',
  (_, bytes, kept, limit, workers) => {
    expect(usefulWorkers(planOf(bytes, kept), limit)).toBe(workers);
  },
);
