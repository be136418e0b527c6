import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ColumnOutput } from '../../src/batch/column.ts';
import { chainColumns } from '../../src/compose/chain.ts';
import type { Condition } from '../../src/compose/condition.ts';
import { eachElement } from '../../src/compose/elements.ts';
import { keepEmpty, keepNulls } from '../../src/compose/passed-values.ts';
import { replaceRefused } from '../../src/compose/refused-values.ts';
import { type Runnable, runnableOf, withOthers } from '../../src/compose/runnable.ts';
import { splitColumn } from '../../src/compose/split-column.ts';
import { testOf } from '../../src/compose/test-condition.ts';
import { type ColumnType, type Guarantees, type PrepareColumn, UnfitValue } from '../../src/strategy.ts';
import { anyPoint } from '../any-point.ts';
import { columnOf, columnWithNullsOf, readColumn } from '../strategies/replace.ts';

const TEXT: ColumnType = { name: 'text', kind: 'text' };
const value = (replace: (text: string) => string | null): Runnable => runnableOf({ value: replace });
const upper = value(text => text.toUpperCase());
/** Refuses values with an x, in whatever batch they are, before anything is put out. */
const picky: Runnable = {
  replace(input, output, others, first) {
    if (readColumn(input).some(text => text?.includes('x'))) throw new UnfitValue('no x');
    upper.replace(input, output, others, first);
  },
};

function run({ replace }: Runnable, values: readonly (string | null)[], others: readonly (string | null)[][] = []) {
  const output = new ColumnOutput(1);
  output.reset(values.length);
  replace(columnWithNullsOf(values), output, others.map(columnWithNullsOf), 100);
  return readColumn(output);
}

test('values go the way that is chosen for each, and come back in their order', () => {
  const byOther = splitColumn(
    ({ count }, [other]) => Uint8Array.from({ length: count }, (_, index) => (other!.lengths[index]! > 1 ? 1 : 0)),
    [upper, value(text => (text === 'b' ? null : `<${text}>`))],
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'é'), fc.constantFrom('1', '22'))), rows => {
      const [values, others] = [rows.map(([one]) => one), rows.map(([, other]) => other)];
      const expected = rows.map(([one, other]) =>
        other === '1' ? one.toUpperCase() : one === 'b' ? null : `<${one}>`,
      );
      expect(run(byOther, values, [others])).toEqual(expected);
    }),
  );
});

test.each([
  [[], []],
  [[0], ['a']],
  [
    [0, 1],
    ['a', 'b'],
  ],
  [
    [1, 0],
    ['b', 'a'],
  ],
])('of two columns, one that asks for %j gets these and no more', (positions, wanted) => {
  const got: (string | null)[] = [];
  const given: Runnable = { replace: (_input, _output, others) => got.push(...others.flatMap(readColumn)) };
  withOthers(given, positions).replace(columnOf(['x']), new ColumnOutput(), [columnOf(['a']), columnOf(['b'])], 0);
  expect(got).toEqual(wanted);
});

test('no number is given to two values, whatever ways they go', () => {
  const numbers: number[] = [];
  const numbering: Runnable = {
    replace(input, output, _others, first) {
      for (let index = 0; index < input.count; index++) {
        numbers.push(first + index);
        output.pushBytes(Buffer.from(String(first + index)));
      }
    },
  };
  const split = splitColumn(
    ({ count, lengths }) => lengths.slice(0, count).map(length => length % 3) as never,
    [numbering, numbering, numbering],
  );
  run(split, ['', 'a', 'bb', 'ccc', 'd', 'ee', 'fff', '', 'g']);
  expect(numbers.sort((a, b) => a - b)).toEqual([100, 101, 102, 103, 104, 105, 106, 107, 108]);
});

test('a value that is refused on its way is told by its own place', () => {
  const split = splitColumn(
    ({ count, lengths }) => Uint8Array.from(lengths.subarray(0, count), length => length % 2),
    [
      upper,
      value(text => {
        if (text === 'x') throw new UnfitValue('no x');
        return text;
      }),
    ],
  );
  const output = new ColumnOutput(9);
  expect(() => split.replace(columnOf(['aa', 'b', 'cc', 'd', 'x', 'e']), output, [], 0)).toThrow('no x');
  expect(output.count).toBe(4);
});

test('only the values that a strategy refuses become something else, wherever it notices them', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'x', 'yx', '')), values => {
      const expected = (instead: string | null) => values.map(one => (one.includes('x') ? instead : one.toUpperCase()));
      expect(run(replaceRefused(picky, null), values)).toEqual(expected(null));
      expect(run(replaceRefused(picky, Buffer.from('n/a')), values)).toEqual(expected('n/a'));
    }),
  );
});

test('a bug of a strategy is no refused value', () => {
  const broken = value(() => {
    throw new TypeError('a bug');
  });
  expect(() => run(replaceRefused(broken, null), ['a'])).toThrow('a bug');
});

test('each step of a chain gets what the one before put out, and NULL goes past the rest', () => {
  const steps = [value(text => (text === 'n' ? null : `${text}1`)), value(text => `${text}2`), upper];
  expect(run(chainColumns(steps), ['a', 'n', 'b'])).toEqual(['A12', null, 'B12']);
  expect(run(chainColumns(steps), ['n'])).toEqual([null]);
  expect(run(chainColumns(steps), [])).toEqual([]);
});

describe('strategies that are prepared', () => {
  /** Knows only what it was prepared for. */
  const prepared = (): Runnable & { readonly prepare: PrepareColumn } => {
    let known: (string | null)[] = [];
    return {
      prepare: async input => {
        known = readColumn(input);
        if (known.includes('x')) throw new UnfitValue('no x');
      },
      replace(input, output) {
        expect(readColumn(input)).toEqual(known);
        for (const one of known) output.pushBytes(Buffer.from(`${one}!`));
      },
    };
  };
  const runPrepared = async (runnable: Runnable, values: readonly string[]) => {
    await runnable.prepare?.(columnOf(values), [], 100);
    return run(runnable, values);
  };

  test('are prepared for what they get: in a chain, of cases, with refused values', async () => {
    const values = ['a', 'bb', 'c', 'dd'];
    const chain = chainColumns([upper, prepared(), value(text => `${text}?`)]);
    expect(await runPrepared(chain, values)).toEqual(['A!?', 'BB!?', 'C!?', 'DD!?']);
    const split = splitColumn(
      ({ count, lengths }) => Uint8Array.from(lengths.subarray(0, count), one => one - 1),
      [upper, prepared()],
    );
    expect(await runPrepared(split, values)).toEqual(['A', 'bb!', 'C', 'dd!']);
    expect(await runPrepared(replaceRefused(prepared(), null), ['a', 'x', 'b', 'x'])).toEqual(['a!', null, 'b!', null]);
  });

  test('a chain whose first step refuses a value says so when it is run', async () => {
    const chain = chainColumns([picky, prepared()]);
    await chain.prepare?.(columnOf(['a', 'x']), [], 0);
    expect(() => run(chain, ['a', 'x'])).toThrow('no x');
  });
});

test('NULL and empty values go past a strategy, as said', () => {
  expect(run(keepNulls(upper), ['a', null, ''])).toEqual(['A', null, '']);
  const marked = value(text => `<${text}>`);
  expect(run(keepEmpty(keepNulls(marked)), ['a', null, ''])).toEqual(['<a>', null, '']);
});

describe('elements of arrays', () => {
  const guarantees: Guarantees = {
    deterministic: true,
    reversible: false,
    uniqueness: 'lossy',
    keyed: false,
    yieldsNull: true,
  };
  const each = (replace: (text: string) => string | null, type = TEXT) => {
    const instance = eachElement({ value: replace }, { type, guarantees });
    return runnableOf(instance);
  };

  test.each([
    ['{}', '{}'],
    ['{a,NULL,"NULL",""}', '{a1,NULL,NULL1,1}'],
    ['{{a,b},{c,d}}', '{{a1,b1},{c1,d1}}'],
    ['[2:3]={a,b}', '[2:3]={a1,b1}'],
    ['[-1:0][5:5]={{a},{b}}', '[-1:0][5:5]={{a1},{b1}}'],
    ['{"a,b","c\\"d","e\\\\f","g}h"," i"}', '{"a,b1","c\\"d1","e\\\\f1","g}h1"," i1"}'],
    ['{null}', '{NULL}'],
  ])('%s', (array, replaced) => {
    const isNullWord = array === '{null}';
    expect(
      run(
        each(text => `${text}1`),
        [array],
      ),
    ).toEqual([isNullWord ? '{null}' : replaced]);
  });

  test('a replacement that is NULL, empty or looks like NULL is written so that it is read again', () => {
    expect(
      run(
        each(text => (text === 'a' ? null : text === 'b' ? '' : 'nUlL')),
        ['{a,b,c}', '{}'],
      ),
    ).toEqual(['{NULL,"","nUlL"}', '{}']);
  });

  test('whatever they are, come through as they are', () => {
    const element = fc.oneof(
      fc.constant(null),
      fc.string({ unit: anyPoint, maxLength: 6 }).map(text => text.replaceAll('\0', '')),
    );
    const quoted = (text: string | null) => (text === null ? 'NULL' : `"${text.replace(/["\\]/g, '\\$&')}"`);
    fc.assert(
      fc.property(fc.array(fc.array(element, { maxLength: 5 }), { maxLength: 5 }), arrays => {
        const texts = arrays.map(elements => `{${elements.map(quoted).join(',')}}`);
        const seen: string[] = [];
        const once = run(
          each(text => {
            seen.push(text);
            return text;
          }),
          texts,
        );
        expect(seen).toEqual(arrays.flat().filter(one => one !== null));
        expect(
          run(
            each(text => text),
            once.map(String),
          ),
        ).toEqual(once);
      }),
    );
  });

  test.each(['', 'a', '{', '{a', '{"a}', '{a}}', '{a}b', '[2:3]'])('a value that is no array is refused: %s', text => {
    expect(() =>
      run(
        each(one => one),
        [text],
      ),
    ).toThrow('an array in braces is wanted');
  });

  test('a replacement that does not fit the type of the elements is refused', () => {
    const short: ColumnType = { name: 'character varying(2)', kind: 'text', maxLength: 2 };
    expect(() =>
      run(
        each(() => 'abc', short),
        ['{a}'],
      ),
    ).toThrow('too long for character varying(2)');
  });
});

describe('a condition', () => {
  const type = (kind: ColumnType['kind'], name: string = kind): ColumnType => ({ name, kind });
  const holds = (condition: Condition, values: readonly (string | null)[], of: ColumnType) =>
    [...testOf(condition, () => ({ position: 0, type: of }))([columnWithNullsOf(values)], values.length)].join('');

  test.each<[Condition, readonly (string | null)[], ColumnType, string]>([
    [{ equals: 'DE' }, ['DE', 'de', null, ''], TEXT, '1000'],
    [{ not: { equals: 'DE' } }, ['DE', 'de', null], TEXT, '011'],
    [{ in: ['a', 1] }, ['a', '1', 'b'], TEXT, '110'],
    [{ matches: '^\\p{Lu}' }, ['Ä', 'ä', null], TEXT, '100'],
    [{ is_null: true }, [null, ''], TEXT, '10'],
    [{ is_null: false }, [null, ''], TEXT, '01'],
    [{ equals: 7 }, ['7', '7.00', '70', 'NaN'], type('decimal', 'numeric'), '1100'],
    [{ at_least: 18, less_than: 65 }, ['17', '18', '64', '65', null], type('integer'), '01100'],
    [{ greater_than: '9007199254740992' }, ['9007199254740992', '9007199254740993'], type('integer'), '01'],
    [{ at_most: '0.1' }, ['0.1', '0.10000000000000000000001', '-Infinity'], type('decimal', 'numeric'), '101'],
    [{ greater_than: 1e300 }, ['NaN', 'Infinity', '1e+299'], type('float'), '110'],
    [
      { less_than: '1970-01-01' },
      ['1969-12-31', '1970-01-01', '0044-03-15 BC', '-infinity', 'infinity', '10000-01-01'],
      type('date'),
      '101100',
    ],
    [
      { at_least: '2024-01-01 00:00:00+00' },
      ['2024-01-01 00:00:00.000001+00', '2023-12-31 23:59:59+00'],
      type('timestamp', 'timestamp with time zone'),
      '10',
    ],
    [{ equals: true }, ['t', 'f'], type('boolean'), '10'],
    [{ equals: '6F9619FF-8B86-D011-B42D-00C04FC964FF' }, ['6f9619ff-8b86-d011-b42d-00c04fc964ff'], type('uuid'), '1'],
    [{ all: [{ matches: 'a' }, { matches: 'b' }] }, ['ab', 'a', 'b'], TEXT, '100'],
    [{ any: [{ matches: 'a' }, { matches: 'b' }] }, ['ab', 'a', 'b', 'c'], TEXT, '1110'],
  ])('%j of %j on %o', (condition, values, of, expected) => {
    expect(holds(condition, values, of)).toBe(expected);
  });
});
