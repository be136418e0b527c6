import { expect, test } from 'vitest';
import { usefulWorkers } from '../../src/plan/cut-slices.ts';
import type { Plan } from '../../src/plan/plan-types.ts';

const GB = 1_000_000_000;
const DEFAULT_MEMORY = 512_000_000;

interface Facts {
  readonly bytes?: number;
  /** Of tables in which nothing is replaced: in their pages, and beside them. */
  readonly kept?: number;
  readonly keptAside?: number;
  readonly limit: number;
  readonly memory?: number;
}

/** A plan of one table with a column that is replaced, one without, which is as it is said, and one that is not copied. */
function workersFor(
  { bytes = 0, kept = 0, keptAside = 0, limit, memory = DEFAULT_MEMORY }: Facts,
  as: object = {},
  plan: Partial<Plan> = {},
): number {
  const table = (size: number, strategies: readonly string[]) => ({
    ...{ action: 'copy', bytes: size, rows: 1, pages: size / 8192, isSliceable: true },
    columns: strategies.map(strategy => ({ strategy })),
  });
  const asItIs = { ...table(kept, ['keep', 'keep']), bytes: kept + keptAside, ...as };
  const tables = [table(bytes, ['keep', 'hash']), asItIs, { ...table(100 * GB, ['keep']), action: 'empty' }];
  return usefulWorkers({ tables, ...plan } as unknown as Plan, { limit, memory });
}

test.each([
  ['a small plan has one', 0.1 * GB, 8, 1],
  ['each 512 MB begun bring one', 1.4 * GB, 8, 3],
  ['there are never more than there may be', 100 * GB, 8, 8],
  ['of two at most, the second comes above 2 GB', 1.4 * GB, 2, 1],
  ['and there it comes', 2.1 * GB, 2, 2],
  ['one is one', 100 * GB, 1, 1],
])('workers, where it is left to pgveil: %s', (_, bytes, limit, workers) => {
  expect(workersFor({ bytes, limit })).toBe(workers);
});

test.each<readonly [string, Facts, number]>([
  ['small ones have one', { kept: 0.1 * GB, limit: 2 }, 1],
  ['above 128 MB they have two', { kept: 0.14 * GB, limit: 2 }, 2],
  ['but no more for that', { kept: 0.5 * GB, limit: 8 }, 2],
  ['nor where there may be one only', { kept: 0.5 * GB, limit: 1 }, 1],
  ['beside as much that is replaced, they count as that', { kept: 0.5 * GB, bytes: 0.6 * GB, limit: 2 }, 1],
  ['beside their pages, they count as any table', { kept: 0.2 * GB, keptAside: 0.25 * GB, limit: 2 }, 1],
  ['a row of 100 MB must still fit', { kept: 0.5 * GB, limit: 2, memory: 480_000_000 }, 1],
])('workers for tables in which nothing is replaced: %s', (_, facts, workers) => {
  expect(workersFor(facts)).toBe(workers);
});

test.each([
  ['that one slice copies', { isSliceable: false }],
  ['of which a condition may leave little', { where: 'id < 7' }],
])('a table %s brings no worker, although nothing of it is replaced', (_, as) => {
  expect(workersFor({ kept: 0.5 * GB, limit: 2 }, as)).toBe(1);
});

test('a subset brings no worker for what is kept: it may be little of the tables', () => {
  expect(workersFor({ kept: 0.5 * GB, limit: 2 }, {}, { subset: {} as NonNullable<Plan['subset']> })).toBe(1);
});
