// timestamp, timestamptz (microseconds from 2000-01-01, the outermost numbers are ±infinity) and time (from midnight).
// 64 bits exceed a double, but a day has 2^13 × 10,546,875 microseconds: without its 13 low bits the number has 51.

import type { ColumnOutput } from '../../batch/column.ts';
import { DAY_MICROSECONDS, type Moment, readMoment, readTime, writeMoment, writeTime } from '../../kernels/moments.ts';
import { isAscii, writeAscii } from '../../kernels/number-text.ts';
import type { ValueForm } from '../value-form.ts';
import { readInt32, writeInt32 } from './int32.ts';

const LOW_BITS = 13;
const LOW = 2 ** LOW_BITS;
/** Days in units of 2^13 microseconds. */
const DAY_UNITS = 10_546_875;
/** What the high half of a number counts in those units. */
const HIGH_UNITS = 2 ** (32 - LOW_BITS);

const moment: Moment = { days: 0, microseconds: 0 };

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
      if (!readMoment(bytes, at, end, { moment, hasZone })) return false;
      writeMicroseconds(output, moment.days, moment.microseconds);
      return true;
    },
  };
}

function writeTimestamp(output: ColumnOutput, high: number, low: number, hasZone: boolean): void {
  const units = high * HIGH_UNITS + (low >>> LOW_BITS);
  const days = Math.floor(units / DAY_UNITS);
  moment.days = days;
  moment.microseconds = (units - days * DAY_UNITS) * LOW + (low & (LOW - 1));
  writeMoment(moment, hasZone, output);
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
