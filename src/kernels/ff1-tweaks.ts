// The part of FF1's blocks that no round changes: P, and those blocks of Q that hold nothing but tweak and zeros, folded into
// one block for each string by the CBC-MAC of SP 800-38G r1 2pd (Algorithm 6, PRF), xored with the rest of the tweak.

import type { Column } from '../batch/column.ts';
import { BLOCK_BYTES, type BlockCipher } from './block-cipher.ts';
import { CHUNK_VALUES, type Chunk, type Run } from './ff1-chunk.ts';
import { blockP, type Ff1Length } from './ff1-length.ts';

/** P and the whole blocks of the common tweak, folded. */
interface Head {
  readonly state: Uint8Array;
  /** Blocks of Q in it. */
  readonly blocks: number;
  /** Blocks of Q before those that differ from round to round. */
  readonly constantBlocks: number;
}

/** Bounds the memory for columns of ever new lengths. */
const MAX_HEADS = 4096;

const waiting = new Int32Array(CHUNK_VALUES);
const waitingBlocks = new Uint8Array(CHUNK_VALUES * BLOCK_BYTES);
const done = new Int32Array(CHUNK_VALUES);
const heads: Head[] = [];

/** Fills the templates of a run's strings. `tweaks`: one for each string of the column, which follows the common tweak. */
export type FillTemplates = (run: Run, chunk: Chunk, tweaks: Column | undefined) => void;

/** @param tweak common to all strings: T begins with it */
export function templateFiller(cipher: BlockCipher, tweak: Uint8Array): FillTemplates {
  const headOf = headFinder(cipher, tweak);
  return (run, chunk, tweaks) => {
    const { templates, order } = chunk;
    // Without tweaks of their own all strings of a run have the same template.
    const to = tweaks ? run.to : run.from + 1;
    for (let place = run.from; place < to; place++) {
      const own = tweaks ? tweaks.lengths[order[place]!]! : 0; // place < chunk, and it holds a string of the column
      const head = headOf(run.length, tweak.length + own);
      heads[place] = head;
      done[place] = head.blocks;
      templates.set(head.state, place * BLOCK_BYTES);
    }
    const part = { from: run.from, to, tweak, tweaks };
    foldWholeBlocks(chunk, part, cipher);
    for (let place = run.from; place < to; place++) xorTweak(chunk, place, part);
    const size = BLOCK_BYTES;
    for (let place = to; place < run.to; place++) {
      templates.copyWithin(place * size, run.from * size, (run.from + 1) * size);
    }
  };
}

function headFinder(cipher: BlockCipher, tweak: Uint8Array): (length: Ff1Length, t: number) => Head {
  const known = new Map<number, Head>();
  return (length, t) => {
    const key = t * 0x10000 + length.n; // n is below 2^16
    const found = known.get(key);
    if (found) return found;
    if (known.size >= MAX_HEADS) known.clear();
    const head = foldHead(cipher, tweak, { length, t });
    known.set(key, head);
    return head;
  };
}

function foldHead(
  cipher: BlockCipher,
  tweak: Uint8Array,
  { length, t }: { readonly length: Ff1Length; readonly t: number },
): Head {
  const constantBlocks = Math.ceil((t + length.b + 1) / BLOCK_BYTES) - length.roundBlocks;
  const blocks = Math.min(constantBlocks, Math.floor(tweak.length / BLOCK_BYTES));
  let state = cipher(blockP(length, t));
  for (let block = 0; block < blocks; block++) {
    const at = block * BLOCK_BYTES;
    const before = state;
    state = cipher(tweak.subarray(at, at + BLOCK_BYTES).map((byte, index) => byte ^ before[index]!)); // 16 bytes each
  }
  return { state: Uint8Array.from(state), blocks, constantBlocks };
}

interface Part {
  readonly from: number;
  readonly to: number;
  readonly tweak: Uint8Array;
  readonly tweaks: Column | undefined;
}

/** Folds the constant blocks that are left: a block of every string that has one, in one call. */
function foldWholeBlocks(chunk: Chunk, part: Part, cipher: BlockCipher): void {
  const { templates } = chunk;
  for (;;) {
    let count = 0;
    for (let place = part.from; place < part.to; place++) {
      if (done[place]! >= heads[place]!.constantBlocks) continue; // both were set for the run
      xorTweak(chunk, place, part);
      done[place]!++;
      const at = place * BLOCK_BYTES;
      waitingBlocks.set(templates.subarray(at, at + BLOCK_BYTES), count * BLOCK_BYTES);
      waiting[count++] = place;
    }
    if (count === 0) return;
    const folded = cipher(waitingBlocks.subarray(0, count * BLOCK_BYTES));
    for (let index = 0; index < count; index++) {
      const at = index * BLOCK_BYTES;
      templates.set(folded.subarray(at, at + BLOCK_BYTES), waiting[index]! * BLOCK_BYTES); // index < count
    }
  }
}

/** Xors the next block of the tweak, or what there is of it, into a string's template. */
function xorTweak({ templates, order }: Chunk, place: number, { tweak, tweaks }: Part): void {
  const index = order[place]!; // place < chunk
  const t = tweak.length + (tweaks ? tweaks.lengths[index]! : 0); // it is a string of the column
  const first = done[place]! * BLOCK_BYTES; // set for the run
  const own = tweaks ? tweaks.offsets[index]! - tweak.length : 0;
  const end = Math.min(t, first + BLOCK_BYTES);
  for (let at = first; at < end; at++) {
    const byte = at < tweak.length ? tweak[at]! : tweaks!.bytes[own + at]!; // T is the common tweak, then the string's own
    templates[place * BLOCK_BYTES + at - first]! ^= byte;
  }
}
