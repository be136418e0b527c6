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
  for (let value = 0; value < values.count; value++) {
    const length = values.lengths[value]!; // value < count
    if (length < 0) {
      if (notNull) return { why: 'null', value };
      continue;
    }
    // A character has at least one byte, so only a value with more bytes than that need be counted.
    if (length > limit && characters(values, value) > limit) return { why: 'length', value };
    if (labels && !labels.has(text(values, value))) return { why: 'type', value };
    if (type.range && !isWithin(text(values, value), type.range)) return { why: 'type', value };
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

function isWithin(digits: string, { min, max }: NonNullable<ColumnType['range']>): boolean {
  if (!/^-?\d+$/.test(digits)) return false;
  const number = BigInt(digits);
  return min <= number && number <= max;
}
