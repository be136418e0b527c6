// Columns of given values, and back, for the tests of codec/ and batch/.

import { type Column, ColumnOutput } from '../../src/batch/column.ts';
import type { FieldCodec } from '../../src/codec/field-codec.ts';

/** A column of these values, with other bytes between them; null is NULL. */
export function columnOf(values: readonly (Uint8Array | string | null)[]): Column {
  const parts = values.map(value => (typeof value === 'string' ? Buffer.from(value) : value));
  const gap = Buffer.from('\\x00\t'); // what stands next to a value must not matter
  const bytes = Buffer.concat(parts.flatMap(part => [gap, part ?? gap]));
  const offsets = new Int32Array(parts.length);
  let at = 0;
  for (const [index, part] of parts.entries()) {
    offsets[index] = at + gap.length;
    at += gap.length + (part ?? gap).length;
  }
  return { bytes, offsets, lengths: Int32Array.from(parts, part => part?.length ?? -1), count: parts.length };
}

/** The values of a column; NULL is null. */
export function valuesOf({ bytes, offsets, lengths, count }: Column): (Buffer | null)[] {
  return Array.from({ length: count }, (_, index) => {
    const start = offsets[index]!; // index < count
    return lengths[index]! < 0 ? null : Buffer.from(bytes.slice(start, start + lengths[index]!));
  });
}

const scratchOf = (column: Column): ColumnOutput => {
  const scratch = new ColumnOutput();
  scratch.reset(column.count);
  return scratch;
};

export const decode = (codec: FieldCodec, fields: Column): Column => codec.decode(fields, scratchOf(fields));
export const encode = (codec: FieldCodec, values: Column): Column => codec.encode(values, scratchOf(values));
