// Fields of COPY text: a backslash escapes (PostgreSQL manual, COPY, "Text Format"). Most values need nothing, and then
// nothing is copied: both ways look at every byte once and return what they were given.

import type { Column, ColumnOutput } from '../batch/column.ts';
import type { FieldCodec } from './field-codec.ts';

const BACKSLASH = 0x5c;
const SMALL_X = 0x78;
/** A byte in each place of a word. */
const BACKSLASHES = 0x5c5c5c5c;
const ONES = 0x01010101;

/** What follows the backslash, by the byte that it stands for; 0 where a byte stands for itself. */
const LETTERS = new Uint8Array(256);
/** The byte that a letter after a backslash stands for; itself for all others. */
const MEANINGS = Uint8Array.from({ length: 256 }, (_, byte) => byte);
for (const [letter, byte] of Object.entries({ b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '\\': BACKSLASH })) {
  LETTERS[byte] = letter.charCodeAt(0);
  MEANINGS[letter.charCodeAt(0)] = byte;
}

interface Change {
  /** Not zero for the bytes that change. */
  readonly isChanged: Uint8Array;
  /** The bytes below this one may change, besides the backslash; the byte in each place of a word. */
  readonly bound: number;
  /** Appends the changed form of [at, end). */
  append(bytes: Uint8Array, at: number, end: number, output: ColumnOutput): void;
}

const ESCAPE: Change = { isChanged: LETTERS, bound: 0x0e0e0e0e, append: appendEscaped };
const UNESCAPE: Change = {
  isChanged: new Uint8Array(256).fill(1, BACKSLASH, BACKSLASH + 1),
  bound: 0,
  append: appendUnescaped,
};

/** Every type's fields in COPY text, as far as escapes go. */
export const textFields: FieldCodec = {
  decode: (fields, scratch) => rewrite(fields, scratch, UNESCAPE),
  encode: (values, scratch) => rewrite(values, scratch, ESCAPE),
};

/** Column as it is when no value needs the change; else all of them in `scratch`. */
function rewrite(column: Column, scratch: ColumnOutput, change: Change): Column {
  const { bytes, offsets, lengths, count } = column;
  const first = firstChangedValue(column, change);
  if (first === count) return column;
  for (let index = 0; index < count; index++) {
    const length = lengths[index]!; // index < count
    if (length < 0) {
      scratch.pushNull();
      continue;
    }
    const start = offsets[index]!;
    const end = start + length;
    if (index < first || firstChangedByte(bytes, start, end, change.isChanged) === end) {
      scratch.pushBytes(bytes, start, end);
    } else {
      change.append(bytes, start, end, scratch);
      scratch.push();
    }
  }
  return scratch;
}

/**
 * The first value that needs the change, or the count. It is all that most columns cost, so it looks at four bytes at a
 * time, and calls nothing that differs between the two changes: one loop that has seen both is four times as slow.
 */
function firstChangedValue({ bytes, offsets, lengths, count }: Column, { isChanged, bound }: Change): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let index = 0; index < count; index++) {
    let at = offsets[index]!; // index < count
    const end = at + lengths[index]!;
    for (; at + 4 <= end; at += 4) {
      const word = view.getInt32(at, true);
      if ((hasBelow(word ^ BACKSLASHES, ONES) | hasBelow(word, bound)) !== 0) break;
    }
    if (at < end && firstChangedByte(bytes, at, end, isChanged) < end) return index;
  }
  return count;
}

/** Not zero where a byte of the word is below the one in the same place of `bound` (at most 0x80 each). */
const hasBelow = (word: number, bound: number): number => (word - bound) & ~word & 0x80808080;

/** The position of the first byte to change, or `end`. */
function firstChangedByte(bytes: Uint8Array, at: number, end: number, isChanged: Uint8Array): number {
  while (at < end && isChanged[bytes[at]!] === 0) at++; // at < end
  return at;
}

/** Appends bytes in the form that COPY text has for them, without ending the value. */
export function appendEscaped(bytes: Uint8Array, start: number, end: number, output: ColumnOutput): void {
  output.room(2 * (end - start));
  const target = output.bytes;
  let at = output.at;
  for (let from = start; from < end; from++) {
    const byte = bytes[from]!; // from < end
    const letter = LETTERS[byte]!; // one per byte
    if (letter === 0) target[at++] = byte;
    else {
      target[at++] = BACKSLASH;
      target[at++] = letter;
    }
  }
  output.at = at;
}

function appendUnescaped(bytes: Uint8Array, start: number, end: number, output: ColumnOutput): void {
  output.room(end - start);
  const target = output.bytes;
  let at = output.at;
  let from = start;
  while (from < end) {
    const byte = bytes[from++]!; // from < end
    if (byte !== BACKSLASH || from === end) {
      target[at++] = byte;
      continue;
    }
    const code = bytes[from]!; // from < end
    const radix = isOctal(code) ? 8 : code === SMALL_X && hexDigit(bytes, from + 1, end) >= 0 ? 16 : 0;
    if (radix === 0) {
      target[at++] = MEANINGS[code]!; // one per byte
      from++;
      continue;
    }
    const digitsEnd = radix === 8 ? octalEnd(bytes, from, end) : hexEnd(bytes, ++from, end);
    let number = 0;
    for (; from < digitsEnd; from++) number = number * radix + hexDigit(bytes, from, end);
    target[at++] = number & 0xff; // as the server does
  }
  output.at = at;
}

const isOctal = (byte: number): boolean => byte >= 0x30 && byte <= 0x37;

/** The end of one to three octal digits. */
function octalEnd(bytes: Uint8Array, at: number, end: number): number {
  const limit = Math.min(at + 3, end);
  while (at < limit && isOctal(bytes[at]!)) at++; // at < limit
  return at;
}

/** The end of one or two hexadecimal digits. */
function hexEnd(bytes: Uint8Array, at: number, end: number): number {
  return hexDigit(bytes, at + 1, end) >= 0 ? at + 2 : at + 1;
}

/** The digit at a position, or -1. */
function hexDigit(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return -1;
  const byte = bytes[at]!; // at < end
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}
