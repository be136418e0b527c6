// COPY binary (PostgreSQL manual, COPY, "Binary Format"): a header of 19 bytes, then per row an int16 field count and per
// field an int32 length (-1 is NULL) with its bytes, then an int16 -1. All big-endian.

import type { FieldIndex } from '../batch/field-index.ts';
import type { Codec } from './codec.ts';

const HEADER = Uint8Array.from([...Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), 0, 0, 0, 0, 0, 0, 0, 0]);
const TRAILER = Uint8Array.of(0xff, 0xff);
const TRAILER_FIELDS = 0xffff;

function int32(bytes: Uint8Array, at: number): number {
  // The caller has checked that four bytes are there.
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/** Walks one row's fields from `at`; returns the position after it, or the bytes that it needs, negated. */
function scanRow(bytes: Uint8Array, at: number, end: number, index: FieldIndex): number {
  const { fieldCount, planned, starts, lengths, rows } = index;
  let field = at + 2;
  for (let position = 0; position < fieldCount; position++) {
    if (field + 4 > end) return -(field + 4);
    const length = int32(bytes, field);
    field += 4;
    const column = planned[position]!; // position < fieldCount
    if (column >= 0) {
      starts[column]![rows] = field;
      lengths[column]![rows] = length;
    }
    if (length > 0) field += length;
    if (field > end) return -field;
  }
  return field;
}

function scan(bytes: Uint8Array, start: number, end: number, index: FieldIndex): void {
  let at = start;
  let needed = 0;
  index.rows = 0;
  while (index.rows < index.maxRows) {
    if (at + 2 > end) {
      needed = at + 2;
      break;
    }
    const fields = (bytes[at]! << 8) | bytes[at + 1]!; // at + 2 <= end
    if (fields !== index.fieldCount) {
      endOfRows(fields, index);
      break;
    }
    const next = scanRow(bytes, at, end, index);
    if (next < 0) {
      needed = -next;
      break;
    }
    at = next;
    index.rows++;
  }
  index.found(index.rows, at, needed);
}

/**
 * What stands in the place of a row's field count is another number.
 * @throws unless that is the trailer's
 */
export function endOfRows(fields: number, index: FieldIndex): void {
  if (fields !== TRAILER_FIELDS) throw new Error(`a row of ${fields} fields, not ${index.fieldCount}`);
  index.finished = true;
}

export const binaryTuples: Codec = {
  format: 'binary',
  copyOptions: 'format binary',
  header: HEADER,
  trailer: TRAILER,
  scan,
  lengthBytes: 4,
  nullField: Uint8Array.of(0xff, 0xff, 0xff, 0xff),
};
