import { describe, expect, test } from 'vitest';
import { ColumnOutput } from '../../src/batch/column.ts';
import { loadStrategy } from '../../src/plan/strategies.ts';
import { UnfitValue } from '../../src/strategy.ts';
import { compare, NOT_EVEN_ONCE_IN_A_MILLION } from '../kernels/distribution.ts';
import { columnOf, columnWithNullsOf, replace, replaceWith, tryStrategy, type Use, useStrategy } from './replace.ts';

const AGE: Use = { type: 'integer', options: { epsilon: 1, min: 0, max: 100 } };
const ROWS = 500;
const ages = Array.from({ length: ROWS }, (_, row) => String(18 + (row % 70)));
const ids = Array.from({ length: ROWS }, (_, row) => String(row * 7));
const withIds = { others: { id: ids } };

test('a hundred syncs of one epoch give the same values, however the rows are cut', async () => {
  const first = replaceWith(await useStrategy('noise', AGE), ages, withIds);
  for (let sync = 1; sync < 100; sync++) {
    const bound = await useStrategy('noise', AGE);
    expect(replaceWith(bound, ages, { ...withIds, batch: 1 + ((sync * 37) % ROWS) })).toEqual(first);
  }
});

test('syncs of one epoch with another ε, law or grid draw from other bits, so that the two cannot be solved for the value', async () => {
  // With the same bits, noise would grow in proportion to 1 / ε, and the difference of two outputs would give the value.
  const wide = { type: 'integer', options: { min: 0, max: 1_000_000 } } as const;
  const noiseAt = async (options: object): Promise<number[]> => {
    const values = ids.map(() => '500000');
    const noisy = await replace('noise', values, { ...wide, options: { ...wide.options, ...options }, ...withIds });
    return noisy.map(text => Number(text) - 500_000);
  };
  const usual = await noiseAt({ epsilon: 40 });
  for (const options of [{ epsilon: 80 }, { epsilon: 40, max: 1_000_001 }, { epsilon: 40, row_key: ['a', 'b'] }]) {
    const other = await noiseAt(options);
    const sameSign = other.filter((noise, row) => Math.sign(noise) === Math.sign(usual[row]!)).length;
    expect(sameSign).toBeGreaterThan(ROWS * 0.35);
    expect(sameSign).toBeLessThan(ROWS * 0.65);
  }
});

test('rows in another order keep their noise', async () => {
  const bound = await useStrategy('noise', AGE);
  const first = replaceWith(bound, ages, withIds);
  const turned = replaceWith(bound, ages.toReversed(), { others: { id: ids.toReversed() } });
  expect(turned.toReversed()).toEqual(first);
});

/** How many of the rows have another value under another use. */
async function changed(use: Use, others: Record<string, readonly string[]> = { id: ids }): Promise<number> {
  const usual = await replace('noise', ages, { ...AGE, ...withIds });
  const other = await replace('noise', ages, { ...use, others });
  return other.filter((value, row) => value !== usual[row]).length;
}

test.each<[string, Use]>([
  ['epoch', { ...AGE, options: { ...AGE.options, epoch: 2 } }],
  ['table', { ...AGE, table: { name: 'public.other' } }],
  ['secret', { ...AGE, secret: 'another secret, also of more than 32 bytes' }],
  ['domain', { ...AGE, domain: 'another' }],
])('another %s is other noise', async (_, use) => {
  expect(await changed(use)).toBeGreaterThan(ROWS / 3); // the bounds take many in
  expect(await changed(AGE)).toBe(0);
});

test('another row key is other noise, also where the parts of two keys read the same together', async () => {
  expect(await changed(AGE, { id: ids.map(id => `${id}0`) })).toBeGreaterThan(ROWS / 3);
  const use = { ...AGE, options: { ...AGE.options, row_key: ['a', 'b'] } };
  const key = (a: string, b: string) => ({ a: Array(ROWS).fill(a), b: Array(ROWS).fill(b) });
  const one = await replace('noise', ages, { ...use, others: key('1', '23') });
  const other = await replace('noise', ages, { ...use, others: key('12', '3') });
  expect(one).not.toEqual(other);
});

test('a value that changes within an epoch is drawn anew, so that the difference stays hidden', async () => {
  const use: Use = { type: 'integer', options: { epsilon: 50, min: 0, max: 100_000 } };
  const before = ids.map((_, row) => String(40_000 + row));
  const after = before.map(value => String(Number(value) + 1000));
  const [one, other] = await Promise.all(
    [before, after].map(values => replace('noise', values, { ...use, ...withIds })),
  );
  const differences = new Set(one?.map((value, row) => Number(other?.[row]) - Number(value)));
  expect(differences.size).toBeGreaterThan(ROWS * 0.9);
});

test('a row with NULL in its key is refused at its place, and tells nothing of its value', async () => {
  const { instance } = await useStrategy('noise', AGE);
  if (!('column' in instance)) throw new Error('noise works on columns');
  const output = new ColumnOutput();
  output.reset(3);
  const run = () => instance.column(columnOf(['20', '77', '40']), output, [columnWithNullsOf(['1', null, '3'])], 0);
  expect(run).toThrow(UnfitValue);
  expect(run).toThrow(/NULL in row_key/);
  output.reset(3);
  expect(run).not.toThrow(/77/);
  expect(output.count).toBe(1); // so that the engine names the second row
});

test.each<[string, Use, RegExp]>([
  ['no bounds', { options: { epsilon: 1 } }, /min/],
  ['no epsilon', { options: { min: 0, max: 1 } }, /epsilon/],
  ['an epsilon of zero', { options: { epsilon: 0, min: 0, max: 1 } }, /epsilon/],
  ['a delta for Laplace', { options: { epsilon: 1, delta: 0.1, min: 0, max: 1 } }, /delta is for/],
  ['Gaussian without delta', { options: { epsilon: 1, mechanism: 'gaussian', min: 0, max: 1 } }, /needs a delta/],
  ['min above max', { options: { epsilon: 1, min: 2, max: 1 } }, /no value between/],
  ['equal bounds', { options: { epsilon: 1, min: 2, max: 2 } }, /no value between/],
  ['a bound that is no integer', { options: { epsilon: 1, min: 0.5, max: 2 } }, /cannot hold min/],
  ['a bound beyond the type', { options: { epsilon: 1, min: 0, max: 2 ** 31 } }, /cannot hold max/],
  ['a bound that is a text', { options: { epsilon: 1, min: 'low', max: 2 } }, /not a number/],
  ['a unit for numbers', { options: { epsilon: 1, min: 0, max: 2, unit: 'day' } }, /unit is for dates/],
  ['a grid of nothing', { options: { epsilon: 1, min: 0, max: 2, grid: 0 } }, /no value between/],
  ['bounds that YAML rounds', { type: 'bigint', options: { epsilon: 1, min: 0, max: 2 ** 60 } }, /in quotes/],
  ['too many points', { type: 'bigint', options: { epsilon: 1, min: 0, max: '9223372036854775807' } }, /coarser grid/],
  ['too small an epsilon', { options: { epsilon: 1e-12, min: 0, max: 1e6 } }, /too much noise/],
  ['a float without grid', { type: 'double precision', options: { epsilon: 1, min: 0, max: 1 } }, /Set grid/],
  ['a numeric without scale or grid', { type: 'numeric', options: { epsilon: 1, min: 0, max: 1 } }, /Set grid/],
  [
    'a grid finer than the type',
    { type: 'numeric(6,2)', options: { epsilon: 1, min: 0, max: 1, grid: 0.001 } },
    /cannot hold grid/,
  ],
  [
    'a bound finer than the type',
    { type: 'numeric(6,2)', options: { epsilon: 1, min: 0.001, max: 1 } },
    /cannot hold min/,
  ],
  [
    'a bound wider than the type',
    { type: 'numeric(6,2)', options: { epsilon: 1, min: 0, max: 10_000 } },
    /cannot hold max/,
  ],
  [
    'a timestamp without unit',
    { type: 'timestamp with time zone', options: { epsilon: 1, min: '2024-01-01', max: '2025-01-01' } },
    /Set unit/,
  ],
  [
    'hours of a date',
    { type: 'date', options: { epsilon: 1, min: '2024-01-01', max: '2025-01-01', unit: 'hour' } },
    /no hours/,
  ],
  [
    'a date that is none',
    { type: 'date', options: { epsilon: 1, min: '2024-02-30', max: '2025-01-01' } },
    /not a value/,
  ],
  [
    'a grid for dates',
    { type: 'date', options: { epsilon: 1, min: '2024-01-01', max: '2025-01-01', grid: 1 } },
    /grid is for numbers/,
  ],
  ['no primary key', { options: { epsilon: 1, min: 0, max: 1 }, table: { primaryKey: [] } }, /no primary key/],
  ['a row key that is no key', { options: { epsilon: 1, min: 0, max: 1, row_key: 'b' } }, /not a key/],
  ['a part of a key', { options: { epsilon: 1, min: 0, max: 1, row_key: ['a'] } }, /not a key/],
  [
    'an unknown row key',
    { options: { epsilon: 1, min: 0, max: 1, row_key: 'customer_ic' } },
    /Did you mean "customer_id"/,
  ],
  ['text', { type: 'text', options: { epsilon: 1, min: 0, max: 1 } }, /does not accept/],
])('%s: refused with a fix', async (_, use, message) => {
  expect(await tryStrategy('noise', { type: 'integer', ...use })).toMatch(message);
});

test.each([{ row_key: 'id' }, { row_key: ['id', 'b'] }, { row_key: ['b', 'a'] }, {}])(
  'a key is enough: %j',
  async options => {
    const use = { type: 'integer', options: { epsilon: 1, min: 0, max: 1, ...options } };
    expect(await tryStrategy('noise', use)).toHaveProperty('instance');
  },
);

describe('noise of 200,000 rows', () => {
  const many = Array.from({ length: 200_000 }, (_, row) => String(row));
  const noiseOf = async (use: Use, value: string): Promise<number[]> => {
    const replaced = await replace(
      'noise',
      many.map(() => value),
      { ...use, others: { id: many } },
    );
    return replaced.map(text => Number(text) - Number(value));
  };

  test('has the discrete Laplace distribution of scale (max - min) / ε', async () => {
    const noise = await noiseOf({ type: 'integer', options: { epsilon: 100, min: 0, max: 2000 } }, '1000');
    const ratio = Math.exp(-1 / 20);
    const mass = (x: number): number => ((1 - ratio) / (1 + ratio)) * ratio ** Math.abs(x);
    expect(compare(noise, mass, 1000).pValue).toBeGreaterThan(NOT_EVEN_ONCE_IN_A_MILLION);
  });

  test('has the discrete Gaussian distribution where asked', async () => {
    const options = { epsilon: 100, delta: 1e-6, mechanism: 'gaussian', min: 0, max: 2000 };
    const noise = await noiseOf({ type: 'integer', options }, '1000');
    const rho = 100 / (Math.sqrt(Math.log(1e6) + 100) + Math.sqrt(Math.log(1e6)));
    const variance = (2000 / rho) ** 2 / 2;
    const weights = Array.from({ length: 2001 }, (_, index) => Math.exp(-((index - 1000) ** 2) / (2 * variance)));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    // Beyond the bounds there is next to nothing: their mass is with the outermost cells.
    expect(compare(noise, x => weights[x + 1000]! / total, 1000).pValue).toBeGreaterThan(NOT_EVEN_ONCE_IN_A_MILLION);
  });

  test('stays between the bounds and on the grid, and gives what is outside the noise of the bound', async () => {
    const use: Use = { type: 'numeric(6,2)', options: { epsilon: 1, min: 10, max: 20, grid: 0.25 } };
    const few = { ...use, others: { id: many.slice(0, 2000) } };
    const fill = (value: string) => replace('noise', Array(2000).fill(value), few);
    for (const [outside, bound] of [
      ['-5.00', '10.00'],
      ['9999.99', '20.00'],
      ['NaN', '20.00'],
    ] as const) {
      const replaced = await fill(outside);
      expect(replaced).toEqual(await fill(bound));
      for (const value of replaced) {
        expect(value).toMatch(/^\d\d\.(00|25|50|75)$/);
        expect(Number(value) >= 10 && Number(value) <= 20).toBe(true);
      }
    }
  });
});

test('it says what it costs, and calls itself local', async () => {
  const definition = await loadStrategy('noise');
  const options = { epsilon: 0.5, delta: 1e-9, mechanism: 'gaussian', min: 0, max: 1 };
  expect(definition?.privacyCost?.(definition.options.parse({ ...options, epoch: 7 }))).toEqual({
    epsilon: 0.5,
    delta: 1e-9,
    epoch: '7',
  });
  expect(definition?.privacyCost?.(definition.options.parse({ epsilon: 2, min: 0, max: 1 }))).toEqual({
    epsilon: 2,
    delta: 0,
    epoch: '1',
  });
  expect(definition?.summary).toMatch(/^Local differential privacy/);
  expect((await useStrategy('noise', AGE)).instance.note).toMatch(
    /^local differential privacy, ε = 1 per value and epoch/,
  );
});
