// Whether a strategy's output fits its column: NOT NULL, the length of varchar(n), the range of an integer, enum labels.
// The engine checks it, so that no strategy has to, and none can forget.

import type { ColumnType } from '../strategy.ts';
import type { Column } from './column.ts';

export interface Fit {
  readonly type: ColumnType;
  readonly notNull: boolean;
}

export interface Misfit {
  readonly why: 'null' | 'length' | 'type';
  /** Which of the column's values, from 0. */
  readonly value: number;
}

/** The first value that does not fit, if there is one. */
export function misfit(values: Column, { type, notNull }: Fit): Misfit | undefined {
  const limit = type.maxLength ?? Infinity;
  const labels = type.labels && new Set(type.labels);
  const range = type.range && digitRange(type.range);
  if (!notNull && limit === Infinity && !labels && !range) return undefined;
  for (let value = 0; value < values.count; value++) {
    const length = values.lengths[value]!; // value < count
    if (length < 0) {
      if (notNull) return { why: 'null', value };
      continue;
    }
    // A character has at least one byte, so only a value with more bytes than that need be counted.
    if (length > limit && characters(values, value) > limit) return { why: 'length', value };
    if (labels && !labels.has(text(values, value))) return { why: 'type', value };
    if (range && !isWithin(values, value, range)) return { why: 'type', value };
  }
  return undefined;
}

/** Characters (code points) of one value, as PostgreSQL counts them. */
export function characters({ bytes, offsets, lengths }: Column, value: number): number {
  const start = offsets[value]!;
  const end = start + lengths[value]!;
  let count = 0;
  for (let at = start; at < end; at++) if ((bytes[at]! & 0xc0) !== 0x80) count++; // not a continuation byte
  return count;
}

function text({ bytes, offsets, lengths }: Column, value: number): string {
  const start = offsets[value]!;
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, lengths[value]!).toString('utf8');
}

const MINUS = 0x2d;
const ZERO = 0x30;

/** The bounds of an integer type as ASCII digits without signs: digits compare like numbers where they are as many. */
interface DigitRange {
  readonly negative: Uint8Array;
  readonly positive: Uint8Array;
}

/** Integer types have zero in their range. */
const digitRange = ({ min, max }: NonNullable<ColumnType['range']>): DigitRange => ({
  negative: Buffer.from(String(-min)),
  positive: Buffer.from(String(max)),
});

/** Whether a value is -?[0-9]+ and in range. Bytes only: a BigInt per value costs more than most strategies. */
function isWithin({ bytes, offsets, lengths }: Column, value: number, { negative, positive }: DigitRange): boolean {
  let at = offsets[value]!;
  const end = at + lengths[value]!;
  const bound = bytes[at] === MINUS && at < end ? negative : positive;
  if (bound === negative) at++;
  if (at === end) return false;
  for (let position = at; position < end; position++) {
    if (bytes[position]! < ZERO || bytes[position]! > ZERO + 9) return false; // position < end
  }
  while (bytes[at] === ZERO && at < end - 1) at++;
  if (end - at !== bound.length) return end - at < bound.length;
  for (let digit = 0; digit < bound.length; digit++) {
    if (bytes[at + digit] !== bound[digit]) return bytes[at + digit]! < bound[digit]!; // as many digits
  }
  return true;
}
