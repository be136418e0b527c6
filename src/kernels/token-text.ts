// How a token is written from a seed of 32 bytes: characters of an alphabet, digits, a UUID, or the shape of the value.
// The seed is a digest of the value, or random. Where it has too few bits it is stretched as AES-256's key stream.

import { createCipheriv, createSecretKey, randomFillSync } from 'node:crypto';
import { type Column, ColumnOutput } from '../batch/column.ts';

/** Bytes of a seed. */
export const SEED_BYTES = 32;

/** Writes a token to the current value of the output, from the seed that begins at `from`. */
export type TokenWriter = (seeds: Uint8Array, from: number, source: SourceValue, output: ColumnOutput) => void;

/** The value that a token is for. */
export interface SourceValue {
  readonly input: Column;
  readonly index: number;
}

const WORD_BYTES = 4;
const ZERO_BLOCK = new Uint8Array(16);

/**
 * Numbers that follow from a seed: 32 bits each, so that a number below n has probability 1/n within a relative n / 2^32.
 */
function wordsOf(seeds: Uint8Array, from: number, count: number): Buffer {
  const seed = createSecretKey(seeds.subarray(from, from + SEED_BYTES)); // raw bytes cost four times as much (Node 24)
  return createCipheriv('aes-256-ctr', seed, ZERO_BLOCK).update(Buffer.alloc(count * WORD_BYTES));
}

const below = (words: Buffer, number: number, limit: number): number =>
  Math.floor((words.readUInt32BE(number * WORD_BYTES) / 2 ** 32) * limit);

/** @param characters ASCII, any number of them */
export function alphabetWriter(characters: Uint8Array, length: number): TokenWriter {
  return (seeds, from, _, output) => {
    const words = wordsOf(seeds, from, length);
    output.room(length);
    for (let at = 0; at < length; at++) {
      output.bytes[output.at++] = characters[below(words, at, characters.length)]!; // below its size
    }
  };
}

/** First and last characters of what is replaced by its like; all other bytes stay. */
const CLASSES = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x61, 0x7a],
] as const;

/** Which class a byte is in, from 1; 0 is none. */
const classOf = Uint8Array.from(
  { length: 256 },
  (_, byte) => 1 + CLASSES.findIndex(([a, z]) => byte >= a && byte <= z),
);

/** Whether value `index` has more than punctuation: ASCII letters or digits, at least `least` of them. */
export function hasShape({ bytes, offsets, lengths }: Column, index: number, least: number): boolean {
  const start = offsets[index]!; // index < count, as below
  const end = start + lengths[index]!;
  let found = 0;
  for (let at = start; at < end; at++) {
    if (bytes[at]! >= 0x80) return false;
    if (classOf[bytes[at]!]! > 0) found++;
  }
  return found >= least;
}

/** Digits become digits, capital letters capitals, small ones small ones; everything else stays where it is. */
export const writeShape: TokenWriter = (seeds, from, { input, index }, output) => {
  const start = input.offsets[index]!; // index < input.count, as below
  const length = input.lengths[index]!;
  const words = wordsOf(seeds, from, length);
  output.room(length);
  for (let at = 0; at < length; at++) {
    const byte = input.bytes[start + at]!; // within the value
    const kind = CLASSES[classOf[byte]! - 1];
    output.bytes[output.at++] = kind ? kind[0] + below(words, at, kind[1] - kind[0] + 1) : byte;
  }
};

/** The last letter or digit of the current value becomes the next one of its class. */
export function turnShape({ bytes, start, at }: ColumnOutput): void {
  for (let last = at - 1; last >= start; last--) {
    const kind = CLASSES[classOf[bytes[last]!]! - 1]; // within the value
    if (!kind) continue;
    bytes[last] = bytes[last] === kind[1] ? kind[0] : bytes[last]! + 1;
    return;
  }
}

/** A function that writes random tokens. */
export function tokenDraw(write: TokenWriter): (source: SourceValue) => string {
  const output = new ColumnOutput(1);
  const seed = new Uint8Array(SEED_BYTES);
  return source => {
    output.reset(1);
    write(randomFillSync(seed), 0, source, output);
    return Buffer.from(output.bytes.subarray(0, output.at)).toString('latin1'); // tokens are ASCII
  };
}
