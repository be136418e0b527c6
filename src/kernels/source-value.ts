// Whether a replacement came out as the very value that it replaces: strategies then take another one.

import type { Column, ColumnOutput } from '../batch/column.ts';

const POINT = 0x2e;
const ZERO = 0x30;

/** Whether the current, not yet pushed value of `output` is byte for byte value `index` of `input`. */
export function isSourceValue(input: Column, index: number, output: ColumnOutput): boolean {
  const length = input.lengths[index]!; // index < input.count
  const { start, bytes } = output;
  if (output.at - start !== length) return false;
  const source = input.bytes;
  const from = input.offsets[index]!; // index < input.count
  for (let at = 0; at < length; at++) if (bytes[start + at] !== source[from + at]) return false;
  return true;
}

/** The same for numbers: `7` is also the number that PostgreSQL prints as `7.00`. */
export function isSourceNumber(input: Column, index: number, output: ColumnOutput): boolean {
  const { start, bytes } = output;
  const digits = output.at - start;
  const length = input.lengths[index]!; // index < input.count
  if (length < digits) return false;
  const source = input.bytes;
  const from = input.offsets[index]!; // index < input.count
  for (let at = 0; at < digits; at++) if (bytes[start + at] !== source[from + at]) return false;
  if (length > digits && source[from + digits] !== POINT) return false;
  for (let at = digits + 1; at < length; at++) if (source[from + at] !== ZERO) return false;
  return true;
}
