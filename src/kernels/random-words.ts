// Uniform random words of 32 bits: from the operating system's generator (a CSPRNG), or from a key, one stream for each row.

import { randomFillSync } from 'node:crypto';
import { endianness } from 'node:os';
import { BLOCK_BYTES, type BlockCipher, blockCipher } from './block-cipher.ts';

/** Bytes drawn from the system at once: one call costs as much as a thousand words. */
const SYSTEM_BYTES = 64 * 1024;
const WORDS_PER_BLOCK = BLOCK_BYTES / 4;
/** Blocks that are made together for rows that need more than their seed: of Gaussian draws, one in 256 of them needs a fifth. */
const BLOCKS_AHEAD = 4;
const WORDS_AHEAD = BLOCKS_AHEAD * WORDS_PER_BLOCK;

/** Independent, uniform words, as many as are asked for. Samplers take one, whatever it draws from. */
export class WordStream {
  #words: Uint32Array;
  #at = 0;
  #end = 0;
  readonly #more: (stream: WordStream) => void;

  /** @param more calls `continueWith` when the words at hand are used up */
  constructor(more: (stream: WordStream) => void) {
    this.#more = more;
    this.#words = new Uint32Array(0);
  }

  /** The next word. */
  next(): number {
    if (this.#at === this.#end) this.#more(this);
    return this.#words[this.#at++]!; // at < end
  }

  get isUsedUp(): boolean {
    return this.#at === this.#end;
  }

  /** The next words are these. */
  continueWith(words: Uint32Array, at: number, end: number): void {
    this.#words = words;
    this.#at = at;
    this.#end = end;
  }
}

/** The operating system's generator, drawn in large pieces. */
export function systemWords(): WordStream {
  const words = new Uint32Array(SYSTEM_BYTES / 4);
  return new WordStream(stream => stream.continueWith(randomFillSync(words), 0, words.length));
}

/**
 * A stream for each of many seeds: the seed itself, then AES(key, seed ⊕ 1), AES(key, seed ⊕ 2), … with the counter in the
 * seed's last four bytes. Seeds must be pseudo-random and made with another key. Then this is counter mode from a random
 * start; two seeds come close with a negligible chance.
 */
export class KeyedWords {
  /** Of the seed that `row` chose. */
  readonly stream: WordStream;
  readonly #cipher: BlockCipher;
  #seeds: Uint32Array = new Uint32Array(0);
  /** `BLOCKS_AHEAD` blocks after the seed of each row that `lookAhead` was given. */
  #ahead: Uint32Array = new Uint32Array(0);
  #row = 0;
  /** Blocks of the row that the stream has had, its seed not counted. */
  #counter = 0;

  constructor(key: Uint8Array) {
    this.#cipher = blockCipher(key);
    this.stream = new WordStream(() => this.#continue());
  }

  /** @param seeds 16 bytes for each row, which stay as they are until the next call */
  load(seeds: Uint8Array): void {
    this.#seeds = toWords(seeds);
  }

  /** Moves the stream to the beginning of a row's words. */
  row(row: number): void {
    const from = row * WORDS_PER_BLOCK;
    this.#row = row;
    this.#counter = 0;
    this.stream.continueWith(this.#seeds, from, from + WORDS_PER_BLOCK);
  }

  /** Whether the row's seed is used up and nothing else: where `resume` goes on. */
  get isBehindSeed(): boolean {
    return this.#counter === 0 && this.stream.isUsedUp;
  }

  /** Makes the blocks together that these rows need next: a call of the cipher for each would cost more than all the rest. */
  lookAhead(rows: Int32Array): void {
    const seeds = this.#seeds;
    const blocks = new Uint32Array(rows.length * WORDS_AHEAD);
    for (let index = 0, at = 0; index < rows.length; index++) {
      const seed = rows[index]! * WORDS_PER_BLOCK; // index < length
      for (let counter = 1; counter <= BLOCKS_AHEAD; counter++, at += WORDS_PER_BLOCK) {
        blocks[at] = seeds[seed]!; // four words for each row
        blocks[at + 1] = seeds[seed + 1]!;
        blocks[at + 2] = seeds[seed + 2]!;
        blocks[at + 3] = seeds[seed + 3]! ^ counter;
      }
    }
    this.#ahead = this.#encrypt(blocks);
  }

  /** Moves the stream behind the seed of the row that is number `index` of those of `lookAhead`. */
  resume(index: number, row: number): void {
    const from = index * WORDS_AHEAD;
    this.#row = row;
    this.#counter = BLOCKS_AHEAD;
    this.stream.continueWith(this.#ahead, from, from + WORDS_AHEAD);
  }

  #continue(): void {
    const counter = ++this.#counter;
    const from = this.#row * WORDS_PER_BLOCK;
    const block = this.#seeds.slice(from, from + WORDS_PER_BLOCK);
    block[3]! ^= counter; // a block has four words
    this.stream.continueWith(this.#encrypt(block), 0, WORDS_PER_BLOCK);
  }

  #encrypt(blocks: Uint32Array): Uint32Array {
    return toWords(this.#cipher(toBytes(blocks)));
  }
}

const isLittleEndian = endianness() === 'LE';

/** Little-endian on every machine, so that a key gives the same words everywhere. The same memory where that can be. */
function toWords(bytes: Uint8Array): Uint32Array {
  if (isLittleEndian && bytes.byteOffset % 4 === 0) {
    return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  }
  const words = new Uint32Array(bytes.length / 4);
  const copy = Buffer.from(words.buffer);
  copy.set(bytes);
  if (!isLittleEndian) copy.swap32();
  return words;
}

function toBytes(words: Uint32Array): Uint8Array {
  const bytes = Buffer.from(words.buffer, words.byteOffset, words.byteLength);
  return isLittleEndian ? bytes : Buffer.from(bytes).swap32();
}
