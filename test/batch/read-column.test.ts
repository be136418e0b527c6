import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutBatches } from '../../src/batch/cut-batches.ts';
import { FieldIndex } from '../../src/batch/field-index.ts';
import { PlannedColumn } from '../../src/batch/planned-column.ts';
import { sameBytes } from '../../src/codec/field-codec.ts';
import { CODECS } from '../../src/codec/formats.ts';
import { textFields } from '../../src/codec/text-fields.ts';
import type { ColumnWithNulls, StrategyInstance } from '../../src/strategy.ts';
import { valuesOf } from '../codec/columns.ts';
import { FORMATS, inChunks, type Row, streamBytes } from './copy-streams.ts';

const textOf = (column: ColumnWithNulls): (string | null)[] => valuesOf(column).map(value => value?.toString() ?? null);
const SPEC = { place: 'public.t.c', strategy: 'test', type: { name: 'text', kind: 'text' }, notNull: false } as const;

/** What a strategy on field 1 gets of fields 0 and 2 of rows of three fields, batch by batch. */
async function readBeside(format: (typeof FORMATS)[number], rows: readonly Row[], replaced: readonly number[]) {
  const seen: (readonly [string | null, string | null, string | null])[] = [];
  const numbers: number[] = [];
  const instance: StrategyInstance = {
    column(input, output, others, firstNumber) {
      const [own, first, last] = [input, ...others].map(textOf);
      own!.forEach((value, index) => {
        seen.push([first![index]!, value, last![index]!]);
        numbers.push(firstNumber + index);
        output.pushBytes(Buffer.from('x'));
      });
    },
  };
  const codec = format === 'text' ? textFields : sameBytes;
  const read = [0, 2].filter(field => !replaced.includes(field));
  const order = [...replaced, ...read];
  const reads = [0, 2].map(field => ({ number: order.indexOf(field), codec }));
  const column = new PlannedColumn({ ...SPEC, reads }, instance, codec);
  column.startSlice(5000);
  const index = new FieldIndex(3, replaced, read);
  const chunks = inChunks(streamBytes(format, rows), 50);
  let before = 0;
  for await (const batch of cutBatches(chunks, {
    codec: CODECS[format],
    index,
    batchBytes: 100,
    claim: async () => {},
  })) {
    column.replace(batch, order.indexOf(1), before);
    before += batch.index.rows;
  }
  return { seen, numbers };
}

const field = fc.option(fc.constantFrom('', '\\N', 'a\tb', 'é', 'x', 'long'.repeat(20)).map(text => Buffer.from(text)));
const rowsOf3: fc.Arbitrary<Row[]> = fc.array(fc.tuple(field, field, field), { maxLength: 20 });

test.each(FORMATS.flatMap(format => [[1], [0, 1], [0, 1, 2]].map(replaced => [format, replaced] as const)))(
  'in %s with fields %j replaced, a strategy gets the source values of its rows, NULLs among them',
  async (format, replaced) => {
    await fc.assert(
      fc.asyncProperty(rowsOf3, async rows => {
        const wanted = rows.filter(row => row[1] !== null).map(row => row.map(value => value?.toString() ?? null));
        const { seen, numbers } = await readBeside(format, rows, replaced);
        expect(seen).toEqual(wanted);
        expect(new Set(numbers).size).toBe(numbers.length);
        for (const number of numbers) expect(number >= 5000 && number < 5000 + rows.length).toBe(true);
      }),
      { numRuns: 60 },
    );
  },
);
