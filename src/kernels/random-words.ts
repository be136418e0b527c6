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
  readonly #blocksAhead: number;
  #seeds: Uint32Array = new Uint32Array(0);
  /** The blocks after each seed that are made ahead. */
  #ahead: Uint32Array = new Uint32Array(0);
  #row = 0;
  #counter = 0;

  /** @param blocksAhead blocks after the seed that many streams need: they are made together; more of them come one by one */
  constructor(key: Uint8Array, blocksAhead: number) {
    this.#cipher = blockCipher(key);
    this.#blocksAhead = blocksAhead;
    this.stream = new WordStream(() => this.#continue());
  }

  /** @param seeds 16 bytes for each row */
  load(seeds: Uint8Array): void {
    const from = toWords(seeds);
    this.#seeds = from;
    if (this.#blocksAhead === 0) return;
    const blocks = new Uint32Array(from.length * this.#blocksAhead);
    for (let seed = 0, at = 0; seed < from.length; seed += WORDS_PER_BLOCK) {
      for (let counter = 1; counter <= this.#blocksAhead; counter++, at += WORDS_PER_BLOCK) {
        blocks[at] = from[seed]!; // four words for each row
        blocks[at + 1] = from[seed + 1]!;
        blocks[at + 2] = from[seed + 2]!;
        blocks[at + 3] = from[seed + 3]! ^ counter;
      }
    }
    this.#ahead = this.#encrypt(blocks);
  }

  /** Moves the stream to the beginning of a row's words. */
  row(row: number): void {
    const from = row * WORDS_PER_BLOCK;
    this.#row = row;
    this.#counter = 0;
    this.stream.continueWith(this.#seeds, from, from + WORDS_PER_BLOCK);
  }

  #continue(): void {
    const counter = ++this.#counter;
    if (counter <= this.#blocksAhead) {
      const at = (this.#row * this.#blocksAhead + counter - 1) * WORDS_PER_BLOCK;
      this.stream.continueWith(this.#ahead, at, at + WORDS_PER_BLOCK);
      return;
    }
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
