// Dates and timestamps of a column as moments, and back to the text of its type.

import type { ColumnOutput } from '../batch/column.ts';
import { type ColumnType, StrategyRefusal } from '../strategy.ts';
import {
  type Civil,
  civilOfDay,
  dayOfCivil,
  endBeforeEra,
  FIRST_DAY,
  readCivil,
  writeCivil,
  writeEra,
} from './calendar.ts';
import { END_OF_DATES, END_OF_TIMESTAMPS, type Moment, readDay, readMoment, writeDay, writeMoment } from './moments.ts';
import { isAscii } from './number-text.ts';

export type { Moment } from './moments.ts';

/** How values look: a date, a timestamp, a timestamp with its zone. */
export type TimeForm = 'date' | 'timestamp' | 'timestamptz';

/** No date and no timestamp has more bytes. */
const MOST_BYTES = 40;

const civil: Civil = { year: 0, month: 0, day: 0 };

/** How values of a date or timestamp type look. */
export function timeForm({ kind, name }: ColumnType): TimeForm {
  if (kind === 'date') return 'date';
  return name.includes('with time zone') || name.startsWith('timestamptz') ? 'timestamptz' : 'timestamp';
}

/** 1 for infinity, -1 for -infinity, 0 for all else. */
export function infinityOf(bytes: Uint8Array, at: number, end: number): -1 | 0 | 1 {
  if (isAscii(bytes, at, end, 'infinity')) return 1;
  return isAscii(bytes, at, end, '-infinity') ? -1 : 0;
}

/** Fills `value` from a text of the form. @returns whether it is one; infinity is none */
export function readTime(
  bytes: Uint8Array,
  at: number,
  end: number,
  { form, value }: { readonly form: TimeForm; readonly value: Moment },
): boolean {
  if (end - at > MOST_BYTES) return false;
  if (form !== 'date') return readMoment(bytes, at, end, { moment: value, hasZone: form === 'timestamptz' });
  value.days = readDay(bytes, at, end);
  value.microseconds = 0;
  return !Number.isNaN(value.days);
}

/** Appends a moment as the server prints it. */
export function writeTime(value: Moment, form: TimeForm, output: ColumnOutput): void {
  output.room(MOST_BYTES);
  if (form === 'date') writeDay(value.days, output);
  else writeMoment(value, form === 'timestamptz', output);
}

/**
 * Appends a date or timestamp moved by whole days; its time of day and zone go over as they are. A day that the type has not
 * is left by moving into the other direction.
 * @returns false for what is none, with nothing written; infinity is none
 */
export function writeShifted(
  { bytes, at, end }: { readonly bytes: Uint8Array; readonly at: number; readonly end: number },
  { days, form }: { readonly days: number; readonly form: TimeForm },
  output: ColumnOutput,
): boolean {
  const eraStart = endBeforeEra(bytes, end);
  const dateEnd = end - at > MOST_BYTES ? -1 : readCivil(bytes, at, eraStart, { civil, isBc: eraStart < end });
  const day = dateEnd < 0 ? NaN : dayOfCivil(civil);
  if (!isDay(day, form) || (form === 'date' && dateEnd !== eraStart)) return false;
  civilOfDay(isDay(day + days, form) ? day + days : day - days, civil);
  output.room(MOST_BYTES);
  output.at = writeCivil(output.bytes, output.at, civil);
  for (let byte = dateEnd; byte < eraStart; byte++) output.bytes[output.at++] = bytes[byte]!; // within the value
  output.at = writeEra(output.bytes, output.at, civil);
  return true;
}

/** Whether the type has a day. */
export function isDay(days: number, form: TimeForm): boolean {
  return days >= FIRST_DAY && days < (form === 'date' ? END_OF_DATES : END_OF_TIMESTAMPS);
}

/** A date or timestamp of the options. @throws {StrategyRefusal} */
export function timeOption(name: string, value: number | string, type: ColumnType): Moment {
  const moment = { days: 0, microseconds: 0 };
  const bytes = Buffer.from(String(value));
  if (readTime(bytes, 0, bytes.length, { form: timeForm(type), value: moment })) return moment;
  throw new StrategyRefusal(
    `${name} is not a value of ${type.name}`,
    "Write it as PostgreSQL does, such as '2024-01-31'.",
  );
}
