// bool, uuid and bytea: bytes that text spells in letters or hexadecimal digits.

import { isAscii } from '../../kernels/number-text.ts';
import type { ValueForm } from '../value-form.ts';

const HYPHEN = 0x2d;
const BACKSLASH = 0x5c;
const SMALL_X = 0x78;
const HEX = Uint8Array.from(Buffer.from('0123456789abcdef'));
/** The digit that an ASCII byte spells, or -1. */
const DIGITS = new Int8Array(256).fill(-1);
for (let digit = 0; digit < 16; digit++) {
  for (const spelt of [digit.toString(16), digit.toString(16).toUpperCase()]) DIGITS[spelt.charCodeAt(0)] = digit;
}

const TRUE_WORDS = ['t', 'true', '1', 'yes', 'on', 'y'];
const FALSE_WORDS = ['f', 'false', '0', 'no', 'off', 'n'];

/** One byte, 0 or 1. */
export const bool: ValueForm = {
  fieldBytes: 1,
  decode(bytes, at, _end, output) {
    output.bytes[output.at++] = bytes[at] === 0 ? 0x66 : 0x74;
  },
  encode(bytes, at, end, output) {
    const isTrue = TRUE_WORDS.some(word => isAscii(bytes, at, end, word));
    if (!isTrue && !FALSE_WORDS.some(word => isAscii(bytes, at, end, word))) return false;
    output.bytes[output.at++] = isTrue ? 1 : 0;
    return true;
  },
};

const isHyphenBefore = (byte: number): boolean => byte === 4 || byte === 6 || byte === 8 || byte === 10;

/** 16 bytes. Accepts 36 characters with hyphens or 32 without, in either case. */
export const uuid: ValueForm = {
  fieldBytes: 16,
  decode(bytes, at, _end, output) {
    const target = output.bytes;
    let to = output.at;
    for (let byte = 0; byte < 16; byte++) {
      if (isHyphenBefore(byte)) target[to++] = HYPHEN;
      const value = bytes[at + byte]!; // fieldBytes holds
      target[to++] = HEX[value >>> 4]!;
      target[to++] = HEX[value & 15]!;
    }
    output.at = to;
  },
  encode(bytes, at, end, output) {
    const hasHyphens = end - at === 36;
    if (!hasHyphens && end - at !== 32) return false;
    let from = at;
    for (let byte = 0; byte < 16; byte++) {
      if (hasHyphens && isHyphenBefore(byte) && bytes[from++] !== HYPHEN) return false;
      const value = (DIGITS[bytes[from++]!]! << 4) | DIGITS[bytes[from++]!]!; // inside the 32 or 36 bytes; -1 stays negative
      if (value < 0) return false;
      output.bytes[output.at++] = value;
    }
    return true;
  },
};

/** The bytes themselves. Accepts the hexadecimal form (`\x…`) only: the older escape form would be ambiguous. */
export const bytea: ValueForm = {
  decode(bytes, at, end, output) {
    output.room(2 + 2 * (end - at));
    const target = output.bytes;
    let to = output.at;
    target[to++] = BACKSLASH;
    target[to++] = SMALL_X;
    for (let from = at; from < end; from++) {
      const value = bytes[from]!; // from < end
      target[to++] = HEX[value >>> 4]!;
      target[to++] = HEX[value & 15]!;
    }
    output.at = to;
  },
  encode(bytes, at, end, output) {
    if (end - at < 2 || bytes[at] !== BACKSLASH || bytes[at + 1] !== SMALL_X || (end - at) % 2 !== 0) return false;
    output.room((end - at) / 2 - 1);
    const target = output.bytes;
    let to = output.at;
    for (let from = at + 2; from < end; from += 2) {
      const value = (DIGITS[bytes[from]!]! << 4) | DIGITS[bytes[from + 1]!]!; // an even number of bytes
      if (value < 0) return false;
      target[to++] = value;
    }
    output.at = to;
    return true;
  },
};
