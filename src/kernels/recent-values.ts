// What short values were last replaced by: names, cities and codes repeat, and looking one up costs a quarter of an HMAC.
// A cache of a fixed size that changes no result, only who computes it.

import type { Column } from '../batch/column.ts';

/** Longer values seldom repeat. */
const MAX_BYTES = 32;
const WORD_BYTES = 4;
const SLOTS = 8192;
/** Values to look at before judging; where fewer than a quarter were known, as many batches go by without looking. */
const TRIAL_VALUES = 16_384;
const WORTH_IT = 0.25;
const REST_BATCHES = 64;

/** The values of a column that were not known, and where the known ones' answers are. */
export interface Lookup {
  /** As a column of its own; entry `i` is value `indexes[i]` of the column that was looked up. */
  readonly misses: Column;
  readonly indexes: Int32Array;
}

/** Remembers one small number for each value. */
export class RecentValues {
  /** The answers for the column at hand, by value; those of misses are for the caller to `learn`. */
  answers = new Int32Array(0);
  readonly #bytes = new Uint8Array(SLOTS * MAX_BYTES);
  readonly #words = new DataView(this.#bytes.buffer);
  /** Byte length + 1; 0 is an empty slot. */
  readonly #lengths = new Uint8Array(SLOTS);
  readonly #known = new Int32Array(SLOTS);
  #slots = new Int32Array(0);
  #indexes = new Int32Array(0);
  #offsets = new Int32Array(0);
  #sizes = new Int32Array(0);
  #looked = 0;
  #found = 0;
  #rest = 0;

  /** Looks up all values of a column. */
  find(input: Column): Lookup {
    this.#makeRoom(input.count);
    const { bytes } = input;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const isResting = this.#rest > 0;
    let missed = 0;
    for (let index = 0; index < input.count; index++) {
      const length = input.lengths[index]!; // index < count
      const start = input.offsets[index]!;
      const slot = isResting || length > MAX_BYTES ? -1 : slotOf(view, start, length);
      if (slot >= 0 && this.#holds(slot, view, start, length)) {
        this.answers[index] = this.#known[slot]!;
        continue;
      }
      this.#slots[missed] = slot;
      this.#indexes[missed] = index;
      this.#offsets[missed] = start;
      this.#sizes[missed++] = length;
    }
    this.#judge(input.count, missed);
    const misses = { bytes: input.bytes, offsets: this.#offsets, lengths: this.#sizes, count: missed };
    return { misses, indexes: this.#indexes };
  }

  /** The answer for miss `miss` of the last lookup. */
  learn({ misses, indexes }: Lookup, miss: number, answer: number): void {
    this.answers[indexes[miss]!] = answer; // miss < misses.count
    const slot = this.#slots[miss]!;
    if (slot < 0) return;
    const start = misses.offsets[miss]!;
    const length = misses.lengths[miss]!;
    for (let byte = 0; byte < length; byte++) this.#bytes[slot * MAX_BYTES + byte] = misses.bytes[start + byte]!;
    this.#lengths[slot] = length + 1;
    this.#known[slot] = answer;
  }

  #holds(slot: number, view: DataView, start: number, length: number): boolean {
    if (this.#lengths[slot] !== length + 1) return false;
    const own = slot * MAX_BYTES;
    if (length < WORD_BYTES) {
      for (let byte = 0; byte < length; byte++)
        if (this.#bytes[own + byte] !== view.getUint8(start + byte)) return false;
      return true;
    }
    const last = length - WORD_BYTES;
    for (let at = 0; at < last; at += WORD_BYTES) {
      if (this.#words.getInt32(own + at) !== view.getInt32(start + at)) return false;
    }
    return this.#words.getInt32(own + last) === view.getInt32(start + last);
  }

  #judge(count: number, missed: number): void {
    if (this.#rest > 0) {
      this.#rest--;
      return;
    }
    this.#looked += count;
    this.#found += count - missed;
    if (this.#looked < TRIAL_VALUES) return;
    if (this.#found < this.#looked * WORTH_IT) this.#rest = REST_BATCHES;
    this.#looked = 0;
    this.#found = 0;
  }

  #makeRoom(count: number): void {
    if (count <= this.answers.length) return;
    this.answers = new Int32Array(count);
    this.#slots = new Int32Array(count);
    this.#indexes = new Int32Array(count);
    this.#offsets = new Int32Array(count);
    this.#sizes = new Int32Array(count);
  }
}

/** A multiplicative hash by words, the last of which may overlap the one before it. */
function slotOf(view: DataView, start: number, length: number): number {
  let hash = 0x811c9dc5 ^ length;
  if (length < WORD_BYTES) {
    for (let at = start; at < start + length; at++) hash = mixed(hash, view.getUint8(at));
  } else {
    const last = start + length - WORD_BYTES;
    for (let at = start; at < last; at += WORD_BYTES) hash = mixed(hash, view.getInt32(at));
    hash = mixed(hash, view.getInt32(last));
  }
  return (hash ^ (hash >>> 16)) & (SLOTS - 1);
}

/** Its low bits, which tell the slot, depend on all bits of the word. */
function mixed(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, 0x9e3779b1); // 2^32 by the golden ratio
  return product ^ (product >>> 15);
}
