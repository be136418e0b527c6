// float4 and float8: IEEE 754, big-endian. Text has the fewest digits that read back as the same number, as the server
// prints them: with an exponent below 10^-4 and from as many digits on as the type keeps (6 and 15).

import type { ColumnOutput } from '../../batch/column.ts';
import { writeAscii } from '../../kernels/number-text.ts';
import type { ValueForm } from '../value-form.ts';
import { type Decimal, roundToSingle, shortestDouble, shortestSingle } from './shortest.ts';

const FLOAT = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;
const ZERO = /^[-+]?[0.]+(?:[eE].*)?$/;
/** Longer texts are no spelling of a float that anybody writes. */
const MAX_TEXT_BYTES = 1100;

const view = new DataView(new ArrayBuffer(8));
const viewBytes = new Uint8Array(view.buffer);

export const float4: ValueForm = {
  fieldBytes: 4,
  decode(bytes, at, end, output) {
    viewBytes.set(bytes.subarray(at, end));
    const number = view.getFloat32(0);
    output.at = writeAscii(output.bytes, output.at, print(number, shortestSingle, 6));
  },
  encode(bytes, at, end, output) {
    const text = readText(bytes, at, end);
    if (text === undefined) return false;
    const number = roundToSingle(text);
    view.setFloat32(0, number);
    return isHeld(text, number) && appendView(output, 4);
  },
};

export const float8: ValueForm = {
  fieldBytes: 8,
  decode(bytes, at, end, output) {
    viewBytes.set(bytes.subarray(at, end));
    const number = view.getFloat64(0);
    output.at = writeAscii(output.bytes, output.at, print(number, shortestDouble, 15));
  },
  encode(bytes, at, end, output) {
    const text = readText(bytes, at, end);
    if (text === undefined) return false;
    const number = Number(text);
    view.setFloat64(0, number);
    return isHeld(text, number) && appendView(output, 8);
  },
};

function print(number: number, shortest: (positive: number) => Decimal, plainDigits: number): string {
  if (!Number.isFinite(number)) return String(number); // NaN, Infinity, -Infinity: the server's own words
  const sign = number < 0 || Object.is(number, -0) ? '-' : '';
  return sign + (number === 0 ? '0' : layOut(shortest(Math.abs(number)), plainDigits));
}

function layOut({ digits, exponent: power }: Decimal, plainDigits: number): string {
  const point = digits.length + power;
  const exponent = point - 1;
  if (exponent < -4 || exponent >= plainDigits) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return `${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`;
  return digits.length <= point ? digits.padEnd(point, '0') : `${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** The text of a number, also NaN and ±Infinity; undefined for anything else. */
function readText(bytes: Uint8Array, at: number, end: number): string | undefined {
  if (end - at > MAX_TEXT_BYTES) return undefined;
  const text = String.fromCharCode(...bytes.subarray(at, end));
  return FLOAT.test(text) || isSpecial(text) ? text : undefined;
}

const isSpecial = (text: string): boolean => text === 'NaN' || text === 'Infinity' || text === '-Infinity';

/** The server refuses what rounds to infinity or to zero without being it. */
function isHeld(text: string, number: number): boolean {
  return isSpecial(text) || (number === 0 ? ZERO.test(text) : Number.isFinite(number));
}

function appendView(output: ColumnOutput, bytes: number): true {
  for (let index = 0; index < bytes; index++) output.bytes[output.at++] = viewBytes[index]!; // index < 8
  return true;
}
