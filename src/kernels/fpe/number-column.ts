// Encrypts and decrypts columns of values that are numbers from 0 to a size: integers and dates of a range.

import type { Column, ColumnOutput, ColumnWithNulls } from '../../batch/column.ts';
import { StrategyRefusal } from '../../strategy.ts';
import { type Ranks, ranksBelow } from './ranks.ts';
import { refuse } from './refuse.ts';
import type { Ciphering, ReplaceTexts } from './text-column.ts';

/** Values as numbers below 2^53. */
export interface NumberFormat {
  /** Numbers are from 0 to `size` − 1. */
  readonly size: number;
  /** What a value must be, for messages. */
  readonly wanted: string;
  /** The number of a value, NaN where it has none; only a value that `write` would write has one. */
  read(bytes: Uint8Array, start: number, end: number): number;
  /** Writes a number's value to the current value of an output. */
  write(number: number, output: ColumnOutput): void;
}

/** The same for larger numbers, on text. */
export interface BigNumberFormat {
  readonly size: bigint;
  readonly wanted: string;
  read(text: string): bigint | undefined;
  write(number: bigint): string;
}

/** @throws {UnfitValue} what it returns does, for a value that has no number */
export function numberColumn(format: NumberFormat, ciphering: Ciphering): ReplaceTexts {
  const ranks = ranksBelow(BigInt(format.size));
  return permuted(ranks, ciphering, {
    read(strings, { input, index, output }) {
      const start = input.offsets[index]!; // index < count
      const number = format.read(input.bytes, start, start + input.lengths[index]!); // index < count
      if (!(number >= 0 && number < format.size)) refuse(output, index, format.wanted);
      if (ranks.digits.isSmall) ranks.digits.writeNumber(strings, index * ranks.length, number);
      else ranks.digits.write(strings, index * ranks.length, BigInt(number));
    },
    write(strings, index, output) {
      const at = index * ranks.length;
      format.write(
        ranks.digits.isSmall ? ranks.digits.readNumber(strings, at) : Number(ranks.digits.read(strings, at)),
        output,
      );
    },
  });
}

/** @throws {UnfitValue} what it returns does, for a value that has no number */
export function bigNumberColumn(format: BigNumberFormat, ciphering: Ciphering): ReplaceTexts {
  const ranks = ranksBelow(format.size);
  return permuted(ranks, ciphering, {
    read(strings, { input, index, output }) {
      const start = input.offsets[index]!; // index < count
      const { buffer, byteOffset } = input.bytes;
      const number = format.read(Buffer.from(buffer, byteOffset + start, input.lengths[index]!).toString()); // index < count
      if (number === undefined || number < 0n || number >= format.size) refuse(output, index, format.wanted);
      ranks.digits.write(strings, index * ranks.length, number);
    },
    write(strings, index, output) {
      output.write(Buffer.from(format.write(ranks.digits.read(strings, index * ranks.length))));
    },
  });
}

interface Form {
  /** Puts the number of value `index` into its string. */
  read(
    strings: Uint16Array,
    value: { readonly input: Column; readonly index: number; readonly output: ColumnOutput },
  ): void;
  write(strings: Uint16Array, index: number, output: ColumnOutput): void;
}

function permuted(ranks: Ranks, { cipherOf, direction }: Ciphering, form: Form): ReplaceTexts {
  const cipher = cipherOf(ranks.radix);
  if (ranks.length > cipher.maxLength) {
    throw new StrategyRefusal('the cipher does not take so large a range', 'Bring min and max nearer together.');
  }
  let strings = new Uint16Array();
  let offsets = new Int32Array();
  let lengths = new Int32Array();
  return (input, output, others) => {
    const { count } = input;
    if (count > offsets.length) {
      strings = new Uint16Array(count * ranks.length);
      offsets = Int32Array.from({ length: count }, (_, index) => index * ranks.length);
      lengths = new Int32Array(count).fill(ranks.length);
    }
    for (let index = 0; index < count; index++) form.read(strings, { input, index, output });
    const numerals = { values: strings, offsets, lengths, count };
    ranks.permute(numerals, { cipher, direction, tweaks: others && withoutNulls(others) });
    for (let index = 0; index < count; index++) {
      form.write(strings, index, output);
      output.push();
    }
  };
}

/** Tweaks from another column: NULL is an empty one. */
export function withoutNulls({ bytes, offsets, lengths, count }: ColumnWithNulls): Column {
  return { bytes, offsets, lengths: lengths.map(length => Math.max(0, length)), count };
}
