// Dates and timestamps of a range as numbers from 0: of days, or of the smallest units that the type holds.

import { DAY_MICROSECONDS, type Moment, readDay, readMoment, writeDay, writeMoment } from '../moments.ts';
import type { NumberFormat } from './number-column.ts';

/** First and last day, as days from 2000-01-01. */
export interface DayRange {
  readonly first: number;
  readonly last: number;
  /** For messages: `1900-01-01 to 2099-12-31`. */
  readonly text: string;
}

/** The longest date and timestamp: `294276-12-31 23:59:59.999999+00 BC`, and some. */
const MOST_BYTES = 48;
/** Of a date in ISO form without an era. */
const DATE_BYTES = 10;
const MICROSECOND_DIGITS = 6;

/** The day of `2024-02-29`, from 2000-01-01; NaN where there is no such day. */
export function dayOf(text: string): number {
  const bytes = Buffer.from(text);
  return readDay(bytes, 0, bytes.length);
}

export function dateFormat({ first, last, text }: DayRange): NumberFormat {
  return {
    size: last - first + 1,
    wanted: `it is a date from ${text}`,
    read: (bytes, start, end) => (end - start === DATE_BYTES ? readDay(bytes, start, end) - first : NaN),
    write(number, output) {
      output.room(MOST_BYTES);
      writeDay(number + first, output);
    },
  };
}

export interface TimestampSettings {
  readonly range: DayRange;
  /** Digits of seconds that the type has: 0 to 6. */
  readonly digits: number;
  readonly hasZone: boolean;
}

/** Units of a day: microseconds, or what is left of them. */
export function unitsOfDay(digits: number): number {
  return DAY_MICROSECONDS / 10 ** (MICROSECOND_DIGITS - digits);
}

export function timestampFormat({ range: { first, last, text }, digits, hasZone }: TimestampSettings): NumberFormat {
  const units = unitsOfDay(digits);
  const unit = DAY_MICROSECONDS / units;
  const moment: Moment = { days: 0, microseconds: 0 };
  return {
    size: (last - first + 1) * units,
    wanted: `it is a timestamp from ${text}`,
    read(bytes, start, end) {
      if (!readMoment(bytes, start, end, { moment, hasZone })) return NaN;
      const inDay = moment.microseconds / unit;
      if (!Number.isInteger(inDay)) return NaN;
      return moment.days < first || moment.days > last ? NaN : (moment.days - first) * units + inDay;
    },
    write(number, output) {
      let days = Math.floor(number / units);
      if (days * units > number) days--; // the division was rounded up to a whole number
      moment.days = first + days;
      moment.microseconds = (number - days * units) * unit;
      output.room(MOST_BYTES);
      writeMoment(moment, hasZone, output);
    },
  };
}
