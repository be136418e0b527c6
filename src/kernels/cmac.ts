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
  const subkeys = { k1, k2: doubled(k1) };
  return column => {
    let work = startOf(column);
    for (let from = 0; work.messages.length > 0; from += BLOCK_BYTES) {
      const unfinished = addBlocks(column, work, { from, ...subkeys });
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
  readonly k1: Uint8Array;
  readonly k2: Uint8Array;
}

/**
 * Adds (⊕) each message's block at `from` to its state, with K1 or the padding and K2 if it is the last (6.2, steps 3 and 4).
 * @returns how many messages go on
 */
function addBlocks({ bytes, offsets, lengths }: Column, { messages, states }: Work, { from, k1, k2 }: Step): number {
  const [source, target, whole, part] = [bytes, states, k1, k2].map(viewOf) as [DataView, DataView, DataView, DataView];
  let unfinished = 0;
  for (let slot = 0; slot < messages.length; slot++) {
    const message = messages[slot]!; // slot < length
    const left = lengths[message]! - from; // message < count
    const at = slot * BLOCK_BYTES;
    xor(source, offsets[message]! + from, left, { target, at });
    if (left > BLOCK_BYTES) unfinished++;
    else {
      if (left < BLOCK_BYTES) target.setUint8(at + left, target.getUint8(at + left) ^ PADDING);
      xor(left === BLOCK_BYTES ? whole : part, 0, BLOCK_BYTES, { target, at });
    }
  }
  return unfinished;
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

/** Adds up to a block of bytes, four at a time. */
function xor(
  source: DataView,
  from: number,
  length: number,
  { target, at }: { readonly target: DataView; readonly at: number },
): void {
  const size = length < BLOCK_BYTES ? length : BLOCK_BYTES;
  let byte = 0;
  for (; byte + 4 <= size; byte += 4) {
    target.setInt32(at + byte, target.getInt32(at + byte) ^ source.getInt32(from + byte));
  }
  for (; byte < size; byte++) target.setUint8(at + byte, target.getUint8(at + byte) ^ source.getUint8(from + byte));
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
