// A column of texts as symbols: read into numerals and the places where they stand, and written back with other symbols there.

import type { Column, ColumnOutput } from '../../batch/column.ts';
import { codePointSize } from '../characters.ts';
import type { Numerals } from '../numerals.ts';
import { SEPARATOR, type Symbols, symbolAt } from './symbols.ts';

/** The symbols of one value, and what becomes of them: symbols `from` to `to` are encrypted. One object is filled again and again. */
export interface TextValue {
  /** Numerals of all its symbols begin at `values[at]`. */
  values: Uint16Array;
  at: number;
  /** Symbols. */
  total: number;
  /** Its first byte, 0 where there is none. */
  lead: number;
  /** A format sets these: what is encrypted, and how many of the first and last symbols stay and belong to the tweak. */
  from: number;
  to: number;
  keptFirst: number;
  keptLast: number;
}

/** The symbols of all values of a column. */
export interface TextValues {
  /** Numerals of all symbols of all values, one value after another. */
  readonly values: Uint16Array;
  /** The byte of the column at which each symbol starts. */
  readonly places: Int32Array;
  /** By value: where its symbols begin; they end where those of the next one begin. */
  readonly starts: Int32Array;
  /** By value: the symbols that are encrypted. */
  readonly offsets: Int32Array;
  readonly lengths: Int32Array;
  /** By value: what a format remembers of it. */
  readonly remembered: Int32Array;
}

/** Memory for a column of so many values and bytes; at least as much as `known` has. */
export function roomFor({ count, lengths }: Column, known?: TextValues): TextValues {
  let bytes = 0;
  for (let index = 0; index < count; index++) bytes += lengths[index]!; // index < count
  const isEnough = known && known.values.length >= bytes && known.offsets.length > count;
  if (isEnough) return known;
  const perValue = (): Int32Array => new Int32Array(count + 1);
  return {
    values: new Uint16Array(bytes),
    places: new Int32Array(bytes),
    starts: perValue(),
    offsets: perValue(),
    lengths: perValue(),
    remembered: perValue(),
  };
}

/**
 * Reads the symbols of value `index`; those of the values before it were read.
 * @returns whether it consists of nothing but symbols and separators
 */
export function readSymbols(
  { bytes, offsets, lengths }: Column,
  index: number,
  into: { readonly symbols: Symbols; readonly texts: TextValues },
): boolean {
  const { values, places, starts } = into.texts;
  const { ascii } = into.symbols;
  let next = starts[index]!; // set for the value before it
  const end = offsets[index]! + lengths[index]!; // index < count
  for (let at = offsets[index]!; at < end; ) {
    const lead = bytes[at]!; // at < end
    const symbol = lead < 0x80 ? ascii[lead]! : symbolAt(into.symbols, bytes, at); // below 128
    if (symbol >= 0) {
      values[next] = symbol;
      places[next++] = at;
    } else if (symbol !== SEPARATOR) return false;
    at += lead < 0x80 ? 1 : codePointSize(lead);
  }
  starts[index + 1] = next;
  return true;
}

/** The strings that are encrypted. */
export function freeNumerals({ values, offsets, lengths }: TextValues, count: number): Numerals {
  return { values, offsets, lengths, count };
}

/** Writes value `index` with the symbols of `texts` in the places of its own, and ends it. */
export function writeSymbols(
  input: Column,
  index: number,
  { symbols, texts, output }: { readonly symbols: Symbols; readonly texts: TextValues; readonly output: ColumnOutput },
): void {
  const { values, places, starts } = texts;
  const start = input.offsets[index]!; // index < count
  const end = start + input.lengths[index]!;
  const last = starts[index + 1]!; // there is one more
  if (symbols.isAscii) {
    const shift = output.at - start;
    output.write(input.bytes, start, end);
    const { bytes } = output;
    for (let next = starts[index]!; next < last; next++) {
      bytes[places[next]! + shift] = symbols.bytes[4 * values[next]!]!; // next is one of the value's symbols
    }
  } else {
    let at = start;
    for (let next = starts[index]!; next < last; next++) {
      const numeral = values[next]!; // as above
      const place = places[next]!;
      output.write(input.bytes, at, place);
      output.write(symbols.bytes, 4 * numeral, 4 * numeral + symbols.sizes[numeral]!); // a numeral of the symbols
      at = place + codePointSize(input.bytes[place]!); // the place of a symbol
    }
    output.write(input.bytes, at, end);
  }
  output.push();
}
