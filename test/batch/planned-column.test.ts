import { describe, expect, test } from 'vitest';
import { PlannedColumn, type PlannedColumnSpec } from '../../src/batch/planned-column.ts';
import { sameBytes, UnencodableValue } from '../../src/codec/field-codec.ts';
import { textFields } from '../../src/codec/text-fields.ts';
import { AnonymizeError } from '../../src/errors.ts';
import { type StrategyInstance, UnfitValue } from '../../src/strategy.ts';
import { valuesOf } from '../codec/columns.ts';
import { batchesOf, FORMATS, inChunks, type Row, streamBytes } from './copy-streams.ts';

const SPEC: PlannedColumnSpec = {
  place: 'public.person.name',
  strategy: 'test',
  type: { name: 'character varying(8)', kind: 'text', maxLength: 8 },
  notNull: true,
};
const SECRET = 'Zoë-4711';
const ROWS: readonly Row[] = ['a', null, 'b', null, null, SECRET, 'c'].map(name => [
  Buffer.from('id'),
  name === null ? null : Buffer.from(name),
]);
/** The row of SECRET, from 1. */
const SECRET_ROW = 6;

const replaceIn = async (
  column: PlannedColumn,
  { format, rows, firstRow = 0 }: { format: 'binary' | 'text'; rows: readonly Row[]; firstRow?: number },
) => {
  for await (const batch of batchesOf(inChunks(streamBytes(format, rows), 1000), {
    format,
    fieldCount: 2,
    planned: [1],
    batchBytes: 1e6,
  })) {
    return valuesOf(column.replace(batch, 0, firstRow)).map(value => value?.toString() ?? null);
  }
  throw new Error('there is a batch');
};

describe.each(FORMATS)('a planned column of %s', format => {
  test('gives a strategy the values without the NULLs, and takes one for each', async () => {
    const seen: string[] = [];
    const upper: StrategyInstance = {
      value: value => {
        seen.push(value);
        return value.toUpperCase();
      },
    };
    const replaced = await replaceIn(new PlannedColumn(SPEC, upper, sameBytes), { format, rows: ROWS });
    expect(seen).toEqual(['a', 'b', SECRET, 'c']);
    expect(replaced).toEqual(['A', 'B', 'ZOË-4711', 'C']);
  });

  test('gives the same to strategies on values and on columns', async () => {
    const names = ['', 'x', 'é€😀', 'a\u0301', 'y'.repeat(300), '\\N', 'a\tb\nc\\'].map(
      (name): Row => [null, Buffer.from(name)],
    );
    const byValue: StrategyInstance = { value: value => (value === 'x' ? null : `<${value}>`) };
    const byColumn: StrategyInstance = {
      column: ({ bytes, offsets, lengths, count }, output) => {
        for (let index = 0; index < count; index++) {
          const value = Buffer.from(bytes).subarray(offsets[index]!, offsets[index]! + lengths[index]!);
          if (value.equals(Buffer.from('x'))) output.pushNull();
          else output.pushBytes(Buffer.concat([Buffer.from('<'), value, Buffer.from('>')]));
        }
      },
    };
    const spec: PlannedColumnSpec = { ...SPEC, type: { name: 'text', kind: 'text' }, notNull: false };
    const codec = format === 'text' ? textFields : sameBytes;
    const [values, columns] = await Promise.all(
      [byValue, byColumn].map(instance => replaceIn(new PlannedColumn(spec, instance, codec), { format, rows: names })),
    );
    expect(values).toEqual(columns);
    expect(values).toContain(format === 'text' ? '<a\\tb\\nc\\\\>' : '<a\tb\nc\\>');
    expect(values?.[1]).toBeNull();
  });

  test('is ready for the next batch after each', async () => {
    const column = new PlannedColumn(SPEC, { value: value => value.slice(0, 2) }, sameBytes);
    const first = await replaceIn(column, { format, rows: ROWS });
    expect(await replaceIn(column, { format, rows: [[null, Buffer.from('other')]] })).toEqual(['ot']);
    expect(await replaceIn(column, { format, rows: ROWS })).toEqual(first);
  });
});

const onSecret = (replacement: () => string | null): StrategyInstance => ({
  value: value => (value === SECRET ? replacement() : value),
});

const refused = async (instance: StrategyInstance, codec = sameBytes): Promise<AnonymizeError> => {
  const outcome = await replaceIn(new PlannedColumn(SPEC, instance, codec), {
    format: 'binary',
    rows: ROWS,
    firstRow: 1000,
  }).catch((error: unknown) => error);
  if (outcome instanceof AnonymizeError) return outcome;
  throw new Error('it was not refused', { cause: outcome });
};

const unencodable = {
  decode: sameBytes.decode,
  encode: () => {
    throw new UnencodableValue(2);
  },
};
const REFUSALS: readonly (readonly [string, StrategyInstance, typeof sameBytes])[] = [
  ['ANON_VALUE_NULL', onSecret(() => null), sameBytes],
  ['ANON_VALUE_TOO_LONG', onSecret(() => `${SECRET}!`), sameBytes],
  [
    'ANON_VALUE_UNFIT',
    onSecret(() => {
      throw new UnfitValue('a name is wanted');
    }),
    sameBytes,
  ],
  [
    'ANON_STRATEGY_FAILED',
    onSecret(() => {
      throw new SyntaxError(`Unexpected token in "${SECRET}"`);
    }),
    sameBytes,
  ],
  ['ANON_VALUE_TYPE', onSecret(() => 'x'), unencodable],
];

test.each(REFUSALS)('%s names the place and the row of the slice, never a value', async (code, instance, codec) => {
  const error = await refused(instance, codec);
  expect(error.code).toBe(code);
  expect(error.message).toContain('public.person.name');
  expect(error.message).toContain(`row ${1000 + SECRET_ROW} of its slice`);
  expect(`${error.message} ${error.fix} ${error.stack}`).not.toContain('4711');
});

test('a strategy that returns too few or too many values is a bug', async () => {
  for (const count of [3, 5]) {
    const instance: StrategyInstance = {
      column: (_input, output) => {
        for (let value = 0; value < count; value++) output.pushBytes(Buffer.from('x'));
      },
    };
    const replacing = replaceIn(new PlannedColumn(SPEC, instance, sameBytes), { format: 'binary', rows: ROWS });
    await expect(replacing).rejects.toThrow(`returned ${count} values for 4`);
  }
});
