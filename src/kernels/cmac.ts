// AES-CMAC (NIST SP 800-38B, RFC 4493) over a column: all first blocks in one call of the cipher, then all second ones …
// A pseudo-random function of messages of any length; on those of a block or two several times as fast as an HMAC.

import type { Column } from '../batch/column.ts';
import { BLOCK_BYTES, blockCipher } from './block-cipher.ts';

/** Bytes of one tag. */
export const TAG_BYTES = BLOCK_BYTES;

/** What reduces a doubling in GF(2^128): R_128 (SP 800-38B, 5.3). */
const R_128 = 0x87;
const PADDING = 0x80;

/**
 * The tags of all values of a column, `TAG_BYTES` each, one after another, in new memory.
 * @param key 16, 24 or 32 bytes, used for nothing else
 */
export function cmacColumn(key: Uint8Array): (column: Column) => Uint8Array {
  const cipher = blockCipher(key);
  const k1 = doubled(cipher(new Uint8Array(BLOCK_BYTES))); // SP 800-38B, 6.1
  const added = addedTo({ k1, k2: doubled(k1) });
  return column => {
    let work = startOf(column);
    for (let from = 0; work.messages.length > 0; from += BLOCK_BYTES) {
      const unfinished = addBlocks(column, work, { from, added });
      const states = cipher(work.states);
      // Mostly all messages have as many blocks: then nothing has to move.
      if (unfinished === work.messages.length) work = { ...work, states };
      else if (work.messages.length === column.count && unfinished === 0) return states;
      else work = separate(column, { ...work, states }, { from, unfinished });
    }
    return work.tags;
  };
}

/** The messages that have not ended, and their states; the tags of those that have. */
interface Work {
  readonly messages: Int32Array;
  readonly states: Uint8Array;
  /** Empty until the first message ends before another. */
  readonly tags: Uint8Array;
}

const NO_TAGS = new Uint8Array(0);
let numbers = new Int32Array(0);

function startOf({ count }: Column): Work {
  if (numbers.length < count) numbers = Int32Array.from({ length: count }, (_, message) => message);
  return { messages: numbers.subarray(0, count), states: new Uint8Array(count * TAG_BYTES), tags: NO_TAGS };
}

interface Step {
  /** Bytes of the messages before this step's blocks. */
  readonly from: number;
  readonly added: Int32Array;
}

const WORDS_PER_BLOCK = BLOCK_BYTES / 4;
/** Which bits of a block's words belong to a message of which so many bytes are left; a full block of more than 16. */
const KEPT = wordsOf(BLOCK_BYTES + 2, (left, block) => block.fill(0xff, 0, Math.min(left, BLOCK_BYTES)));

/**
 * What is added to a block of which so many bytes are left (6.2, steps 3 and 4): the padding and K2, K1 to a last block that
 * is full, nothing where the message goes on.
 */
function addedTo({ k1, k2 }: { readonly k1: Uint8Array; readonly k2: Uint8Array }): Int32Array {
  return wordsOf(BLOCK_BYTES + 2, (left, block) => {
    if (left <= BLOCK_BYTES) block.set(left < BLOCK_BYTES ? k2 : k1);
    if (left < BLOCK_BYTES) block[left]! ^= PADDING; // within the block
  });
}

/** A table of blocks, each as four words, the lowest byte of a word first. */
function wordsOf(blocks: number, fill: (number: number, block: Uint8Array) => void): Int32Array {
  const table = Array.from({ length: blocks }, (_, number) => {
    const block = new Uint8Array(BLOCK_BYTES);
    fill(number, block);
    const view = viewOf(block);
    return Array.from({ length: WORDS_PER_BLOCK }, (__, word) => view.getInt32(4 * word, true));
  });
  return Int32Array.from(table.flat());
}

/**
 * Adds (⊕) each message's block at `from` to its state, with what belongs to its last one. Blocks are read whole, and what
 * is behind their message is masked away: a branch on lengths that vary would cost more.
 * @returns how many messages go on
 */
function addBlocks({ bytes, offsets, lengths }: Column, { messages, states }: Work, { from, added }: Step): number {
  const source = viewOf(bytes);
  const target = viewOf(states);
  const safeEnd = bytes.length - BLOCK_BYTES;
  let unfinished = 0;
  for (let slot = 0; slot < messages.length; slot++) {
    const message = messages[slot]!; // slot < length
    const left = lengths[message]! - from; // message < count
    const start = offsets[message]! + from;
    if (left > BLOCK_BYTES) unfinished++;
    const word = WORDS_PER_BLOCK * (left > BLOCK_BYTES ? BLOCK_BYTES + 1 : left);
    const at = slot * BLOCK_BYTES;
    if (start <= safeEnd) addBlock(source, start, { target, at, word, added });
    else addBlock(viewOf(padded(bytes, start)), 0, { target, at, word, added });
  }
  return unfinished;
}

/** The last bytes of a buffer, and zeros. */
function padded(bytes: Uint8Array, start: number): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES);
  block.set(bytes.subarray(start, start + BLOCK_BYTES));
  return block;
}

interface Addition {
  readonly target: DataView;
  readonly at: number;
  /** Where the block's words are in the tables. */
  readonly word: number;
  readonly added: Int32Array;
}

function addBlock(source: DataView, start: number, { target, at, word, added }: Addition): void {
  for (let index = 0; index < WORDS_PER_BLOCK; index++) {
    const from = source.getInt32(start + 4 * index, true) & KEPT[word + index]!; // both tables have 18 blocks
    target.setInt32(at + 4 * index, target.getInt32(at + 4 * index, true) ^ from ^ added[word + index]!, true);
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** Takes out the tags of the messages that ended; what is left moves together. */
function separate(
  { lengths, count: messageCount }: Column,
  { messages, states, tags: known }: Work,
  { from, unfinished }: { readonly from: number; readonly unfinished: number },
): Work {
  const tags = known.length > 0 ? known : new Uint8Array(messageCount * TAG_BYTES);
  const left = { messages: new Int32Array(unfinished), states: new Uint8Array(unfinished * BLOCK_BYTES) };
  let count = 0;
  for (let slot = 0; slot < messages.length; slot++) {
    const message = messages[slot]!; // slot < length
    const isEnded = lengths[message]! - from <= BLOCK_BYTES; // message < count
    const target = isEnded ? tags : left.states;
    const to = (isEnded ? message : count) * BLOCK_BYTES;
    for (let byte = 0; byte < BLOCK_BYTES; byte++) target[to + byte] = states[slot * BLOCK_BYTES + byte]!; // a block
    if (!isEnded) left.messages[count++] = message;
  }
  return { ...left, tags };
}

/** A block times x in GF(2^128), without a branch on its bits (6.1, steps 2 and 3). */
function doubled(block: Uint8Array): Uint8Array {
  const result = block.map((byte, index) => (byte << 1) | ((block[index + 1] ?? 0) >> 7));
  result[BLOCK_BYTES - 1]! ^= R_128 & -(block[0]! >> 7); // a block has 16 bytes
  return result;
}
