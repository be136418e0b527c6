import { describe, expect, test } from 'vitest';
import { ColumnOutput } from '../../src/batch/column.ts';
import { firstNumber } from '../../src/plan/cut-slices.ts';
import { chiSquare, NOT_EVEN_ONCE_IN_A_MILLION } from '../kernels/distribution.ts';
import { columnOf, replace, replaceOne, tryStrategy, type Use, useStrategy } from './replace.ts';

const many = Array.from({ length: 50_000 }, () => '7');

describe('random', () => {
  test.each<[Use, readonly string[]]>([
    [{ type: 'integer', options: { min: -2, max: 2 } }, ['-2', '-1', '0', '1', '2']],
    [{ type: 'numeric(6,2)', options: { min: 0.1, max: 0.13 } }, ['0.10', '0.11', '0.12', '0.13']],
    [{ type: 'double precision', options: { min: 0, max: 1, grid: 0.5 } }, ['0', '0.5', '1']],
    [{ type: 'date', options: { min: '2024-02-28', max: '2024-03-01' } }, ['2024-02-28', '2024-02-29', '2024-03-01']],
    [
      {
        type: 'timestamp with time zone',
        options: { min: '2024-01-01 00:30:00', max: '2024-01-01 02:00:00', unit: 'hour' },
      },
      ['2024-01-01 00:30:00+00', '2024-01-01 01:30:00+00'],
    ],
    [{ options: { choices: ['north', 'south', 7, true] } }, ['north', 'south', '7', 'true']],
    [{ type: 'boolean', options: { choices: [true, false] } }, ['t', 'f']],
  ])('%j gives each value equally often', async (use, values) => {
    const replaced = await replace('random', many, use);
    const counts = values.map(value => replaced.filter(other => other === value).length);
    expect(counts.reduce((sum, count) => sum + count)).toBe(many.length);
    expect(
      chiSquare(
        counts,
        counts.map(() => many.length / values.length),
      ).pValue,
    ).toBeGreaterThan(NOT_EVEN_ONCE_IN_A_MILLION);
  });

  test('gives others in the next run, and says so', async () => {
    const use: Use = { type: 'bigint', options: { min: 0, max: 1e12 } };
    const [one, other] = await Promise.all([replace('random', many, use), replace('random', many, use)]);
    expect(one?.filter((value, row) => value === other?.[row]).length).toBeLessThan(3);
    expect((await useStrategy('random', use)).guarantees.deterministic).toBe(false);
  });

  test.each<[Use, RegExp]>([
    [{}, /Set min and max, or choices/],
    [{ type: 'integer', options: { min: 1 } }, /Set min and max/],
    [{ options: { min: 1, max: 2 } }, /not text/],
    [{ options: { choices: ['a'], min: 1 } }, /exclude/],
    [{ options: { choices: [] } }, /choices/],
  ])('%j is refused', async (use, message) => {
    expect(await tryStrategy('random', use)).toMatch(message);
  });
});

describe('sequence', () => {
  test('numbers a slice without gaps from its first number on', async () => {
    const { instance } = await useStrategy('sequence', { options: { start: 100, prefix: 'c-', digits: 5 } });
    if (!('column' in instance)) throw new Error('sequence works on columns');
    const output = new ColumnOutput();
    output.reset(2);
    instance.column(columnOf(['x', 'x']), output, [], 12);
    expect(Buffer.from(output.bytes.subarray(0, output.at)).toString()).toBe('c-00112c-00113');
    expect(await replace('sequence', ['a', 'a', 'b'], { type: 'integer' })).toEqual(['1', '2', '3']);
  });

  test('slices leave room for every row that their pages can hold', () => {
    const slice = { table: 0, number: 0, toPage: null };
    const width = firstNumber({ ...slice, fromPage: 1000 }) - firstNumber({ ...slice, fromPage: 0 });
    // The most rows of a page of 8 kB, as heap pages have them: MaxHeapTuplesPerPage is 291; of 32 kB, 1169.
    expect(width / 1000).toBeGreaterThanOrEqual(Math.floor((32 * 1024 - 24) / 28));
    expect(firstNumber({ ...slice, fromPage: 0 })).toBe(0);
  });

  test.each<[Use, RegExp]>([
    [{ type: 'integer', options: { prefix: 'c' } }, /for text/],
    [{ type: 'integer', options: { digits: 4 } }, /for text/],
    [{ table: { isPartition: true } }, /partition/],
    [{ options: { start: -1 } }, /start/],
    [{ type: 'date' }, /does not accept/],
  ])('%j is refused', async (use, message) => {
    expect(await tryStrategy('sequence', use)).toMatch(message);
  });

  test('it is the same for equal and for different values', async () => {
    expect(await replaceOne('sequence', 'Lovelace')).toBe(await replaceOne('sequence', ''));
  });
});
