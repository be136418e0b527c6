// Which fingerprints are in the vault already, and with which tokens. Millions of questions a second: one array of numbers,
// and no object. It may take what the sets of a worker have together, and forgets when that is used up.

import { type Column, FINGERPRINT_BYTES } from '../strategy.ts';

const WORDS = FINGERPRINT_BYTES / 4;
/** The last word of a slot is mixed with the check of its token, which leaves 96 bits that tell fingerprints apart. */
const MIXED = WORDS - 1;
const FEWEST_SLOTS = 1 << 12;
/** The last word of a slot without a fingerprint. */
const EMPTY = 0;
/** Where more slots are taken, runs of taken ones become long. */
const MOST_TAKEN = 0.75;

/** Bytes that the sets of one worker may still take. */
export interface Room {
  bytes: number;
}

/** An open-addressing hash table. Fingerprints are digests, so they are their own hash. */
export class FingerprintSet {
  readonly #room: Room;
  /** One slot from the start, which stays empty: so that there is one to look at. */
  #slots = new Int32Array(WORDS);
  #count = 0;
  #size = 0;
  /** Takes what `prefetch` reads: what nobody uses would not be read. */
  readonly #seen = new Int32Array(1);

  constructor(room: Room) {
    this.#room = room;
  }

  /** How many fingerprints are in it. */
  get size(): number {
    return this.#size;
  }

  /** How many can be added before one makes room for itself by forgetting all others. */
  get vacancies(): number {
    let slots = this.#count;
    for (let free = this.#room.bytes; free >= growth(slots) * FINGERPRINT_BYTES; slots += growth(slots)) {
      free -= growth(slots) * FINGERPRINT_BYTES;
    }
    return Math.floor(slots * MOST_TAKEN) - this.#size;
  }

  /**
   * Adds the fingerprint whose words begin at `at`, with its token; forgets all others where there is no room.
   * @param check see checkOf
   * @returns whether it was there, with that token
   */
  add(words: Int32Array, at: number, check: number): boolean {
    const mixed = words[at + MIXED]! ^ check || 1; // a fingerprint has all its words
    let slot = this.#slotOf(words, at);
    const before = this.#slots[slot + MIXED];
    if (before === mixed) return true;
    if (before === EMPTY) {
      if (++this.#size > this.#count * MOST_TAKEN) slot = this.#makeRoom(words, at);
      for (let word = 0; word < MIXED; word++) this.#slots[slot + word] = words[at + word]!;
    }
    this.#slots[slot + MIXED] = mixed;
    return false;
  }

  /**
   * Reads the slots that `add` will begin at, of so many fingerprints: the waits for memory overlap, which they hardly do between
   * questions that are answered one after another (40 to 90 ns less for each of 240,000 fingerprints).
   */
  prefetch(words: Int32Array, count: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let seen = 0;
    for (let at = 0; at < count * WORDS; at += WORDS) seen |= slots[Math.imul(words[at]!, WORDS) & mask]!; // of count, inside
    this.#seen[0] = seen;
  }

  clear(): void {
    this.#slots.fill(EMPTY);
    this.#size = 0;
  }

  /** Where its slot begins, or the empty one where it would be. */
  #slotOf(words: Int32Array, at: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    const first = words[at]!; // of one fingerprint, as below
    const second = words[at + 1]!;
    const third = words[at + 2]!;
    let slot = Math.imul(first, WORDS) & mask;
    while (
      slots[slot + MIXED] !== EMPTY &&
      (slots[slot] !== first || slots[slot + 1] !== second || slots[slot + 2] !== third)
    ) {
      slot = (slot + WORDS) & mask;
    }
    return slot;
  }

  /** For a fingerprint that counts already. @returns its new slot */
  #makeRoom(words: Int32Array, at: number): number {
    const more = growth(this.#count);
    if (this.#count > 0 && more * FINGERPRINT_BYTES > this.#room.bytes) {
      this.clear();
      this.#size = 1;
    } else {
      this.#grow(more);
    }
    return this.#slotOf(words, at);
  }

  #grow(more: number): void {
    this.#room.bytes = Math.max(0, this.#room.bytes - more * FINGERPRINT_BYTES);
    this.#count += more;
    const before = this.#slots;
    const slots = new Int32Array(this.#count * WORDS);
    this.#slots = slots;
    for (let old = 0; old < before.length; old += WORDS) {
      if (before[old + MIXED] === EMPTY) continue;
      const slot = this.#slotOf(before, old);
      for (let word = 0; word < WORDS; word++) slots[slot + word] = before[old + word]!; // a slot has all its words
    }
  }
}

/** Slots that are added at once: the first, then as many as there are. */
const growth = (slots: number): number => Math.max(FEWEST_SLOTS, slots);

/** 32 bits that tell the bytes of a token from those of others: FNV-1a by words, since a step waits for the one before it. */
export function checkOf(bytes: Uint8Array, start: number, length: number): number {
  let check = 0x811c9dc5 | 0;
  const end = start + length;
  let at = start;
  for (; at <= end - 4; at += 4) {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24); // inside, as below
    check = scrambled(check ^ word);
  }
  for (; at < end; at++) check = scrambled(check ^ bytes[at]!);
  return check;
}

/** A product only carries upwards, so that the high bytes of a word would hardly count. */
function scrambled(check: number): number {
  const product = Math.imul(check, 0x01000193);
  return product ^ (product >>> 15);
}

/** The same of every token. Apart from the questions, whose waits for memory then overlap: 0.2 µs less for each. */
export function checksOf({ bytes, offsets, lengths, count }: Column): Int32Array {
  const checks = new Int32Array(count);
  for (let index = 0; index < count; index++) checks[index] = checkOf(bytes, offsets[index]!, lengths[index]!); // < count
  return checks;
}

/** Fingerprints as words, from any position: copied where they do not lie on a boundary of words. */
export function wordsOf(fingerprints: Uint8Array, count: number): Int32Array {
  const { buffer, byteOffset } = fingerprints;
  if (byteOffset % 4 === 0) return new Int32Array(buffer, byteOffset, count * WORDS);
  return new Int32Array(fingerprints.slice(0, count * FINGERPRINT_BYTES).buffer);
}

/** Where the words of fingerprint `index` begin. */
export const firstWord = (index: number): number => index * WORDS;
