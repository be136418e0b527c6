// A column whose replacements another strategy reads: what the target will hold in the rows of that strategy's values.

import type { ColumnWithNulls } from './column.ts';
import type { Batch } from './cut-batches.ts';
import type { ReplacedColumn } from './planned-column.ts';

/** Reads the replacements of one column for one strategy. */
export class ReadReplacedColumn {
  readonly #of: ReplacedColumn;
  #offsets = new Int32Array(0);
  #lengths = new Int32Array(0);

  constructor(of: ReplacedColumn) {
    this.#of = of;
  }

  /**
   * The replacements in those rows of the batch in which column `beside` is not NULL; in all rows without it. The column
   * has been replaced for this batch. Valid until the next call.
   */
  values(batch: Batch, beside?: number): ColumnWithNulls {
    const { number, column } = this.#of;
    const { index } = batch;
    const { bytes, offsets, lengths } = column.replaced;
    const source = column.replacesNulls ? undefined : index.lengths[number]!;
    const asked = beside === undefined ? undefined : index.lengths[beside]!;
    if (this.#offsets.length < index.rows) {
      this.#offsets = new Int32Array(index.maxRows);
      this.#lengths = new Int32Array(index.maxRows);
    }
    let count = 0;
    let next = 0;
    for (let row = 0; row < index.rows; row++) {
      const value = source && source[row]! < 0 ? -1 : next++; // row < rows
      if (asked && asked[row]! < 0) continue;
      this.#offsets[count] = value < 0 ? 0 : offsets[value]!; // as many as were replaced
      this.#lengths[count++] = value < 0 ? -1 : lengths[value]!;
    }
    return { bytes, offsets: this.#offsets, lengths: this.#lengths, count };
  }
}
