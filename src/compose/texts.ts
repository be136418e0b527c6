// Columns from texts and back: where there are few values, or a person will read them.

import { ColumnOutput } from '../batch/column.ts';
import type { ColumnWithNulls } from '../strategy.ts';

/** A column of these values; null is NULL. */
export function columnOfTexts(values: readonly (string | null)[]): ColumnWithNulls {
  const column = new ColumnOutput(Math.max(1, values.length));
  for (const value of values) {
    if (value === null) column.pushNull();
    else column.pushBytes(Buffer.from(value));
  }
  return column;
}

/** The values of a column. */
export function textsOf({ bytes, offsets, lengths, count }: ColumnWithNulls): (string | null)[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, index) => {
    const start = offsets[index]!; // index < count, as below
    const length = lengths[index]!;
    return length < 0 ? null : buffer.toString('utf8', start, start + length);
  });
}
