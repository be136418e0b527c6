// date: int32 days from 2000-01-01; the outermost numbers are ±infinity.

import { readDay, writeDay } from '../../kernels/moments.ts';
import { isAscii, writeAscii } from '../../kernels/number-text.ts';
import type { ValueForm } from '../value-form.ts';
import { readInt32, writeInt32 } from './int32.ts';

const PLUS_INFINITY = 0x7fffffff;
const MINUS_INFINITY = -0x80000000;

export const date: ValueForm = {
  fieldBytes: 4,
  decode(bytes, at, _end, output) {
    const days = readInt32(bytes, at);
    if (days === PLUS_INFINITY || days === MINUS_INFINITY) {
      output.at = writeAscii(output.bytes, output.at, days === PLUS_INFINITY ? 'infinity' : '-infinity');
      return;
    }
    writeDay(days, output);
  },
  encode(bytes, at, end, output) {
    const days = readDate(bytes, at, end);
    if (Number.isNaN(days)) return false;
    output.at = writeInt32(output.bytes, output.at, days);
    return true;
  },
};

function readDate(bytes: Uint8Array, at: number, end: number): number {
  if (isAscii(bytes, at, end, 'infinity')) return PLUS_INFINITY;
  if (isAscii(bytes, at, end, '-infinity')) return MINUS_INFINITY;
  return readDay(bytes, at, end);
}
