// COPY text (PostgreSQL manual, COPY, "Text Format"): fields end with a tab, rows with a newline, \N is NULL, and a
// backslash escapes. Rows and fields are cut in bytes: no byte of a multi-byte UTF-8 character is a tab or a newline.

import type { FieldIndex } from '../batch/field-index.ts';
import type { Codec } from './codec.ts';

const TAB = 0x09;
const NEWLINE = 0x0a;
const BACKSLASH = 0x5c;
const CAPITAL_N = 0x4e;

/** The newline's successor, in each byte of a word, and the highest bit of each. */
const ABOVE_ENDS = 0x0b0b0b0b;
const HIGH_BITS = 0x80808080;

/**
 * The position of the next tab or newline, or `end`. It looks at four bytes at once for one below 0x0b: a borrow out of a
 * byte sets its highest bit, and the lowest such bit is exact (a third faster than byte by byte, docs/decisions/0002).
 */
function fieldEnd(view: DataView, at: number, end: number): number {
  while (at + 4 <= end) {
    const word = view.getInt32(at, true);
    const below = (word - ABOVE_ENDS) & ~word & HIGH_BITS;
    if (below === 0) {
      at += 4;
      continue;
    }
    at += (31 - Math.clz32(below & -below)) >> 3;
    if (view.getUint8(at) >= TAB) return at;
    at++; // another control character
  }
  for (; at < end; at++) {
    const byte = view.getUint8(at);
    if (byte === TAB || byte === NEWLINE) return at;
  }
  return end;
}

interface Bytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** Indexes one row's fields up to the last planned one; returns the position after the row, or -1 when it is cut off. */
function scanRow({ bytes, view }: Bytes, at: number, end: number, index: FieldIndex): number {
  const { planned, lastPlanned, starts, lengths, rows } = index;
  let start = at;
  for (let position = 0; position <= lastPlanned; position++) {
    const stop = fieldEnd(view, start, end);
    if (stop === end) return -1;
    const column = planned[position]!; // position < fieldCount
    if (column >= 0) {
      const isNull = stop - start === 2 && bytes[start] === BACKSLASH && bytes[start + 1] === CAPITAL_N;
      starts[column]![rows] = start;
      lengths[column]![rows] = isNull ? -1 : stop - start;
    }
    start = stop + 1;
    if (bytes[stop] === NEWLINE) {
      if (position < lastPlanned) throw new Error('a row with fewer fields than were asked for');
      return start;
    }
  }
  const newline = bytes.indexOf(NEWLINE, start);
  return newline < 0 || newline >= end ? -1 : newline + 1;
}

function scan(bytes: Uint8Array, start: number, end: number, index: FieldIndex): void {
  const viewed = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
  let at = start;
  index.rows = 0;
  while (index.rows < index.maxRows && at < end) {
    const next = scanRow(viewed, at, end, index);
    if (next < 0) break;
    at = next;
    index.rows++;
  }
  index.found(index.rows, at, index.rows < index.maxRows ? at + nextLook(end - at) : 0);
}

/** From this size on, memory counts more than the time of another look. */
const HUGE_ROW_BYTES = 1024 * 1024;

/** How long the row is that was cut off cannot be known: look again when there is a good deal more of it. */
const nextLook = (have: number): number => (have < HUGE_ROW_BYTES ? Math.max(1, 2 * have) : Math.ceil(have * 1.25));

export const textTuples: Codec = {
  format: 'text',
  copyOptions: 'format text',
  header: new Uint8Array(0),
  trailer: new Uint8Array(0),
  scan,
  lengthBytes: 0,
  nullField: Uint8Array.of(BACKSLASH, CAPITAL_N),
};
