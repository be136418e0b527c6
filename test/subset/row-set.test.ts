import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutSlices, firstNumber, type Selected } from '../../src/plan/cut-slices.ts';
import type { Plan, PlannedTable } from '../../src/plan/plan-types.ts';
import { RowSet, tidArray } from '../../src/subset/row-set.ts';

const rows = fc.array(fc.tuple(fc.nat({ max: 5000 }), fc.integer({ min: 1, max: 1169 })), { maxLength: 300 });
type Place = readonly [page: number, place: number];

const setOf = (places: readonly Place[]): RowSet => {
  const set = new RowSet();
  for (const [page, place] of places) set.add(page, place);
  return set;
};
const placesOf = (set: RowSet): Place[] => {
  const places: Place[] = [];
  set.each((page, place) => places.push([page, place]));
  return places;
};
const inOrder = (places: readonly Place[]): Place[] => {
  const numbers = [...new Set(places.map(([page, place]) => page * 10_000 + place))].sort((a, b) => a - b);
  return numbers.map(number => [Math.floor(number / 10_000), number % 10_000]);
};

/** What PostgreSQL reads in a `tid[]`. */
function readArray(bytes: Buffer): Place[] {
  const [dimensions, nulls, type, size, bound] = [0, 4, 8, 12, 16].map(at =>
    at < bytes.length ? bytes.readInt32BE(at) : 0,
  );
  expect([nulls, type]).toEqual([0, 27]);
  if (dimensions === 0) return [];
  expect([dimensions, bound, bytes.length]).toEqual([1, 1, 20 + 10 * size!]);
  const starts = Array.from({ length: size! }, (_, index) => 20 + 10 * index);
  expect(new Set(starts.map(at => bytes.readInt32BE(at)))).toEqual(new Set([6]));
  return starts.map(at => [bytes.readUInt32BE(at + 4), bytes.readUInt16BE(at + 8)]);
}

test('a set has each row once, in the order of the disk', () => {
  fc.assert(
    fc.property(rows, places => {
      const set = setOf(places);
      const wanted = inOrder(places);
      expect(placesOf(set)).toEqual(wanted);
      expect(set.size).toBe(wanted.length);
      for (const [page, place] of places) {
        expect(set.has(page, place)).toBe(true);
        expect(set.add(page, place)).toBe(false);
      }
      expect(set.has(6000, 1)).toBe(false);
    }),
  );
});

test('groups have all rows, no page twice, and about as many rows as were asked for', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 100 }), (places, size) => {
      const groups = [...setOf(places).groups(size)];
      expect(groups.flatMap(({ pieces }) => readArray(tidArray(pieces)))).toEqual(inOrder(places));
      expect(groups.map(({ pieces }) => readArray(tidArray(pieces)).length)).toEqual(groups.map(group => group.rows));
      for (const { pieces, rows: own } of groups) expect(pieces.length === 1 || own <= size).toBe(true);
    }),
  );
});

test('no row costs more than some bytes, wherever it is', () => {
  const far = setOf([[4_294_967_294, 291]]);
  expect(placesOf(far)).toEqual([[4_294_967_294, 291]]);
  expect(far.bytes).toBeLessThan(16_384);
  const dense = new RowSet();
  for (let page = 0; page < 10_000; page++) for (let place = 1; place <= 100; place++) dense.add(page, place);
  expect(dense.bytes / dense.size).toBeLessThan(0.14);
});

test('a subset is cut into slices for all workers, whose numbers do not meet', () => {
  const set = new RowSet();
  for (let page = 0; page < 12_000; page++) for (let place = 1; place <= 50; place++) set.add(page, place);
  const table = { action: 'copy', bytes: 100_000_000, rows: 1_200_000, subset: { rows: set.size } } as PlannedTable;
  const selected: Selected = new Map([[table, set]]);
  const slices = cutSlices({ tables: [table] } as unknown as Plan, 2, selected);
  expect(slices.length).toBeGreaterThan(3);
  const numbers = slices.map(slice => readArray(tidArray(slice.rows!)));
  expect(numbers.flat().length).toBe(set.size);
  for (const [index, slice] of slices.entries()) {
    const next = slices[index + 1];
    expect(slice.toPage).toBe(next ? next.fromPage : null);
    if (next) expect(firstNumber(slice) + numbers[index]!.length).toBeLessThanOrEqual(firstNumber(next));
  }
  expect(cutSlices({ tables: [table] } as unknown as Plan, 1, selected).length).toBe(1);
  expect(cutSlices({ tables: [table] } as unknown as Plan, 2, new Map([[table, new RowSet()]]))).toEqual([]);
});
