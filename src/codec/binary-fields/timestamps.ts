// timestamp, timestamptz (microseconds from 2000-01-01, the outermost numbers are ±infinity) and time (from midnight).
// 64 bits exceed a double, but a day has 2^13 × 10,546,875 microseconds: without its 13 low bits the number has 51.

import type { ColumnOutput } from '../../batch/column.ts';
import type { ValueForm } from '../value-form.ts';
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
import { digitsEnd, isAscii, readInt32, readNumber, writeAscii, writeDigits, writeInt32 } from './digits.ts';

const LOW_BITS = 13;
const LOW = 2 ** LOW_BITS;
/** Days in units of 2^13 microseconds. */
const DAY_UNITS = 10_546_875;
const DAY_MICROSECONDS = DAY_UNITS * LOW;
/** What the high half of a number counts in those units. */
const HIGH_UNITS = 2 ** (32 - LOW_BITS);
/** 294277-01-01: the first day that PostgreSQL has not. */
const END_DAY = 106_751_983;

const COLON = 0x3a;
const SPACE = 0x20;
const CAPITAL_T = 0x54;
const CAPITAL_Z = 0x5a;
const POINT = 0x2e;
const PLUS = 0x2b;
const MINUS = 0x2d;

const civil: Civil = { year: 0, month: 0, day: 0 };

export const timestamp: ValueForm = timestampForm({ hasZone: false });
export const timestamptz: ValueForm = timestampForm({ hasZone: true });

export const time: ValueForm = {
  fieldBytes: 8,
  decode(bytes, at, _end, output) {
    writeTime(output, readInt32(bytes, at) * 2 ** 32 + (readInt32(bytes, at + 4) >>> 0));
  },
  encode(bytes, at, end, output) {
    const microseconds = isAscii(bytes, at, end, '24:00:00') ? DAY_MICROSECONDS : readTime(bytes, at, end);
    if (microseconds < 0) return false;
    writeMicroseconds(output, 0, microseconds);
    return true;
  },
};

function timestampForm({ hasZone }: { readonly hasZone: boolean }): ValueForm {
  return {
    fieldBytes: 8,
    decode(bytes, at, _end, output) {
      const high = readInt32(bytes, at);
      const low = readInt32(bytes, at + 4);
      if (high === 0x7fffffff && low === -1) output.at = writeAscii(output.bytes, output.at, 'infinity');
      else if (high === -0x80000000 && low === 0) output.at = writeAscii(output.bytes, output.at, '-infinity');
      else writeTimestamp(output, high, low, hasZone);
    },
    encode(bytes, at, end, output) {
      if (isAscii(bytes, at, end, 'infinity')) return writeHalves(output, 0x7fffffff, -1);
      if (isAscii(bytes, at, end, '-infinity')) return writeHalves(output, -0x80000000, 0);
      return encodeTimestamp(bytes, at, end, { hasZone, output });
    },
  };
}

function writeTimestamp(output: ColumnOutput, high: number, low: number, hasZone: boolean): void {
  const units = high * HIGH_UNITS + (low >>> LOW_BITS);
  const days = Math.floor(units / DAY_UNITS);
  civilOfDay(days, civil);
  output.at = writeCivil(output.bytes, output.at, civil);
  output.bytes[output.at++] = SPACE;
  writeTime(output, (units - days * DAY_UNITS) * LOW + (low & (LOW - 1)));
  if (hasZone) output.at = writeAscii(output.bytes, output.at, '+00');
  output.at = writeEra(output.bytes, output.at, civil);
}

/** Writes `12:34:56.789`: a fraction only where there is one, without zeros at its end. */
function writeTime(output: ColumnOutput, microseconds: number): void {
  const { bytes } = output;
  let at = output.at;
  const seconds = Math.floor(microseconds / 1e6);
  let fraction = microseconds - seconds * 1e6;
  const minutes = (seconds / 60) | 0;
  const hours = (minutes / 60) | 0;
  at = writeDigits(bytes, at, hours, 2);
  bytes[at++] = COLON;
  at = writeDigits(bytes, at, minutes - hours * 60, 2);
  bytes[at++] = COLON;
  at = writeDigits(bytes, at, seconds - minutes * 60, 2);
  if (fraction > 0) {
    let digits = 6;
    for (; fraction % 10 === 0; digits--) fraction /= 10;
    bytes[at++] = POINT;
    at = writeDigits(bytes, at, fraction, digits);
  }
  output.at = at;
}

interface Target {
  readonly hasZone: boolean;
  readonly output: ColumnOutput;
}

/** `2024-02-29`, then optionally `12:34:56.789` after a space or T, then optionally a zone, then optionally BC. */
function encodeTimestamp(bytes: Uint8Array, at: number, end: number, { hasZone, output }: Target): boolean {
  const eraStart = endBeforeEra(bytes, end);
  const dateEnd = readCivil(bytes, at, eraStart, { civil, isBc: eraStart < end });
  if (dateEnd < 0) return false;
  let days = dayOfCivil(civil);
  let microseconds = 0;
  if (dateEnd < eraStart) {
    if (bytes[dateEnd] !== SPACE && bytes[dateEnd] !== CAPITAL_T) return false;
    const zoneStart = findZone(bytes, dateEnd + 1, eraStart);
    const zone = readZone(bytes, zoneStart, eraStart);
    microseconds = readTime(bytes, dateEnd + 1, zoneStart);
    if (microseconds < 0 || Number.isNaN(zone) || (!hasZone && zone !== 0)) return false;
    microseconds -= zone * 60e6;
    const carried = Math.floor(microseconds / DAY_MICROSECONDS);
    days += carried;
    microseconds -= carried * DAY_MICROSECONDS;
  }
  if (!(days >= FIRST_DAY && days < END_DAY)) return false; // NaN too
  writeMicroseconds(output, days, microseconds);
  return true;
}

/** Microseconds since midnight of `12:34:56.789`, or -1. */
function readTime(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 8 || bytes[at + 2] !== COLON || bytes[at + 5] !== COLON) return -1;
  const hours = readNumber(bytes, at, at + 2);
  const minutes = readNumber(bytes, at + 3, at + 5);
  const seconds = readNumber(bytes, at + 6, at + 8);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59) return -1;
  let fraction = 0;
  if (end - at > 8) {
    const digits = end - at - 9;
    fraction = bytes[at + 8] === POINT && digits <= 6 ? readNumber(bytes, at + 9, end) * 10 ** (6 - digits) : -1;
    if (fraction < 0) return -1;
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

function writeMicroseconds(output: ColumnOutput, days: number, microseconds: number): void {
  const unitsOfDay = Math.floor(microseconds / LOW);
  const units = days * DAY_UNITS + unitsOfDay;
  const high = Math.floor(units / HIGH_UNITS);
  writeHalves(output, high, (units - high * HIGH_UNITS) * LOW + (microseconds - unitsOfDay * LOW));
}

function writeHalves(output: ColumnOutput, high: number, low: number): true {
  output.at = writeInt32(output.bytes, writeInt32(output.bytes, output.at, high), low);
  return true;
}
