// Uniform random words of 32 bits: from the operating system's generator (a CSPRNG), or from a key, one stream for each row.

import { randomFillSync } from 'node:crypto';
import { endianness } from 'node:os';
import { BLOCK_BYTES, type BlockCipher, blockCipher } from './block-cipher.ts';

/** Bytes drawn from the system at once: one call costs as much as a thousand words. */
const SYSTEM_BYTES = 64 * 1024;
const WORDS_PER_BLOCK = BLOCK_BYTES / 4;

/** Independent, uniform words, as many as are asked for. Samplers take one, whatever it draws from. */
export class WordStream {
  #words: Uint32Array;
  #at = 0;
  #end = 0;
  readonly #more: () => Uint32Array;

  /** @param more gives the words that follow when the ones at hand are used up */
  constructor(more: () => Uint32Array) {
    this.#more = more;
    this.#words = new Uint32Array(0);
  }

  /** The next word. */
  next(): number {
    if (this.#at === this.#end) this.#refill();
    return this.#words[this.#at++]!; // at < end
  }

  /** The next words are these, and then what `more` gives. */
  continueWith(words: Uint32Array, at: number, end: number): void {
    this.#words = words;
    this.#at = at;
    this.#end = end;
  }

  #refill(): void {
    const words = this.#more();
    this.continueWith(words, 0, words.length);
  }
}

/** The operating system's generator, drawn in large pieces. */
export function systemWords(): WordStream {
  const words = new Uint32Array(SYSTEM_BYTES / 4);
  return new WordStream(() => randomFillSync(words));
}

/**
 * A stream for each of many seeds: word 4i … 4i + 3 of a seed is AES(key, seed ⊕ i), the counter in the seed's last four bytes.
 * With a pseudo-random seed of 128 bits this is counter mode from a random start; two seeds meet with a negligible chance.
 */
export class KeyedWords {
  /** Of the seed that `row` chose. */
  readonly stream: WordStream;
  readonly #cipher: BlockCipher;
  readonly #blocksPerSeed: number;
  #seeds: Uint32Array = new Uint32Array(0);
  #words: Uint32Array = new Uint32Array(0);
  #row = 0;
  #counter = 0;

  /** @param blocksPerSeed blocks that most seeds need: they are made together; more of them come one by one */
  constructor(key: Uint8Array, blocksPerSeed: number) {
    this.#cipher = blockCipher(key);
    this.#blocksPerSeed = blocksPerSeed;
    this.stream = new WordStream(() => this.#encrypt(this.#seedPlus(this.#counter++)));
  }

  /** @param seeds 16 bytes for each row */
  load(seeds: Uint8Array): void {
    const blocksPerSeed = this.#blocksPerSeed;
    const from = toWords(seeds);
    const blocks = new Uint32Array(from.length * blocksPerSeed);
    for (let seed = 0, at = 0; seed < from.length; seed += WORDS_PER_BLOCK) {
      for (let counter = 0; counter < blocksPerSeed; counter++, at += WORDS_PER_BLOCK) {
        blocks[at] = from[seed]!; // four words for each row
        blocks[at + 1] = from[seed + 1]!;
        blocks[at + 2] = from[seed + 2]!;
        blocks[at + 3] = from[seed + 3]! ^ counter;
      }
    }
    this.#seeds = from;
    this.#words = this.#encrypt(blocks);
  }

  /** Moves the stream to the beginning of a row's words. */
  row(row: number): void {
    const perRow = this.#blocksPerSeed * WORDS_PER_BLOCK;
    this.#row = row;
    this.#counter = this.#blocksPerSeed;
    this.stream.continueWith(this.#words, row * perRow, (row + 1) * perRow);
  }

  #seedPlus(counter: number): Uint32Array {
    const from = this.#row * WORDS_PER_BLOCK;
    const block = this.#seeds.slice(from, from + WORDS_PER_BLOCK);
    block[3]! ^= counter; // a block has four words
    return block;
  }

  #encrypt(blocks: Uint32Array): Uint32Array {
    return toWords(this.#cipher(toBytes(blocks)));
  }
}

const isLittleEndian = endianness() === 'LE';

/** Little-endian on every machine, so that a key gives the same words everywhere. */
function toWords(bytes: Uint8Array): Uint32Array {
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
