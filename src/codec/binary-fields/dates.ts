// date: int32 days from 2000-01-01; the outermost numbers are ±infinity.

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
import { isAscii, readInt32, writeAscii, writeInt32 } from './digits.ts';

const PLUS_INFINITY = 0x7fffffff;
const MINUS_INFINITY = -0x80000000;
/** 5874898-01-01: the first day that PostgreSQL has not. */
const END_DAY = 2_145_031_949;

const civil: Civil = { year: 0, month: 0, day: 0 };

export const date: ValueForm = {
  fieldBytes: 4,
  decode(bytes, at, _end, output) {
    const days = readInt32(bytes, at);
    if (days === PLUS_INFINITY || days === MINUS_INFINITY) {
      output.at = writeAscii(output.bytes, output.at, days === PLUS_INFINITY ? 'infinity' : '-infinity');
      return;
    }
    civilOfDay(days, civil);
    output.at = writeEra(output.bytes, writeCivil(output.bytes, output.at, civil), civil);
  },
  encode(bytes, at, end, output) {
    const days = readDay(bytes, at, end);
    if (Number.isNaN(days)) return false;
    output.at = writeInt32(output.bytes, output.at, days);
    return true;
  },
};

function readDay(bytes: Uint8Array, at: number, end: number): number {
  if (isAscii(bytes, at, end, 'infinity')) return PLUS_INFINITY;
  if (isAscii(bytes, at, end, '-infinity')) return MINUS_INFINITY;
  const dateEnd = endBeforeEra(bytes, end);
  if (readCivil(bytes, at, dateEnd, { civil, isBc: dateEnd < end }) !== dateEnd) return NaN;
  const days = dayOfCivil(civil);
  return days >= FIRST_DAY && days < END_DAY ? days : NaN;
}
