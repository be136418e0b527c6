// Permutes the values of a batch so that no row keeps its own. Batches of a few values would give away who had which: they
// take from the values of the batch before, too.

import { type Column, ColumnOutput } from '../batch/column.ts';
import { DIGEST_BYTES, type Prf } from './prf.ts';

/** Values among which one may hide, at the least. */
export const MIN_BLOCK = 10;
/** Values and bytes of a batch that are kept for a small one after it. */
const MOST_KEPT = 64;
const MOST_KEPT_BYTES = 64 * 1024;

/** Shuffles one batch after another. */
export class ShuffledBlocks {
  readonly #prf: Prf;
  readonly #messages = new ColumnOutput();
  #kept = new ColumnOutput(MOST_KEPT);
  #order = new Int32Array(0);

  constructor(prf: Prf) {
    this.#prf = prf;
  }

  /**
   * Writes the values of `input` in another order.
   * @param number of the first row: the permutation follows from the key and from it
   * @returns false where there are too few values, kept ones included, and nothing was written
   */
  shuffle(input: Column, output: ColumnOutput, number: number): boolean {
    const kept = input.count < MIN_BLOCK ? this.#kept.count : 0;
    const count = input.count + kept;
    if (count < MIN_BLOCK) return input.count === 0;
    this.#permute(count, number);
    for (let index = 0; index < input.count; index++) {
      const from = this.#order[index]!; // below count
      if (from < input.count) pushValue(input, from, output);
      else pushValue(this.#kept, from - input.count, output);
    }
    this.#keep(input);
    return true;
  }

  /** One cycle through all places (Sattolo 1986): each cycle is equally likely, and no place keeps its own. */
  #permute(count: number, number: number): void {
    if (this.#order.length < count) this.#order = new Int32Array(2 * count);
    const order = this.#order;
    for (let place = 0; place < count; place++) order[place] = place;
    const digests = this.#digests(count, number);
    for (let place = count - 1; place > 0; place--) {
      const at = place * WORD;
      const high = (digests[at]! << 16) | (digests[at + 1]! << 8) | digests[at + 2]!; // a word for each place
      const low = (digests[at + 3]! << 16) | (digests[at + 4]! << 8) | digests[at + 5]!;
      const other = Math.floor(((high * 0x1000000 + low) / 2 ** 48) * place);
      const moved = order[place]!; // both are below count
      order[place] = order[other]!;
      order[other] = moved;
    }
  }

  /** WORD bytes for each place. */
  #digests(count: number, number: number): Uint8Array {
    const messages = this.#messages;
    const blocks = Math.ceil((count * WORD) / DIGEST_BYTES);
    messages.reset(blocks);
    for (let block = 0; block < blocks; block++) messages.pushBytes(Buffer.from(`${number}/${count}/${block}`));
    return this.#prf.digests(messages);
  }

  #keep(input: Column): void {
    const from = Math.max(0, input.count - MOST_KEPT);
    if (input.count < MIN_BLOCK) return;
    const kept = this.#kept;
    kept.reset(MOST_KEPT);
    for (let index = from; index < input.count && kept.at < MOST_KEPT_BYTES; index++) pushValue(input, index, kept);
  }
}

/** Of a digest, for one place. */
const WORD = 8;

function pushValue({ bytes, offsets, lengths }: Column, index: number, output: ColumnOutput): void {
  const start = offsets[index]!; // index < count
  output.pushBytes(bytes, start, start + lengths[index]!); // index < count
}
