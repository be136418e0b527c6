// The proleptic Gregorian calendar of PostgreSQL: days are counted from 2000-01-01, and year 0 is 1 BC.
// Years are counted from March here, so that the leap day is the last one.

import { digitsEnd, readNumber, readTwoDigits, writeAscii, writeNumber, writeTwoDigits } from './number-text.ts';

const DAYS_IN_400_YEARS = 146_097;
/** Eras of 400 years before the year 0: the first day is in the twelfth. */
const ERAS_BC = 12;
/** From 0000-03-01 to 2000-01-01. */
const EPOCH = 730_425;
const HYPHEN = 0x2d;
/** 4714-11-24 BC: Julian day 0, the first day of every type. */
export const FIRST_DAY = -2_451_545;

/** A day; the functions of this file fill the caller's, so that none is allocated per value. */
export interface Civil {
  /** Astronomical: 0 is 1 BC. */
  year: number;
  month: number;
  day: number;
}

/** Fills `civil` with the date of a day. Exact for every day of the type `date`. */
export function civilOfDay(days: number, civil: Civil): void {
  const sinceMarch = days + EPOCH + ERAS_BC * DAYS_IN_400_YEARS; // never negative: its integer part is its floor, and quicker
  const eras = (sinceMarch / DAYS_IN_400_YEARS) | 0;
  const day = sinceMarch - eras * DAYS_IN_400_YEARS;
  // Days of the era without its leap days: one each 4 years, but not each 100, but the last.
  const year = ((day - ((day / 1460) | 0) + ((day / 36_524) | 0) - ((day / 146_096) | 0)) / 365) | 0;
  const dayOfYear = day - (365 * year + (year >> 2) - ((year / 100) | 0));
  const monthFromMarch = ((5 * dayOfYear + 2) / 153) | 0; // five months have 153 days, from March on
  civil.day = dayOfYear - (((153 * monthFromMarch + 2) / 5) | 0) + 1;
  civil.month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  civil.year = (eras - ERAS_BC) * 400 + year + (civil.month <= 2 ? 1 : 0);
}

/** The day of a date, or NaN when there is no such date. */
export function dayOfCivil({ year, month, day }: Civil): number {
  if (month < 1 || month > 12 || day < 1 || day > daysOfMonth(year, month)) return NaN;
  const yearFromMarch = month <= 2 ? year - 1 : year;
  const era = Math.floor(yearFromMarch / 400);
  const yearOfEra = yearFromMarch - era * 400;
  const dayOfYear = (((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) | 0) + day - 1;
  return era * DAYS_IN_400_YEARS + yearOfEra * 365 + (yearOfEra >> 2) - ((yearOfEra / 100) | 0) + dayOfYear - EPOCH;
}

function daysOfMonth(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

/** Days of each month, and days from the first of March to its first; of February, without the leap day. */
const MONTH_DAYS = Uint8Array.of(0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31);
const DAYS_FROM_MARCH = Int32Array.of(0, 306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275);

/**
 * The day that ten bytes spell as `2024-02-29`, or NaN: what nearly all dates look like, at half the time that `readCivil` and
 * `dayOfCivil` take for any year.
 */
export function readUsualDay(bytes: Uint8Array, at: number): number {
  if (bytes[at + 4] !== HYPHEN || bytes[at + 7] !== HYPHEN) return NaN;
  const century = readTwoDigits(bytes, at);
  const rest = readTwoDigits(bytes, at + 2);
  const month = readTwoDigits(bytes, at + 5);
  const day = readTwoDigits(bytes, at + 8);
  const year = century * 100 + rest;
  if ((century | rest) < 0 || year === 0 || month < 1 || month > 12 || day < 1) return NaN;
  const isLeapDay = month === 2 && day === 29 && (year & 3) === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (day > MONTH_DAYS[month]! && !isLeapDay) return NaN; // month ≤ 12, as below
  const fromMarch = month <= 2 ? year - 1 : year;
  const leapDays = (fromMarch >> 2) - ((fromMarch / 100) | 0) + ((fromMarch / 400) | 0);
  return fromMarch * 365 + leapDays + DAYS_FROM_MARCH[month]! + day - 1 - EPOCH;
}

/** Writes `2024-02-29`, without the BC that may end a value; returns the position after it. */
export function writeCivil(bytes: Uint8Array, at: number, { year, month, day }: Civil): number {
  const shown = year > 0 ? year : 1 - year;
  if (shown < 10_000) {
    const century = (shown / 100) | 0;
    at = writeTwoDigits(bytes, writeTwoDigits(bytes, at, century), shown - century * 100);
  } else at = writeNumber(bytes, at, shown);
  bytes[at] = HYPHEN;
  writeTwoDigits(bytes, at + 1, month);
  bytes[at + 3] = HYPHEN;
  return writeTwoDigits(bytes, at + 4, day);
}

/** Writes the ` BC` where there is one. */
export function writeEra(bytes: Uint8Array, at: number, { year }: Civil): number {
  return year > 0 ? at : writeAscii(bytes, at, ' BC');
}

/** The end of a value without its ` BC`. */
export function endBeforeEra(bytes: Uint8Array, end: number): number {
  const isBc = bytes[end - 1] === 0x43 && bytes[end - 2] === 0x42 && bytes[end - 3] === 0x20;
  return isBc ? end - 3 : end;
}

/** Fills `civil` from `2024-02-29`; returns the position after it, or -1. `isBc` comes from the end of the value. */
export function readCivil(bytes: Uint8Array, at: number, end: number, { civil, isBc }: ReadCivil): number {
  const yearEnd = bytes[at + 4] === HYPHEN ? at + 4 : digitsEnd(bytes, at, end);
  const hasShape =
    yearEnd - at >= 4 && yearEnd + 6 <= end && bytes[yearEnd] === HYPHEN && bytes[yearEnd + 3] === HYPHEN;
  if (!hasShape) return -1;
  const year = readYear(bytes, at, yearEnd);
  if (year < 1 || year > 9_999_999) return -1;
  civil.year = isBc ? 1 - year : year;
  civil.month = readTwoDigits(bytes, yearEnd + 1);
  civil.day = readTwoDigits(bytes, yearEnd + 4);
  return yearEnd + 6;
}

function readYear(bytes: Uint8Array, at: number, end: number): number {
  if (end - at !== 4) return readNumber(bytes, at, end);
  const century = readTwoDigits(bytes, at);
  const year = readTwoDigits(bytes, at + 2);
  return century < 0 || year < 0 ? -1 : century * 100 + year;
}

interface ReadCivil {
  readonly civil: Civil;
  readonly isBc: boolean;
}
