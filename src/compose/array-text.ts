// Arrays in PostgreSQL's text form (manual, "Arrays", "Array Input and Output Syntax"), taken apart into elements and put
// together again. Whatever is not an element stays as it is: braces, bounds such as [2:3]=, delimiters and NULLs.

import { ColumnOutput } from '../batch/column.ts';
import { type Column, type ColumnWithNulls, UnfitValue } from '../strategy.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const COMMA = 0x2c;
const EQUALS = 0x3d;
const BRACKET = 0x5b;
const NULL = Buffer.from('NULL');

/** Bytes that array_out puts between quotes. */
const IS_QUOTED = new Uint8Array(256);
for (const byte of Buffer.from('"\\{}, \t\n\r\v\f')) IS_QUOTED[byte] = 1;

/** A column of arrays, taken apart. */
export interface TakenArrays {
  /** The elements that are not NULL, one array after another. */
  readonly elements: Column;
  /** For each element, which array it is of. */
  readonly arrayOf: Int32Array;
  /** For each array, its first element; the one behind the last array is the count. */
  readonly firstOf: Int32Array;
  /** Where each element stood in the input, quotes included. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** Takes columns of arrays apart; its memory is used again at each call. */
export class ArrayTaker {
  readonly #elements = new ColumnOutput();
  #arrayOf: number[] = [];
  #starts: number[] = [];
  #ends: number[] = [];

  /** @throws {UnfitValue} for what is no array; `taken` then tells how many were */
  take(input: Column): TakenArrays {
    // A value of n bytes has at most n / 2 elements, plus one.
    const most = input.lengths.subarray(0, input.count).reduce((sum, length) => sum + (length >> 1) + 1, 0);
    this.#elements.reset(most);
    this.#arrayOf = [];
    this.#starts = [];
    this.#ends = [];
    const firstOf = new Int32Array(input.count + 1);
    for (let array = 0; array < input.count; array++) {
      const start = input.offsets[array]!; // array < count, as below
      this.#takeOne(input.bytes, start, start + input.lengths[array]!, array);
      firstOf[array + 1] = this.#starts.length;
    }
    return {
      elements: this.#elements,
      arrayOf: Int32Array.from(this.#arrayOf),
      firstOf,
      starts: Int32Array.from(this.#starts),
      ends: Int32Array.from(this.#ends),
    };
  }

  #takeOne(bytes: Uint8Array, start: number, end: number, array: number): void {
    let at = start;
    if (bytes[at] === BRACKET) {
      while (at < end && bytes[at] !== EQUALS) at++;
      at++;
    }
    if (at >= end || bytes[at] !== OPEN) throw new UnfitValue('an array in braces is wanted');
    let depth = 0;
    while (at < end) {
      const byte = bytes[at]!; // at < end
      if (byte === OPEN) depth++;
      else if (byte === CLOSE) depth--;
      else if (byte !== COMMA) {
        if (depth === 0) break;
        at = this.#takeElement(bytes, at, end, array);
        continue;
      }
      at++;
      if (depth === 0) break;
    }
    if (at !== end || depth !== 0) throw new UnfitValue('an array in braces is wanted');
  }

  /** @returns the position behind the element */
  #takeElement(bytes: Uint8Array, at: number, end: number, array: number): number {
    const output = this.#elements;
    const isQuoted = bytes[at] === QUOTE;
    let next = isQuoted ? at + 1 : at;
    const isEnd = (byte: number): boolean => (isQuoted ? byte === QUOTE : byte === COMMA || byte === CLOSE);
    while (next < end && !isEnd(bytes[next]!)) {
      if (bytes[next] === BACKSLASH) next++;
      output.room(1);
      output.bytes[output.at++] = bytes[next++]!; // next < end, or the array is refused below
    }
    if (next >= end) throw new UnfitValue('an array in braces is wanted');
    if (!isQuoted && isNull(bytes, at, next)) {
      output.at = output.start;
      return next;
    }
    output.push();
    if (isQuoted) next++;
    this.#arrayOf.push(array);
    this.#starts.push(at);
    this.#ends.push(next);
    return next;
  }
}

/** Puts array `array` together with other elements; the caller pushes. */
export function writeArray(
  array: number,
  {
    input,
    taken,
    elements,
  }: { readonly input: Column; readonly taken: TakenArrays; readonly elements: ColumnWithNulls },
  output: ColumnOutput,
): void {
  let kept = input.offsets[array]!; // array < count
  const end = kept + input.lengths[array]!;
  for (let index = taken.firstOf[array]!; index < taken.firstOf[array + 1]!; index++) {
    output.write(input.bytes, kept, taken.starts[index]); // index < elements
    writeElement(elements, index, output);
    kept = taken.ends[index]!;
  }
  output.write(input.bytes, kept, end);
}

function writeElement({ bytes, offsets, lengths }: ColumnWithNulls, index: number, output: ColumnOutput): void {
  const length = lengths[index]!; // index < count, as below
  if (length < 0) {
    output.write(NULL);
    return;
  }
  const start = offsets[index]!;
  const end = start + length;
  if (!needsQuotes(bytes, start, end)) {
    output.write(bytes, start, end);
    return;
  }
  output.room(2 * length + 2);
  const into = output.bytes;
  let at = output.at;
  into[at++] = QUOTE;
  for (let from = start; from < end; from++) {
    const byte = bytes[from]!; // from < end
    if (byte === QUOTE || byte === BACKSLASH) into[at++] = BACKSLASH;
    into[at++] = byte;
  }
  into[at++] = QUOTE;
  output.at = at;
}

function needsQuotes(bytes: Uint8Array, start: number, end: number): boolean {
  if (start === end || isNull(bytes, start, end)) return true;
  for (let at = start; at < end; at++) if (IS_QUOTED[bytes[at]!] === 1) return true; // at < end
  return false;
}

/** NULL in any case. */
function isNull(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== NULL.length) return false;
  for (let at = 0; at < NULL.length; at++) if ((bytes[start + at]! & 0xdf) !== NULL[at]) return false; // within the value
  return true;
}
