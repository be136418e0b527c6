// One planned column of a slice: takes its fields out of a batch, has the strategy replace them, checks what came out.

import { type FieldCodec, UnencodableValue } from '../codec/field-codec.ts';
import { AnonymizeError, whereThrown } from '../errors.ts';
import type { ColumnType, StrategyInstance } from '../strategy.ts';
import { type Column, ColumnOutput } from './column.ts';
import type { Batch } from './cut-batches.ts';
import { characters, type Fit, misfit } from './fit.ts';

export interface PlannedColumnSpec {
  /** `schema.table.column`, for messages. */
  readonly place: string;
  readonly strategy: string;
  readonly type: ColumnType;
  readonly notNull: boolean;
}

type Replace = (input: Column, output: ColumnOutput) => void;

export class PlannedColumn {
  readonly #spec: PlannedColumnSpec;
  readonly #replace: Replace;
  readonly #codec: FieldCodec;
  readonly #fit: Fit;
  readonly #decoded = new ColumnOutput();
  readonly #output = new ColumnOutput();
  readonly #encoded = new ColumnOutput();
  #starts = new Int32Array(0);
  #lengths = new Int32Array(0);

  constructor(spec: PlannedColumnSpec, instance: StrategyInstance, codec: FieldCodec) {
    this.#spec = spec;
    this.#replace = replaceWith(instance);
    this.#codec = codec;
    this.#fit = { type: spec.type, notNull: spec.notNull };
  }

  /**
   * The replacements of this column's non-null fields, in the form of the COPY format. Valid until the next call.
   * @param number which of the index's planned columns it is
   * @param firstRow rows of the slice before this batch, for messages
   */
  replace(batch: Batch, number: number, firstRow: number): Column {
    const fields = this.#fields(batch, number);
    this.#decoded.reset(fields.count);
    this.#output.reset(fields.count);
    this.#encoded.reset(fields.count);
    const rowOf = (value: number): number => firstRow + rowOfValue(batch, number, value) + 1;
    try {
      this.#run(this.#codec.decode(fields, this.#decoded), rowOf);
      this.#check(rowOf);
      this.#decoded.reset(0);
      return this.#codec.encode(this.#output, this.#encoded);
    } catch (cause) {
      throw this.#explain(cause, rowOf);
    }
  }

  /** Gives back what a huge value took. */
  free(): void {
    for (const values of [this.#decoded, this.#output, this.#encoded]) values.reset(0);
  }

  /** The batch's fields without the NULLs; without a copy where there are none. */
  #fields({ bytes, index }: Batch, number: number): Column {
    const offsets = index.starts[number]!; // number < planned columns
    const lengths = index.lengths[number]!;
    const count = index.rows - index.nulls[number]!;
    if (count === index.rows) return { bytes, offsets, lengths, count };
    if (this.#starts.length === 0) {
      this.#starts = new Int32Array(index.maxRows);
      this.#lengths = new Int32Array(index.maxRows);
    }
    let value = 0;
    for (let row = 0; row < index.rows; row++) {
      if (lengths[row]! < 0) continue;
      this.#starts[value] = offsets[row]!;
      this.#lengths[value++] = lengths[row]!;
    }
    return { bytes, offsets: this.#starts, lengths: this.#lengths, count };
  }

  /** Whatever a strategy throws is its own: UnfitValue tells of the value, everything else of a bug in its file. */
  #run(input: Column, rowOf: (value: number) => number): void {
    const { place, strategy } = this.#spec;
    const fail = (detail: string): AnonymizeError =>
      new AnonymizeError('ANON_STRATEGY_FAILED', { place, strategy, detail, row: rowOf(this.#output.count) });
    try {
      this.#replace(input, this.#output);
    } catch (cause) {
      if (isUnfit(cause)) throw cause;
      throw fail(`threw ${cause instanceof Error ? whereThrown(cause) : `a ${typeof cause}`}`);
    }
    if (this.#output.count !== input.count) throw fail(`returned ${this.#output.count} values for ${input.count}`);
  }

  #check(rowOf: (value: number) => number): void {
    const { place, strategy, type } = this.#spec;
    const found = misfit(this.#output, this.#fit);
    if (!found) return;
    const facts = { place, strategy, type: type.name, row: rowOf(found.value) };
    if (found.why === 'null') throw new AnonymizeError('ANON_VALUE_NULL', facts);
    if (found.why === 'type') throw new AnonymizeError('ANON_VALUE_TYPE', facts);
    throw new AnonymizeError('ANON_VALUE_TOO_LONG', { ...facts, length: characters(this.#output, found.value) });
  }

  #explain(cause: unknown, rowOf: (value: number) => number): unknown {
    const { place, strategy, type } = this.#spec;
    if (isUnfit(cause)) {
      const row = rowOf(this.#output.count);
      return new AnonymizeError('ANON_VALUE_UNFIT', { place, strategy, row, detail: cause.message });
    }
    if (cause instanceof UnencodableValue) {
      return new AnonymizeError('ANON_VALUE_TYPE', { place, strategy, type: type.name, row: rowOf(cause.index) });
    }
    return cause;
  }
}

/** By name: a user's strategy may come with its own copy of the class. */
const isUnfit = (cause: unknown): cause is Error => cause instanceof Error && cause.name === 'UnfitValue';

/** The row of the batch that a column's n-th non-null value stands in. */
function rowOfValue({ index }: Batch, number: number, value: number): number {
  let seen = -1;
  for (let row = 0; row < index.rows; row++) {
    if (index.lengths[number]![row]! >= 0 && ++seen === value) return row;
  }
  return 0;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

function replaceWith(instance: StrategyInstance): Replace {
  if ('column' in instance) return (input, output) => instance.column(input, output);
  if ('keep' in instance) throw new Error('a kept column needs no replacement');
  return (input, output) => {
    const { bytes, offsets, lengths, count } = input;
    for (let index = 0; index < count; index++) {
      const start = offsets[index]!; // index < count
      const replaced = instance.value(decoder.decode(bytes.subarray(start, start + lengths[index]!)));
      if (replaced === null) {
        output.pushNull();
        continue;
      }
      output.room(replaced.length * 3); // UTF-8 takes at most three bytes for a UTF-16 unit
      output.at += encoder.encodeInto(replaced, output.bytes.subarray(output.at)).written;
      output.push();
    }
  };
}
