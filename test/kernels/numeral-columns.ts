// Numeral strings as the columns that ciphers take, and back.

import { type Column, ColumnOutput } from '../../src/batch/column.ts';
import type { Numerals } from '../../src/kernels/numerals.ts';

/** A column with a numeral of no string between the strings, so that a cipher which reads or writes on is found out. */
export function numeralColumn(strings: readonly (readonly number[])[]): Numerals {
  const lengths = Int32Array.from(strings, string => string.length);
  const values = new Uint16Array(lengths.reduce((sum, length) => sum + length + 1, 1)).fill(STRAY);
  let at = 1;
  const offsets = Int32Array.from(strings, string => {
    const start = at;
    values.set(string, start);
    at += string.length + 1;
    return start;
  });
  return { values, offsets, lengths, count: strings.length };
}

const STRAY = 65_535;

/** The strings of a column. @throws where something between them was written to */
export function stringsOf({ values, offsets, lengths, count }: Numerals): number[][] {
  return Array.from({ length: count }, (_, index) => {
    const start = offsets[index]!; // index < count
    const end = start + lengths[index]!;
    if (values[start - 1] !== STRAY || values[end] !== STRAY) throw new Error('a cipher wrote beside its strings');
    return [...values.subarray(start, end)];
  });
}

/** A column of byte strings. */
export function bytesColumn(strings: readonly Uint8Array[]): Column {
  const column = new ColumnOutput(Math.max(1, strings.length));
  for (const string of strings) column.pushBytes(string);
  return column;
}
