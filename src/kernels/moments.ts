// Dates and timestamps as text: `2024-02-29 12:34:56.789+00 BC`, exactly, for every one that PostgreSQL has.
// A moment is a day of the calendar and the microseconds since its midnight: 64 bits of microseconds exceed a double.

import type { ColumnOutput } from '../batch/column.ts';
import {
  type Civil,
  civilOfDay,
  dayOfCivil,
  endBeforeEra,
  FIRST_DAY,
  readCivil,
  readUsualDay,
  writeCivil,
  writeEra,
} from './calendar.ts';
import { digitsEnd, readNumber, readTwoDigits, writeAscii, writeDigits, writeTwoDigits } from './number-text.ts';

export const DAY_MICROSECONDS = 86_400e6;
/** 5874898-01-01 and 294277-01-01: the first days that `date` and `timestamp` have not. */
export const END_OF_DATES = 2_145_031_949;
export const END_OF_TIMESTAMPS = 106_751_983;

/** What the digits of a fraction of a second are multiplied by, by their number. */
const MISSING_DIGITS = [1e6, 1e5, 1e4, 1e3, 100, 10, 1] as const;

/** Bytes of `2024-02-29 12:34:56`. */
const USUAL_BYTES = 19;

const ZERO = 0x30;
const COLON = 0x3a;
const SPACE = 0x20;
const CAPITAL_T = 0x54;
const CAPITAL_Z = 0x5a;
const POINT = 0x2e;
const PLUS = 0x2b;
const MINUS = 0x2d;

const civil: Civil = { year: 0, month: 0, day: 0 };

/** A point in time; the functions of this file fill the caller's, so that none is allocated per value. */
export interface Moment {
  /** From 2000-01-01, in UTC. */
  days: number;
  /** Since midnight; whole, and below DAY_MICROSECONDS. */
  microseconds: number;
}

/** The day of `2024-02-29` or `0044-03-15 BC`, or NaN. */
export function readDay(bytes: Uint8Array, at: number, end: number): number {
  if (end - at === 10) return readUsualDay(bytes, at);
  const dateEnd = endBeforeEra(bytes, end);
  if (readCivil(bytes, at, dateEnd, { civil, isBc: dateEnd < end }) !== dateEnd) return NaN;
  const days = dayOfCivil(civil);
  return days >= FIRST_DAY && days < END_OF_DATES ? days : NaN;
}

/** Appends a day as the server prints it. */
export function writeDay(days: number, output: ColumnOutput): void {
  civilOfDay(days, civil);
  output.at = writeEra(output.bytes, writeCivil(output.bytes, output.at, civil), civil);
}

/** Appends a moment as the server prints it; with a zone, as timestamptz in UTC. */
export function writeMoment({ days, microseconds }: Moment, hasZone: boolean, output: ColumnOutput): void {
  civilOfDay(days, civil);
  output.at = writeCivil(output.bytes, output.at, civil);
  output.bytes[output.at++] = SPACE;
  writeTime(output, microseconds);
  if (hasZone) output.at = writeAscii(output.bytes, output.at, '+00');
  output.at = writeEra(output.bytes, output.at, civil);
}

/** Writes `12:34:56.789`: a fraction only where there is one, without zeros at its end. */
export function writeTime(output: ColumnOutput, microseconds: number): void {
  const { bytes } = output;
  let at = output.at;
  const seconds = Math.floor(microseconds / 1e6);
  let fraction = (microseconds - seconds * 1e6) | 0; // below 10^6; a remainder of integers takes a tenth of one of doubles
  const minutes = (seconds / 60) | 0;
  const hours = (minutes / 60) | 0;
  at = writeTwoDigits(bytes, at, hours);
  bytes[at++] = COLON;
  at = writeTwoDigits(bytes, at, minutes - hours * 60);
  bytes[at++] = COLON;
  at = writeTwoDigits(bytes, at, seconds - minutes * 60);
  if (fraction > 0) {
    let digits = 6;
    for (; fraction % 10 === 0; digits--) fraction /= 10;
    bytes[at++] = POINT;
    at = writeDigits(bytes, at, fraction, digits);
  }
  output.at = at;
}

/**
 * Fills a moment from `2024-02-29`, then optionally `12:34:56.789` after a space or T, then optionally a zone, then optionally BC.
 * @returns whether it is one; without `hasZone`, no zone but UTC may be written
 */
export function readMoment(
  bytes: Uint8Array,
  at: number,
  end: number,
  { moment, hasZone }: { readonly moment: Moment; readonly hasZone: boolean },
): boolean {
  const isUsual = hasZone
    ? bytes[end - 3] === PLUS &&
      bytes[end - 2] === ZERO &&
      bytes[end - 1] === ZERO &&
      readUsual(bytes, at, end - 3, moment)
    : readUsual(bytes, at, end, moment);
  if (isUsual) return true;
  const eraStart = endBeforeEra(bytes, end);
  const dateEnd = readCivil(bytes, at, eraStart, { civil, isBc: eraStart < end });
  if (dateEnd < 0) return false;
  let days = dayOfCivil(civil);
  let microseconds = 0;
  if (dateEnd < eraStart) {
    if (bytes[dateEnd] !== SPACE && bytes[dateEnd] !== CAPITAL_T) return false;
    const isUtc = bytes[eraStart - 3] === PLUS && bytes[eraStart - 2] === ZERO && bytes[eraStart - 1] === ZERO;
    const zoneStart = isUtc ? eraStart - 3 : findZone(bytes, dateEnd + 1, eraStart);
    const zone = isUtc ? 0 : readZone(bytes, zoneStart, eraStart);
    microseconds = readTime(bytes, dateEnd + 1, zoneStart);
    if (microseconds < 0 || Number.isNaN(zone) || (!hasZone && zone !== 0)) return false;
    if (zone !== 0) {
      microseconds -= zone * 60e6;
      const carried = Math.floor(microseconds / DAY_MICROSECONDS);
      days += carried;
      microseconds -= carried * DAY_MICROSECONDS;
    }
  }
  moment.days = days;
  moment.microseconds = microseconds;
  return days >= FIRST_DAY && days < END_OF_TIMESTAMPS; // not for NaN
}

/**
 * Fills a moment from `2024-02-29 12:34:56.789`, what servers print of all years from 1 to 9999: 28 ns instead of 42.
 * @returns whether it is one; of what it leaves, `readMoment` decides
 */
function readUsual(bytes: Uint8Array, at: number, end: number, moment: Moment): boolean {
  if (end - at < USUAL_BYTES || bytes[at + 10] !== SPACE) return false;
  const days = readUsualDay(bytes, at);
  const microseconds = readTime(bytes, at + 11, end);
  if (Number.isNaN(days) || microseconds < 0) return false;
  moment.days = days;
  moment.microseconds = microseconds;
  return true;
}

/** Microseconds since midnight of `12:34:56.789`, or -1. */
export function readTime(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 8 || bytes[at + 2] !== COLON || bytes[at + 5] !== COLON) return -1;
  const hours = readTwoDigits(bytes, at);
  const minutes = readTwoDigits(bytes, at + 3);
  const seconds = readTwoDigits(bytes, at + 6);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59) return -1;
  let fraction = 0;
  if (end - at > 8) {
    const digits = end - at - 9;
    if (bytes[at + 8] !== POINT || digits < 1 || digits > 6) return -1;
    for (let position = at + 9; position < end; position++) {
      const digit = bytes[position]! - ZERO; // position < end
      if (digit >>> 0 > 9) return -1;
      fraction = (fraction * 10 + digit) | 0; // below 10^6
    }
    fraction = (fraction * MISSING_DIGITS[digits]!) | 0; // six or fewer
  }
  return ((hours * 60 + minutes) * 60 + seconds) * 1e6 + fraction;
}

function findZone(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && bytes[at] !== PLUS && bytes[at] !== MINUS && bytes[at] !== CAPITAL_Z) at++;
  return at;
}

/** Minutes east of UTC of ``, `Z`, `+00`, `-03:30`; NaN for anything else. */
function readZone(bytes: Uint8Array, at: number, end: number): number {
  if (at === end || (bytes[at] === CAPITAL_Z && at + 1 === end)) return 0;
  const hours = readNumber(bytes, at + 1, Math.min(at + 3, end));
  const hasMinutes = end - at === 6 && bytes[at + 3] === COLON && digitsEnd(bytes, at + 4, end) === end;
  const minutes = hasMinutes ? readNumber(bytes, at + 4, end) : 0;
  const hasShape = bytes[at] !== CAPITAL_Z && (end - at === 3 || hasMinutes);
  if (!hasShape || hours < 0 || hours > 15 || minutes > 59) return NaN;
  return (bytes[at] === MINUS ? -1 : 1) * (hours * 60 + minutes);
}
