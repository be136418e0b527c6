// COPY streams for the tests: rows of fields to bytes, and bytes cut anywhere. Written to read like the manual, not to be fast.

import fc from 'fast-check';
import type { Column } from '../../src/batch/column.ts';
import { type Batch, cutBatches } from '../../src/batch/cut-batches.ts';
import { FieldIndex } from '../../src/batch/field-index.ts';
import type { Format } from '../../src/codec/codec.ts';
import { CODECS } from '../../src/codec/formats.ts';
import { valuesOf } from '../codec/columns.ts';

/** A row as its fields' values; null is NULL. In text, the values as bytes before escaping. */
export type Row = readonly (Buffer | null)[];

const ESCAPES: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\\': '\\\\',
};

/** One value as COPY text has it. */
export const escaped = (value: Buffer): Buffer =>
  Buffer.from(
    value.toString('latin1').replace(/[\b\t-\r\\]/g, character => ESCAPES[character] ?? character),
    'latin1',
  );

function int32(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(number);
  return bytes;
}

/** One field with its framing, without the separators of text. */
function framed(format: Format, value: Buffer | null): Buffer {
  if (format === 'text') return value === null ? Buffer.from('\\N') : escaped(value);
  return value === null ? int32(-1) : Buffer.concat([int32(value.length), value]);
}

function rowBytes(format: Format, row: Row): Buffer {
  const fields = row.map(value => framed(format, value));
  if (format === 'binary') return Buffer.concat([int32(row.length).subarray(2), ...fields]);
  return Buffer.concat([
    ...fields.flatMap((field, index) => (index === 0 ? [field] : [Buffer.from('\t'), field])),
    Buffer.from('\n'),
  ]);
}

/** Maps rows, each that is there many times once: a wide one is slow. */
export function mapRows<Result>(rows: readonly Row[], map: (row: Row) => Result): readonly Result[] {
  const results = new Map([...new Set(rows)].map(row => [row, map(row)]));
  return rows.map(row => results.get(row)!);
}

/** The rows without header and trailer. */
export const rowsBytes = (format: Format, rows: readonly Row[]): Buffer =>
  Buffer.concat(mapRows(rows, row => rowBytes(format, row)));

/** A whole COPY stream. */
export const streamBytes = (format: Format, rows: readonly Row[]): Buffer =>
  Buffer.concat([CODECS[format].header, rowsBytes(format, rows), CODECS[format].trailer]);

/** The bytes in chunks that end at the cuts (fractions of the whole), each in memory of its own. */
export async function* cutAt(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  const ends = [...cuts.map(cut => Math.floor(cut * bytes.length)).sort((a, b) => a - b), bytes.length];
  let start = 0;
  for (const end of ends) {
    yield Buffer.from(bytes.subarray(start, end));
    start = end;
  }
}

/** Chunks of equal size. */
export async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield Buffer.from(bytes.subarray(at, at + size));
}

export interface Cut {
  readonly format: Format;
  readonly fieldCount: number;
  readonly planned: readonly number[];
  readonly batchBytes?: number;
}

/** The batches of a stream; each is valid until the next one is asked for. */
export function batchesOf(chunks: AsyncIterable<Uint8Array>, cut: Cut): AsyncGenerator<Batch> {
  const index = new FieldIndex(cut.fieldCount, cut.planned);
  return cutBatches(chunks, {
    codec: CODECS[cut.format],
    index,
    batchBytes: cut.batchBytes ?? 1024,
    claim: async () => {},
  });
}

/** One planned column's fields of a batch; NULL is null. */
export function fieldsOf({ bytes, index }: Batch, number: number): (Buffer | null)[] {
  const column: Column = { bytes, offsets: index.starts[number]!, lengths: index.lengths[number]!, count: index.rows };
  return valuesOf(column);
}

export const FORMATS: readonly Format[] = ['binary', 'text'];

/** Bytes that hurt: separators, escapes, lengths, the bytes of NULL and of the trailer, characters of several bytes. */
const value: fc.Arbitrary<Buffer> = fc.oneof(
  fc.string({ unit: 'grapheme' }).map(text => Buffer.from(text)),
  fc.array(fc.constantFrom(...'\\N\t\n\r\b\0x1é😀')).map(parts => Buffer.from(parts.join(''))),
  fc.constantFrom('\\N', '\\.', '', '\uffff', 'x'.repeat(300)).map(text => Buffer.from(text)),
);

/** Rows of a table, with all their fields in a random subset planned. */
export const tables: fc.Arbitrary<{ fieldCount: number; planned: number[]; rows: Row[] }> = fc
  .integer({ min: 1, max: 6 })
  .chain(fieldCount =>
    fc.record({
      fieldCount: fc.constant(fieldCount),
      planned: fc.subarray(Array.from({ length: fieldCount }, (_, field) => field)),
      rows: fc.array(fc.array(fc.option(value), { minLength: fieldCount, maxLength: fieldCount }), { maxLength: 12 }),
    }),
  );

export const cuts: fc.Arbitrary<number[]> = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 });
