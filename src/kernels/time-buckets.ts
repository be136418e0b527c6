// Dates and timestamps made coarse: the beginning of their month, quarter, year … in UTC, as PostgreSQL's date_trunc has it.

import { type Civil, civilOfDay, dayOfCivil, FIRST_DAY } from './calendar.ts';
import type { Moment } from './time-text.ts';

export const PERIODS = ['hour', 'day', 'week', 'month', 'quarter', 'year', 'decade'] as const;
export type Period = (typeof PERIODS)[number];

const HOUR_MICROSECONDS = 3600e6;
/** Days from a Monday to 2000-01-01. */
const DAYS_FROM_MONDAY = 5;

const civil: Civil = { year: 0, month: 0, day: 0 };

/** Moves a moment to the beginning of its period; not beyond the first day that there is. */
export function beginPeriod(moment: Moment, period: Period): void {
  if (period === 'hour') {
    moment.microseconds -= moment.microseconds % HOUR_MICROSECONDS;
    return;
  }
  moment.microseconds = 0;
  if (period === 'day') return;
  const day = period === 'week' ? mondayOf(moment.days) : firstDayOf(moment.days, period);
  moment.days = day < FIRST_DAY ? FIRST_DAY : day;
}

function mondayOf(days: number): number {
  const sinceMonday = (((days + DAYS_FROM_MONDAY) % 7) + 7) % 7;
  return days - sinceMonday;
}

function firstDayOf(days: number, period: Exclude<Period, 'hour' | 'day' | 'week'>): number {
  civilOfDay(days, civil);
  civil.day = 1;
  if (period === 'quarter') civil.month -= (civil.month - 1) % 3;
  else if (period !== 'month') civil.month = 1;
  if (period === 'decade') civil.year = Math.floor(civil.year / 10) * 10;
  return dayOfCivil(civil);
}
