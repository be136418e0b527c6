import fc from 'fast-check';
import { expect, test } from 'vitest';
import { characters, misfit } from '../../src/batch/fit.ts';
import type { ColumnType } from '../../src/strategy.ts';
import { anyPoint } from '../any-point.ts';
import { columnOf } from '../codec/columns.ts';

const type = (facts: Partial<ColumnType>): ColumnType => ({ name: 'a type', kind: 'other', ...facts });

const RANGES = {
  int2: { min: -(2n ** 15n), max: 2n ** 15n - 1n },
  int4: { min: -(2n ** 31n), max: 2n ** 31n - 1n },
  int8: { min: -(2n ** 63n), max: 2n ** 63n - 1n },
  oid: { min: 0n, max: 2n ** 32n - 1n },
} as const;

const fitsRange = (text: string, range: { min: bigint; max: bigint }): boolean =>
  misfit(columnOf([text]), { type: type({ range }), notNull: false }) === undefined;

test.each(Object.entries(RANGES))('the range of %s is that of BigInt', (_, range) => {
  const near = (bound: bigint) => fc.bigInt({ min: bound - 12n, max: bound + 12n });
  const numbers = fc.oneof(
    near(range.min),
    near(range.max),
    near(0n),
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  );
  const zeros = fc.integer({ min: 0, max: 30 }).map(count => '0'.repeat(count));
  fc.assert(
    fc.property(numbers, zeros, (number, padding) => {
      const text = String(number).replace(/^-?/, sign => sign + padding);
      expect(fitsRange(text, range)).toBe(range.min <= number && number <= range.max);
    }),
    { numRuns: 2000 },
  );
});

test.each(['', '-', '+1', ' 1', '1 ', '1.0', '1e3', '--1', '1-', '٣', 'NaN', '0x1', '1\0'])(
  '%j is no integer',
  text => {
    expect(fitsRange(text, RANGES.int8)).toBe(false);
  },
);

test('minus zero is an integer, also where nothing is negative', () => {
  expect(fitsRange('-0', RANGES.int4)).toBe(true);
  expect(fitsRange('-000', RANGES.oid)).toBe(true);
});

test('length counts characters, not bytes', () => {
  const fit = { type: type({ maxLength: 3 }), notNull: false };
  expect(misfit(columnOf(['abc', 'äöü', '😀😀😀', null, '']), fit)).toBeUndefined();
  expect(misfit(columnOf(['abc', 'äöüx']), fit)).toEqual({ why: 'length', value: 1 });
  expect(misfit(columnOf(['e\u0301ab']), fit)).toEqual({ why: 'length', value: 0 });
});

test('characters are code points', () => {
  fc.assert(
    fc.property(fc.string({ unit: anyPoint }), text => {
      expect(characters(columnOf([text]), 0)).toBe([...text].length);
    }),
  );
});

test('NULL fits unless the column is NOT NULL', () => {
  expect(misfit(columnOf(['a', null]), { type: type({}), notNull: false })).toBeUndefined();
  expect(misfit(columnOf(['a', null]), { type: type({}), notNull: true })).toEqual({ why: 'null', value: 1 });
});

test('an enum takes its labels only', () => {
  const fit = { type: type({ kind: 'enum', labels: ['sad', 'très content'] }), notNull: false };
  expect(misfit(columnOf(['sad', 'très content', null]), fit)).toBeUndefined();
  expect(misfit(columnOf(['sad', 'Sad']), fit)).toEqual({ why: 'type', value: 1 });
});

test('the first misfit is found', () => {
  const fit = { type: type({ range: RANGES.int2, maxLength: 5 }), notNull: true };
  expect(misfit(columnOf(['1', '99999', '123456', null]), fit)).toEqual({ why: 'type', value: 1 });
});
