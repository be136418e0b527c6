// Parts of a column, as columns over the same bytes.

import type { Column, ColumnOutput, ColumnWithNulls } from '../strategy.ts';

/** The values at these indexes, in their order; NULLs stay NULL. */
export function pickValues({ bytes, offsets, lengths }: ColumnWithNulls, indexes: Int32Array): ColumnWithNulls {
  const picked = { offsets: new Int32Array(indexes.length), lengths: new Int32Array(indexes.length) };
  for (let at = 0; at < indexes.length; at++) {
    picked.offsets[at] = offsets[indexes[at]!]!; // indexes are those of values
    picked.lengths[at] = lengths[indexes[at]!]!;
  }
  return { bytes, ...picked, count: indexes.length };
}

/** The values from one index until before another. */
export function sliceValues({ bytes, offsets, lengths }: ColumnWithNulls, from: number, to: number): ColumnWithNulls {
  return { bytes, offsets: offsets.subarray(from, to), lengths: lengths.subarray(from, to), count: to - from };
}

/** Pushes value `index` of a column, which may be NULL. */
export function pushValue({ bytes, offsets, lengths }: ColumnWithNulls, index: number, output: ColumnOutput): void {
  const start = offsets[index]!; // index < count, as below
  const length = lengths[index]!;
  if (length < 0) output.pushNull();
  else output.pushBytes(bytes, start, start + length);
}

/** The values that are not NULL, and where they are. */
export function withoutNulls(column: ColumnWithNulls): { readonly values: Column; readonly indexes: Int32Array } {
  const indexes = new Int32Array(column.count);
  let found = 0;
  for (let index = 0; index < column.count; index++) {
    if (column.lengths[index]! >= 0) indexes[found++] = index; // index < count
  }
  if (found === column.count) return { values: column, indexes };
  const some = indexes.subarray(0, found);
  return { values: pickValues(column, some), indexes: some };
}
