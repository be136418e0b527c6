// A column that a strategy reads beside its own: the source's values in the rows of the strategy's values.

import type { FieldCodec } from '../codec/field-codec.ts';
import { ColumnOutput, type ColumnWithNulls } from './column.ts';
import type { Batch } from './cut-batches.ts';

/** Which of the index's columns to read, and how. */
export interface ReadColumnSpec {
  readonly number: number;
  readonly codec: FieldCodec;
}

/** Reads one column for one strategy. */
export class ReadColumn {
  readonly #spec: ReadColumnSpec;
  readonly #decoded = new ColumnOutput();
  /** Fields that are not NULL, for the codec; then the values with the NULLs among them. */
  #starts = new Int32Array(0);
  #lengths = new Int32Array(0);
  #offsetsOfAll = new Int32Array(0);
  #lengthsOfAll = new Int32Array(0);

  constructor(spec: ReadColumnSpec) {
    this.#spec = spec;
  }

  /**
   * The values in those rows of the batch in which column `beside` is not NULL; in all rows without it. Valid until the
   * next call.
   */
  values(batch: Batch, beside?: number): ColumnWithNulls {
    const { number, codec } = this.#spec;
    const { bytes, index } = batch;
    const { rows, nulls } = index;
    const offsets = index.starts[number]!; // within the index, as below
    const lengths = index.lengths[number]!;
    if (nulls[number] === 0 && (beside === undefined || nulls[beside] === 0)) {
      this.#decoded.reset(rows);
      return codec.decode({ bytes, offsets, lengths, count: rows }, this.#decoded);
    }
    this.#makeRoom(index.maxRows);
    const asked = beside === undefined ? undefined : index.lengths[beside]!;
    let found = 0;
    for (let row = 0; row < rows; row++) {
      if ((asked && asked[row]! < 0) || lengths[row]! < 0) continue;
      this.#starts[found] = offsets[row]!;
      this.#lengths[found++] = lengths[row]!;
    }
    this.#decoded.reset(found);
    const fields = { bytes, offsets: this.#starts, lengths: this.#lengths, count: found };
    const values = codec.decode(fields, this.#decoded);
    let count = 0;
    let next = 0;
    for (let row = 0; row < rows; row++) {
      if (asked && asked[row]! < 0) continue;
      const isNull = lengths[row]! < 0;
      this.#offsetsOfAll[count] = isNull ? 0 : values.offsets[next]!; // as many as were found
      this.#lengthsOfAll[count++] = isNull ? -1 : values.lengths[next++]!;
    }
    return { bytes: values.bytes, offsets: this.#offsetsOfAll, lengths: this.#lengthsOfAll, count };
  }

  #makeRoom(rows: number): void {
    if (this.#starts.length >= rows) return;
    this.#starts = new Int32Array(rows);
    this.#lengths = new Int32Array(rows);
    this.#offsetsOfAll = new Int32Array(rows);
    this.#lengthsOfAll = new Int32Array(rows);
  }
}
