// Noise that is a keyed function of a row: AES-CMAC of the row's key and value seeds the row's own stream of random words.

import { type Column, ColumnOutput, type ColumnWithNulls } from '../batch/column.ts';
import { cmacColumn } from './cmac.ts';
import { copyWords, WRITTEN_BEYOND_BYTES } from './copy-words.ts';
import type { Attempt } from './discrete-laplace.ts';
import type { Grid } from './grid.ts';
import { addDraws } from './keyed-draws.ts';
import { KeyedWords } from './random-words.ts';

const POINT_BYTES = 6;
const LENGTH_BYTES = 4;

export interface NoiseKeys {
  /** Each 32 bytes, of one table, column and epoch. */
  readonly seeds: Uint8Array;
  readonly words: Uint8Array;
}

export interface NoiseSettings {
  readonly grid: Grid;
  readonly attempt: Attempt;
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
    this.#words = new KeyedWords(settings.keys.words);
  }

  /**
   * Pushes a noisy value for each value.
   * @param rowKeys columns that together tell the row
   * @returns the first value that is none or whose row has no key; then nothing was pushed
   */
  add(input: Column, output: ColumnOutput, rowKeys: readonly ColumnWithNulls[]): Unfit | undefined {
    const { grid, attempt } = this.#settings;
    const { steps } = grid;
    const unfit = this.#locate(input, rowKeys);
    if (unfit) return unfit;
    const points = this.#points;
    const words = this.#words;
    words.load(this.#seeds(this.#messages));
    addDraws(attempt, words, points, input.count);
    for (let value = 0; value < input.count; value++) {
      const noisy = points[value]!; // value < count
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
    messages.room(sizeOf(rowKeys, count) + WRITTEN_BEYOND_BYTES);
    const target = viewOf(messages.bytes);
    const sources = rowKeys.map(key => viewOf(key.bytes));
    if (this.#points.length < count) this.#points = new Float64Array(count);
    const last = rowKeys.length - 1;
    for (let value = 0; value < count; value++) {
      const start = offsets[value]!; // value < count, as below
      const point = grid.locate(bytes, start, start + lengths[value]!);
      if (Number.isNaN(point)) return { value, why: 'not a value' };
      this.#points[value] = point;
      target.setInt32(messages.at, point | 0, true);
      target.setInt16(messages.at + 4, (point / 2 ** 32) | 0, true);
      messages.at += POINT_BYTES;
      for (let key = 0; key <= last; key++) {
        const column = rowKeys[key]!; // key ≤ last
        const length = column.lengths[value]!;
        if (length < 0) return { value, why: 'no key' };
        if (key < last) {
          target.setInt32(messages.at, length, true);
          messages.at += LENGTH_BYTES;
        }
        copyWords(sources[key]!, column.offsets[value]!, target, messages.at, length); // as many as keys
        messages.at += length;
      }
      messages.push();
    }
    return undefined;
  }
}

/** Bytes of all messages. */
function sizeOf(rowKeys: readonly ColumnWithNulls[], count: number): number {
  let size = count * (POINT_BYTES + LENGTH_BYTES * rowKeys.length);
  for (const { lengths } of rowKeys) for (let value = 0; value < count; value++) size += Math.max(0, lengths[value]!);
  return size;
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);
