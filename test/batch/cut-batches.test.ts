import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FieldIndex, MAX_BATCH_ROWS } from '../../src/batch/field-index.ts';
import type { Format } from '../../src/codec/codec.ts';
import {
  batchesOf,
  cutAt,
  cuts,
  escaped,
  FORMATS,
  fieldsOf,
  inChunks,
  mapRows,
  type Row,
  rowsBytes,
  streamBytes,
  tables,
} from './copy-streams.ts';

/** What all batches hold together: their rows' bytes, and each planned column's fields as they stand there. */
async function collect(chunks: AsyncIterable<Uint8Array>, cut: Parameters<typeof batchesOf>[1]) {
  const bytes: Buffer[] = [];
  const fields: (Buffer | null)[][] = cut.planned.map(() => []);
  for await (const batch of batchesOf(chunks, cut)) {
    bytes.push(Buffer.from(batch.bytes.subarray(batch.start, batch.end)));
    const found = [...cut.planned.keys()].map(number => fieldsOf(batch, number));
    for (const [number, values] of found.entries()) fields[number]!.push(...values);
    const nulls = found.map(values => values.filter(field => field === null).length);
    expect([...batch.index.nulls]).toEqual(nulls);
  }
  return { bytes: Buffer.concat(bytes).toString('hex'), fields: fields.map(spell) };
}

/** A column's fields as one string, which compares faster than thousands of buffers. */
const spell = (fields: readonly (Buffer | null)[]): string =>
  fields.map(field => field?.toString('hex') ?? 'null').join();

function expected(format: Format, { planned, rows }: { planned: readonly number[]; rows: readonly Row[] }) {
  const written = format === 'text' ? mapRows(rows, row => row.map(value => value && escaped(value))) : rows;
  return {
    bytes: rowsBytes(format, rows).toString('hex'),
    fields: planned.map(field => spell(written.map(row => row[field] ?? null))),
  };
}

describe.each(FORMATS)('batches of %s', format => {
  test('hold the same rows and fields wherever the chunks end and however large a batch is', async () => {
    await fc.assert(
      fc.asyncProperty(tables, cuts, fc.constantFrom(1, 50, 400, 100_000), async (table, ends, batchBytes) => {
        const chunks = cutAt(streamBytes(format, table.rows), ends);
        expect(await collect(chunks, { format, ...table, batchBytes })).toEqual(expected(format, table));
      }),
      { numRuns: 300 },
    );
  });

  test('survive chunks of one byte', async () => {
    const rows = [
      [Buffer.from('é😀\\\t\n'), null, Buffer.from('\\N')],
      [null, Buffer.alloc(0), Buffer.from('x'.repeat(500))],
    ];
    const table = { fieldCount: 3, planned: [0, 1, 2], rows };
    const found = await collect(inChunks(streamBytes(format, rows), 1), { format, ...table, batchBytes: 10 });
    expect(found).toEqual(expected(format, table));
  });

  test('have at most the rows that the index holds', async () => {
    const rows = Array.from({ length: 2 * MAX_BATCH_ROWS + 5 }, (_, row): Row => [Buffer.from(String(row))]);
    const counts: number[] = [];
    const chunks = inChunks(streamBytes(format, rows), 65_536);
    for await (const { index } of batchesOf(chunks, { format, fieldCount: 1, planned: [0], batchBytes: 1e7 }))
      counts.push(index.rows);
    expect(counts).toEqual([MAX_BATCH_ROWS, MAX_BATCH_ROWS, 5]);
  });

  test('are rows of no fields, and rows of 1600 fields of which all are planned', async () => {
    for (const fieldCount of [0, 1600]) {
      const row: Row = Array.from({ length: fieldCount }, (_, field) =>
        field % 7 === 0 ? null : Buffer.from(`v${field}`),
      );
      const table = {
        fieldCount,
        planned: Array.from({ length: fieldCount }, (_, field) => field),
        rows: Array.from({ length: 350 }, () => row),
      };
      const found = await collect(inChunks(streamBytes(format, table.rows), 50_000), {
        format,
        ...table,
        batchBytes: 1e6,
      });
      expect(found).toEqual(expected(format, table));
    }
  });

  test('are none for a table without rows', async () => {
    const found = await collect(inChunks(streamBytes(format, []), 3), { format, fieldCount: 2, planned: [1] });
    expect(found).toEqual({ bytes: '', fields: [''] });
  });

  test('are larger than asked for only where a row is', async () => {
    const rows = [[Buffer.alloc(1e6, 'a')], ...Array.from({ length: 5000 }, (): Row => [Buffer.from('small')])];
    const sizes: number[] = [];
    const chunks = inChunks(streamBytes(format, rows), 1000);
    for await (const batch of batchesOf(chunks, { format, fieldCount: 1, planned: [0], batchBytes: 4096 }))
      sizes.push(batch.end - batch.start);
    expect(sizes[0]).toBeGreaterThan(1e6);
    expect(Math.max(...sizes.slice(1))).toBeLessThan(4096 + 1000);
  });

  test('refuse a stream that ends inside a row, wherever', async () => {
    const whole = streamBytes(format, [
      [Buffer.from('one'), null],
      [Buffer.from('two'), Buffer.from('three')],
    ]);
    const ofOneRow = streamBytes(format, [[Buffer.from('one'), null]]);
    for (let length = format === 'binary' ? 0 : 1; length < whole.length; length++) {
      // In text, nothing tells a stream cut between rows from one that is complete: the protocol's end of COPY does.
      if (format === 'text' && length === ofOneRow.length) continue;
      const chunks = inChunks(Buffer.from(whole.subarray(0, length)), 7);
      await expect(collect(chunks, { format, fieldCount: 2, planned: [0, 1] }), `${length} bytes`).rejects.toThrow(
        /ended/,
      );
    }
  });

  test('refuse a row with too few fields', async () => {
    const chunks = inChunks(streamBytes(format, [[Buffer.from('only')]]), 100);
    await expect(collect(chunks, { format, fieldCount: 2, planned: [1] })).rejects.toThrow(/fields/);
  });
});

test('an index stays within some megabytes however many columns are planned', () => {
  for (const fieldCount of [1, 13, 200, 1600]) {
    const index = new FieldIndex(
      fieldCount,
      Array.from({ length: fieldCount }, (_, field) => field),
    );
    const bytes = [...index.starts, ...index.lengths].reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(bytes).toBeLessThanOrEqual(4e6);
    expect(index.maxRows).toBeGreaterThanOrEqual(300);
  }
});

test('binary refuses a stream with another header', async () => {
  const stream = streamBytes('binary', [[Buffer.from('a')]]);
  for (const wrong of [0, 5, 10]) {
    const broken = Buffer.from(stream);
    broken[wrong]! ^= 0x01; // inside the header
    await expect(collect(inChunks(broken, 4), { format: 'binary', fieldCount: 1, planned: [0] })).rejects.toThrow(
      /header/,
    );
  }
});
