// The memory that FF1 works in: some strings of a column, sorted by length, as numbers in two halves and blocks for the cipher.
// One for each thread, since nothing of it outlives a call.

import { BLOCK_BYTES } from './block-cipher.ts';
import type { Ff1Length } from './ff1-length.ts';
import type { Numerals } from './numerals.ts';

/** Strings in one call of the block cipher: 256 to 1024 are best; fewer pay for the call, more leave the cache. */
export const CHUNK_VALUES = 512;

/** Strings of one length, which stand together in the chunk: places `from` to `to`. */
export interface Run {
  readonly length: Ff1Length;
  readonly from: number;
  readonly to: number;
  /** Where the limbs of the first string begin in each half. */
  readonly at: number;
}

/** Views of the chunk's memory. Place `p` has block `p`; its limbs follow from its run. */
export interface Chunk {
  /** Which string of the column stands in a place. */
  readonly order: Int32Array;
  /** The last blocks of Q, xored into what the cipher made of those before: what a round encrypts. */
  readonly blocks: Uint8Array;
  readonly blockView: DataView;
  /** The same without [i] and NUM(B), which alone differ from round to round. */
  readonly templates: Uint8Array;
  readonly templateView: DataView;
  readonly left: Float64Array;
  readonly right: Float64Array;
}

const order = new Int32Array(CHUNK_VALUES);
const blocks = new Uint8Array(CHUNK_VALUES * BLOCK_BYTES);
const templates = new Uint8Array(CHUNK_VALUES * BLOCK_BYTES);
const fixed = {
  ...{ order, blocks, templates },
  blockView: new DataView(blocks.buffer),
  templateView: new DataView(templates.buffer),
};
let chunk: Chunk = { ...fixed, left: new Float64Array(CHUNK_VALUES), right: new Float64Array(CHUNK_VALUES) };

/** Sorts strings `from` to `to` of a column into runs of one length, and makes room for their halves. */
export function sortByLength(
  { lengths }: Numerals,
  { from, to, lengthOf }: { from: number; to: number; lengthOf: (n: number) => Ff1Length },
): { readonly chunk: Chunk; readonly runs: readonly Run[] } {
  const counts = new Map<number, number>();
  for (let index = from, end = from; index < to; index = end) {
    const n = lengths[index]!; // index < count
    end = endOfEqual(lengths, index, to);
    counts.set(n, (counts.get(n) ?? 0) + end - index);
  }
  const runs: Run[] = [];
  const next = new Map<number, number>();
  let place = 0;
  let limbs = 0;
  for (const [n, count] of counts) {
    const length = lengthOf(n);
    runs.push({ length, from: place, to: place + count, at: limbs });
    next.set(n, place);
    place += count;
    limbs += count * length.limbs;
  }
  for (let index = from; index < to; ) {
    const n = lengths[index]!; // index < count
    let at = next.get(n)!; // every length was counted
    for (const end = endOfEqual(lengths, index, to); index < end; index++) order[at++] = index;
    next.set(n, at);
  }
  if (limbs > chunk.left.length) chunk = { ...fixed, left: new Float64Array(limbs), right: new Float64Array(limbs) };
  return { chunk, runs };
}

/** Where the equal lengths from `from` on end: most columns have many of one length after another. */
function endOfEqual(lengths: Int32Array, from: number, to: number): number {
  let end = from + 1;
  while (end < to && lengths[end] === lengths[from]) end++;
  return end;
}
