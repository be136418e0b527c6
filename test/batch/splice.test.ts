import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Column } from '../../src/batch/column.ts';
import { splice } from '../../src/batch/splice.ts';
import { CODECS } from '../../src/codec/formats.ts';
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

describe.each(FORMATS)('splicing %s', format => {
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
