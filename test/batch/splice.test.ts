import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Column } from '../../src/batch/column.ts';
import type { Batch } from '../../src/batch/cut-batches.ts';
import { loadSimdRows } from '../../src/batch/simd.ts';
import { agreesWithJavaScript } from '../../src/batch/simd-check.ts';
import { SimdRows } from '../../src/batch/simd-rows.ts';
import { splice } from '../../src/batch/splice.ts';
import { spliceByWords } from '../../src/batch/splice-by-words.ts';
import { CODECS } from '../../src/codec/formats.ts';
import { buildRows } from '../../src/kernels/build.ts';
import { columnOf } from '../codec/columns.ts';
import {
  batchesOf,
  cutAt,
  cuts,
  escaped,
  FORMATS,
  fieldsOf,
  inChunks,
  type Row,
  rowsBytes,
  streamBytes,
  tables,
} from './copy-streams.ts';

const isValue = (field: Buffer | null): field is Buffer => field !== null;

const WAYS = FORMATS.flatMap(format => [
  { format, way: 'as runs do', splice },
  { format, way: 'in JavaScript', splice: spliceByWords },
]);

describe.each(WAYS)('splicing $format $way', ({ format, splice }) => {
  test('every field replaced by itself gives the same bytes', async () => {
    await fc.assert(
      fc.asyncProperty(tables, cuts, async (table, ends) => {
        const pieces: Buffer[] = [];
        for await (const batch of batchesOf(cutAt(streamBytes(format, table.rows), ends), {
          format,
          ...table,
          batchBytes: 200,
        })) {
          const columns = table.planned.map((_, number) => columnOf(fieldsOf(batch, number).filter(isValue)));
          pieces.push(...splice(batch, CODECS[format], columns).map(piece => Buffer.from(piece)));
        }
        expect(Buffer.concat(pieces).toString('hex')).toBe(rowsBytes(format, table.rows).toString('hex'));
      }),
      { numRuns: 200 },
    );
  });

  test('gives the rows that writing them anew would give', async () => {
    // The replacement of a value depends on it alone, so that both sides agree on it: some NULL, some empty, some long.
    const replacement = (value: Buffer): Buffer | null => {
      const choice = value.length % 5;
      return choice === 0
        ? null
        : choice === 1
          ? Buffer.alloc(0)
          : Buffer.concat(Array(choice * choice).fill(value.subarray(0, 9)));
    };
    await fc.assert(
      fc.asyncProperty(tables, cuts, async (table, ends) => {
        const columns = table.planned.map(field => {
          const replaced = table.rows
            .map(row => row[field] ?? null)
            .filter(isValue)
            .map(replacement);
          return columnOf(replaced.map(value => value && (format === 'text' ? escaped(value) : value)));
        });
        const wanted = table.rows.map(
          (row): Row =>
            row.map((value, field) => (value && table.planned.includes(field) ? replacement(value) : value)),
        );
        const pieces: Buffer[] = [];
        for await (const batch of batchesOf(cutAt(streamBytes(format, table.rows), ends), {
          format,
          ...table,
          batchBytes: 1e6,
        })) {
          pieces.push(...splice(batch, CODECS[format], columns).map(piece => Buffer.from(piece)));
        }
        expect(Buffer.concat(pieces).toString('hex')).toBe(rowsBytes(format, wanted).toString('hex'));
      }),
      { numRuns: 300 },
    );
  });

  test('passes huge kept fields on as views, which later batches do not overwrite', async () => {
    const rows = Array.from({ length: 30 }, (_, row): Row => {
      const size = row % 3 === 0 ? 300_000 + row : row % 3 === 1 ? 70_000 : 10;
      return [Buffer.from(`id${row}`), Buffer.alloc(size, 97 + (row % 26)), Buffer.from('end')];
    });
    const held: Uint8Array[] = [];
    let views = 0;
    for await (const batch of batchesOf(inChunks(streamBytes(format, rows), 65_536), {
      format,
      fieldCount: 3,
      planned: [0, 2],
      batchBytes: 100_000,
    })) {
      const columns = [0, 1].map((number): Column => columnOf(fieldsOf(batch, number)));
      const pieces = splice(batch, CODECS[format], columns);
      views += pieces.filter(piece => piece.buffer === batch.bytes.buffer).length;
      held.push(...pieces); // looked at when all batches have gone through the same region
    }
    expect(views).toBe(10);
    expect(Buffer.concat(held).equals(rowsBytes(format, rows))).toBe(true);
  });
});

describe('the WebAssembly module', () => {
  const valuesOf = (field: string, rows: number): Column => columnOf(Array<string>(rows).fill(field));
  const batchOf = async (fields: readonly number[], rows: number): Promise<Batch> => {
    const row = fields.map((size, field) => Buffer.alloc(size, 97 + field));
    const stream = streamBytes('binary', Array<Row>(rows).fill(row));
    const { value } = await batchesOf(inChunks(stream, 65_536), {
      format: 'binary',
      fieldCount: fields.length,
      planned: [0, 2],
      batchBytes: 4e6,
    }).next();
    return value as Batch;
  };

  test('is the one that its source compiles to', async () => {
    const committed = readFileSync(new URL('../../src/kernels/rows.wasm', import.meta.url));
    expect(Buffer.compare(committed, await buildRows())).toBe(0);
  });

  test.each([
    [1, 40, 3, 0],
    [900, 500, 600, 40],
    [3, 513, 2, 511],
    [10, 31, 33, 32],
    [10_000, 1, 0, 100],
  ])('gives %i rows the bytes that JavaScript gives them', async (rows, first, kept, replaced) => {
    const batch = await batchOf([first, kept, 7, 20], rows);
    const columns = [valuesOf('x'.repeat(replaced), rows), columnOf(Array<null>(rows).fill(null))];
    const spliced = loadSimdRows()?.splice(batch, CODECS.binary, columns);
    expect(spliced?.length).toBeGreaterThan(0);
    const wanted = Buffer.concat(spliceByWords(batch, CODECS.binary, columns));
    expect(Buffer.compare(spliced!, wanted)).toBe(0);
  });

  test('is used only where it agrees with JavaScript on bytes that it was not told', async () => {
    const committed = readFileSync(new URL('../../src/kernels/rows.wasm', import.meta.url));
    expect(loadSimdRows(committed)).toBeDefined();
    expect(loadSimdRows(committed.subarray(0, 100))).toBeUndefined();
    const working = new SimdRows(committed);
    expect(agreesWithJavaScript(working)).toBe(true);
    const splice = working.splice.bind(working);
    const wrong: readonly SimdRows['splice'][] = [
      (...given) => splice(...given)?.map((byte, at) => (at === 40 ? byte ^ 1 : byte)),
      (...given) => splice(...given)?.subarray(1),
      () => undefined,
      () => {
        throw new RangeError('unreachable');
      },
    ];
    for (const broken of wrong)
      expect(agreesWithJavaScript(Object.assign(new SimdRows(committed), { splice: broken }))).toBe(false);
  });

  test('takes no value from outside its column, where other rows lie', async () => {
    const batch = await batchOf([5, 5, 5], 2);
    const column = { ...valuesOf('a', 2), offsets: Int32Array.of(5, 50) };
    expect(() => loadSimdRows()?.splice(batch, CODECS.binary, [column, valuesOf('b', 2)])).toThrow(RangeError);
  });

  test('leaves to JavaScript what would be a view, or take too much memory, and works on afterwards', async () => {
    const simd = loadSimdRows();
    const huge = await batchOf([5, 300_000, 5], 1);
    expect(simd?.splice(huge, CODECS.binary, [valuesOf('a', 1), valuesOf('b', 1)])).toBeUndefined();
    const many = await batchOf([5, 100, 5], 20);
    const large = 'x'.repeat(300_000);
    expect(simd?.splice(many, CODECS.binary, [valuesOf(large, 20), valuesOf('b', 20)])).toBeUndefined();
    const columns = [valuesOf('a', 20), valuesOf('b', 20)];
    const wanted = Buffer.concat(spliceByWords(many, CODECS.binary, columns));
    expect(Buffer.compare(simd?.splice(many, CODECS.binary, columns) ?? Buffer.alloc(0), wanted)).toBe(0);
  });
});
