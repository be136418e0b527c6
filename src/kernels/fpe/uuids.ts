// UUIDs (RFC 9562): their version and variant stay; all other bits are encrypted, as 61 numerals of two bits.

import { withoutNulls } from './number-column.ts';
import { refuse } from './refuse.ts';
import type { Ciphering, ReplaceTexts } from './text-column.ts';
import { walk } from './walk.ts';

const BITS_RADIX = 4;
/** 30 digits of four bits; of digit 16 the two lower ones; digit 12 is the version. */
const NUMERALS = 61;
const HEX_DIGITS = 32;
const VERSION_DIGIT = 12;
const VARIANT_DIGIT = 16;
const HYPHEN = 0x2d;
const HYPHENS_BEFORE = new Set([8, 12, 16, 20]);

const WANTED = 'it is a UUID, in small letters or in capitals';

const hexValues = new Int8Array(256).fill(-1);
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  hexValues[digit.charCodeAt(0)] = value;
  hexValues[digit.toUpperCase().charCodeAt(0)] = value;
}
const LOWER = Buffer.from('0123456789abcdef');
const UPPER = Buffer.from('0123456789ABCDEF');
const FIRST_LETTER = 10;

/** What is not encrypted of a UUID. */
interface Frame {
  version: number;
  /** The two upper bits of digit 16. */
  variant: number;
  hasHyphens: boolean;
  /** It has a capital: so must what becomes of it, or it could not be told from one in small letters. */
  isUpper: boolean;
}

/** Takes `6f9619ff-8b86-4011-b42d-00c04fc964ff`, with hyphens or without. @throws {UnfitValue} what it returns does, for others */
export function uuidColumn({ cipherOf, direction }: Ciphering): ReplaceTexts {
  const cipher = cipherOf(BITS_RADIX);
  return (input, output, others) => {
    const { count } = input;
    const values = new Uint16Array(count * NUMERALS);
    const frames: Frame[] = [];
    for (let index = 0; index < count; index++) {
      const start = input.offsets[index]!; // index < count
      const frame = readUuid(
        input.bytes,
        { start, end: start + input.lengths[index]! },
        values.subarray(index * NUMERALS),
      ); // index < count
      if (!frame) refuse(output, index, WANTED);
      frames.push(frame);
    }
    const offsets = Int32Array.from({ length: count }, (_, index) => index * NUMERALS);
    const numerals = { values, offsets, lengths: new Int32Array(count).fill(NUMERALS), count };
    const isInside = (start: number, index: number): boolean =>
      !frames[index]!.isUpper || hasLetter(values, start, frames[index]!); // index < count
    walk(numerals, { cipher, direction, tweaks: others && withoutNulls(others), isInside });
    for (const [index, frame] of frames.entries()) {
      output.room(HEX_DIGITS + HYPHENS_BEFORE.size);
      output.at = writeUuid(output.bytes, output.at, { frame, values, from: index * NUMERALS });
      output.push();
    }
  };
}

/** Where the numerals of a digit are: two for each, but one for the variant's, and none for the version's. */
const numeralOf = Int32Array.from({ length: HEX_DIGITS }, (_, digit) => {
  const before = digit > VARIANT_DIGIT ? 3 : digit > VERSION_DIGIT ? 2 : 0;
  return 2 * digit - before;
});

function readUuid(
  bytes: Uint8Array,
  { start, end }: { readonly start: number; readonly end: number },
  numerals: Uint16Array,
): Frame | undefined {
  const hasHyphens = end - start === HEX_DIGITS + HYPHENS_BEFORE.size;
  if (!hasHyphens && end - start !== HEX_DIGITS) return undefined;
  const frame = { version: 0, variant: 0, hasHyphens, isUpper: false };
  let isLower = false;
  for (let digit = 0, at = start; digit < HEX_DIGITS; digit++, at++) {
    if (hasHyphens && HYPHENS_BEFORE.has(digit) && bytes[at++] !== HYPHEN) return undefined;
    const byte = bytes[at]!; // at < end
    const value = hexValues[byte]!; // a byte
    if (value < 0) return undefined;
    if (value >= FIRST_LETTER) {
      if (byte >= 0x61) isLower = true;
      else frame.isUpper = true;
    }
    const numeral = numeralOf[digit]!; // below 32
    if (digit === VERSION_DIGIT) frame.version = value;
    else if (digit === VARIANT_DIGIT) frame.variant = value >> 2;
    else numerals[numeral] = value >> 2;
    if (digit === VARIANT_DIGIT) numerals[numeral] = value & 3;
    else if (digit !== VERSION_DIGIT) numerals[numeral + 1] = value & 3;
  }
  return frame.isUpper && isLower ? undefined : frame;
}

function digitValue(values: Uint16Array, from: number, digit: number, { version, variant }: Frame): number {
  if (digit === VERSION_DIGIT) return version;
  const at = from + numeralOf[digit]!; // below 32
  if (digit === VARIANT_DIGIT) return (variant << 2) | values[at]!; // of the string, as below
  return (values[at]! << 2) | values[at + 1]!;
}

function hasLetter(values: Uint16Array, from: number, frame: Frame): boolean {
  for (let digit = 0; digit < HEX_DIGITS; digit++)
    if (digitValue(values, from, digit, frame) >= FIRST_LETTER) return true;
  return false;
}

function writeUuid(
  bytes: Uint8Array,
  at: number,
  { frame, values, from }: { readonly frame: Frame; readonly values: Uint16Array; readonly from: number },
): number {
  const digits = frame.isUpper ? UPPER : LOWER;
  let next = at;
  for (let digit = 0; digit < HEX_DIGITS; digit++) {
    if (frame.hasHyphens && HYPHENS_BEFORE.has(digit)) bytes[next++] = HYPHEN;
    bytes[next++] = digits[digitValue(values, from, digit, frame)]!; // four bits
  }
  return next;
}
