// Grids of dates and timestamps, in units of fixed length. Exact for every date that PostgreSQL has, BC included;
// -infinity is before the first point and infinity behind the last.

import { type Grid, MAX_STEPS } from './grid.ts';
import { DAY_MICROSECONDS } from './moments.ts';
import { infinityOf, type Moment, readTime, type TimeForm, writeTime } from './time-text.ts';

/** Microseconds of each unit. Months and years have no fixed length, so they are none. */
export const UNITS = {
  microsecond: 1,
  millisecond: 1e3,
  second: 1e6,
  minute: 60e6,
  hour: 3600e6,
  day: DAY_MICROSECONDS,
  week: 7 * DAY_MICROSECONDS,
} as const;
export type Unit = keyof typeof UNITS;

export interface TimeGridOptions {
  readonly min: Moment;
  readonly max: Moment;
  readonly unit: Unit;
  readonly form: TimeForm;
}

/** @returns undefined where there are more points than MAX_STEPS, or none */
export function timeGrid({ min, max, unit, form }: TimeGridOptions): Grid | undefined {
  const length = UNITS[unit];
  const days = max.days - min.days;
  const microseconds = max.microseconds - min.microseconds;
  // Either a day has a whole number of units, or a unit has a whole number of days.
  const perDay = DAY_MICROSECONDS / length;
  const daysPerUnit = length / DAY_MICROSECONDS;
  const steps = Math.floor(
    perDay >= 1 ? days * perDay + Math.floor(microseconds / length) : wholeDays(days, microseconds) * perDay,
  );
  if (!(steps >= 1 && steps <= MAX_STEPS)) return undefined;
  const value: Moment = { days: 0, microseconds: 0 };
  /** Units since `min`: exact but for the fraction of the last one, as long as there are fewer than 2^53. */
  const unitsOf = ({ days: day, microseconds: time }: Moment): number =>
    perDay >= 1
      ? (day - min.days) * perDay + (time - min.microseconds) / length
      : (day - min.days + (time - min.microseconds) / DAY_MICROSECONDS) / daysPerUnit;
  return {
    steps,
    locate(bytes, at, end) {
      const infinity = infinityOf(bytes, at, end);
      if (infinity !== 0) return infinity > 0 ? steps : 0;
      if (!readTime(bytes, at, end, { form, value })) return NaN;
      const units = unitsOf(value);
      return units <= 0 ? 0 : Math.min(Math.round(units), steps);
    },
    write(point, output) {
      const wholeDay = Math.floor(perDay >= 1 ? point / perDay : point * daysPerUnit);
      const rest = perDay >= 1 ? (point - wholeDay * perDay) * length : 0;
      value.days = min.days + wholeDay;
      value.microseconds = min.microseconds + rest;
      if (value.microseconds >= DAY_MICROSECONDS) {
        value.microseconds -= DAY_MICROSECONDS;
        value.days++;
      }
      writeTime(value, form, output);
    },
  };
}

const wholeDays = (days: number, microseconds: number): number => (microseconds < 0 ? days - 1 : days);
