// Noise that is a keyed function of a row: AES-CMAC of the row's key and value seeds the row's own stream of random words.

import { type Column, ColumnOutput, type ColumnWithNulls } from '../batch/column.ts';
import { cmacColumn } from './cmac.ts';
import type { Sampler } from './discrete-laplace.ts';
import type { Grid } from './grid.ts';
import { KeyedWords } from './random-words.ts';

/** Blocks of words after the first that draws of a law often need: a Gaussian one takes a block for each try. */
const BLOCKS_AHEAD = { laplace: 0, gaussian: 2 } as const;
const POINT_BYTES = 6;
const LENGTH_BYTES = 4;

export interface NoiseKeys {
  /** Each 32 bytes, of one table, column and epoch. */
  readonly seeds: Uint8Array;
  readonly words: Uint8Array;
}

export interface NoiseSettings {
  readonly grid: Grid;
  readonly mechanism: keyof typeof BLOCKS_AHEAD;
  readonly sample: Sampler;
  readonly keys: NoiseKeys;
}

/** Why a value gets no noise; the value is number `value` of its column. */
export interface Unfit {
  readonly value: number;
  readonly why: 'not a value' | 'no key';
}

/**
 * Adds noise to columns.
 *
 * The value is part of what seeds the noise. Were it not, a value that changes within an epoch would keep its noise, and the
 * difference of two syncs would be the exact difference of the values. So equal rows repeat their noise (and averaging
 * syncs of one epoch gains nothing), and a changed value is a new draw.
 */
export class KeyedNoise {
  readonly #settings: NoiseSettings;
  readonly #seeds: (messages: Column) => Uint8Array;
  readonly #words: KeyedWords;
  readonly #messages = new ColumnOutput();
  #points = new Float64Array(0);

  constructor(settings: NoiseSettings) {
    this.#settings = settings;
    this.#seeds = cmacColumn(settings.keys.seeds);
    this.#words = new KeyedWords(settings.keys.words, BLOCKS_AHEAD[settings.mechanism]);
  }

  /**
   * Pushes a noisy value for each value.
   * @param rowKeys columns that together tell the row
   * @returns the first value that is none or whose row has no key; then nothing was pushed
   */
  add(input: Column, output: ColumnOutput, rowKeys: readonly ColumnWithNulls[]): Unfit | undefined {
    const { grid, sample } = this.#settings;
    const { steps } = grid;
    const unfit = this.#locate(input, rowKeys);
    if (unfit) return unfit;
    const points = this.#points;
    const words = this.#words;
    words.load(this.#seeds(this.#messages));
    for (let value = 0; value < input.count; value++) {
      words.row(value);
      const noisy = points[value]! + sample(words.stream); // value < count
      grid.write(noisy < 0 ? 0 : noisy > steps ? steps : noisy, output);
      output.push();
    }
    return undefined;
  }

  /** Fills `points` and, for the seeds, messages: the point in 6 bytes, then the keys, all but the last with their lengths. */
  #locate({ bytes, offsets, lengths, count }: Column, rowKeys: readonly ColumnWithNulls[]): Unfit | undefined {
    const { grid } = this.#settings;
    const messages = this.#messages;
    messages.reset(count);
    if (this.#points.length < count) this.#points = new Float64Array(count);
    const last = rowKeys.length - 1;
    for (let value = 0; value < count; value++) {
      const start = offsets[value]!; // value < count, as below
      const point = grid.locate(bytes, start, start + lengths[value]!);
      if (Number.isNaN(point)) return { value, why: 'not a value' };
      this.#points[value] = point;
      messages.room(POINT_BYTES);
      appendNumber(messages, point, POINT_BYTES);
      for (let key = 0; key <= last; key++) {
        const column = rowKeys[key]!; // key ≤ last
        const length = column.lengths[value]!;
        if (length < 0) return { value, why: 'no key' };
        if (key < last) {
          messages.room(LENGTH_BYTES);
          appendNumber(messages, length, LENGTH_BYTES);
        }
        const from = column.offsets[value]!;
        messages.write(column.bytes, from, from + length);
      }
      messages.push();
    }
    return undefined;
  }
}

/** Appends a whole number below 2^48, the lowest byte first. */
function appendNumber(output: ColumnOutput, number: number, size: number): void {
  const low = number | 0;
  const { bytes, at } = output;
  bytes[at] = low;
  bytes[at + 1] = low >>> 8;
  bytes[at + 2] = low >>> 16;
  bytes[at + 3] = low >>> 24;
  if (size > 4) {
    const high = (number / 2 ** 32) | 0;
    bytes[at + 4] = high;
    bytes[at + 5] = high >>> 8;
  }
  output.at = at + size;
}
