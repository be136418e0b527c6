// One planned column of a slice: takes its fields out of a batch, has the strategy replace them, checks what came out.

import { type FieldCodec, UnencodableValue } from '../codec/field-codec.ts';
import { AnonymizeError, whereThrown } from '../errors.ts';
import type { ColumnType, PrepareColumn, ReplaceColumn, StrategyInstance } from '../strategy.ts';
import { type Column, ColumnOutput } from './column.ts';
import type { Batch } from './cut-batches.ts';
import { characters, type Fit, misfit } from './fit.ts';
import { ReadColumn, type ReadColumnSpec } from './read-column.ts';
import { ReadReplacedColumn } from './read-replaced-column.ts';
import { replaceWith } from './replace-with.ts';

export interface PlannedColumnSpec {
  /** `schema.table.column`, for messages. */
  readonly place: string;
  readonly strategy: string;
  readonly type: ColumnType;
  readonly notNull: boolean;
  /** The other columns that the strategy reads. */
  readonly reads?: readonly ReadColumnSpec[];
  /** Those whose replacements it reads; of a kept column, what the source holds. */
  readonly readsReplaced?: readonly (ReadColumnSpec | ReplacedColumn)[];
  /** NULLs are replaced, too: the strategy is given them, with a length of -1. */
  readonly replacesNulls?: boolean | undefined;
}

/** A planned column that is replaced before the one which reads it. */
export interface ReplacedColumn {
  readonly number: number;
  readonly column: PlannedColumn;
}

/** What a strategy is given of a batch. */
interface Given {
  readonly input: Column;
  readonly others: Parameters<ReplaceColumn>[2];
  /** The number of the batch's first row. */
  readonly first: number;
}

export class PlannedColumn {
  readonly #spec: PlannedColumnSpec;
  readonly #replace: ReplaceColumn;
  readonly #prepare: PrepareColumn | undefined;
  readonly #others: readonly (ReadColumn | ReadReplacedColumn)[];
  /** Its own fields with the NULLs among them, where they are replaced. */
  #ownValues: ReadColumn | undefined;
  readonly #codec: FieldCodec;
  readonly #fit: Fit;
  readonly #decoded = new ColumnOutput();
  readonly #output = new ColumnOutput();
  readonly #encoded = new ColumnOutput();
  #starts = new Int32Array(0);
  #lengths = new Int32Array(0);
  #firstNumber = 0;
  /** What `prepare` has read of the batch that `replace` comes for next. */
  #prepared: Given | undefined;

  constructor(spec: PlannedColumnSpec, instance: StrategyInstance, codec: FieldCodec) {
    this.#spec = spec;
    this.#replace = replaceWith(instance);
    this.#prepare = instance.prepare;
    this.#others = [...(spec.reads ?? []), ...(spec.readsReplaced ?? [])].map(other =>
      'column' in other ? new ReadReplacedColumn(other) : new ReadColumn(other),
    );
    this.#codec = codec;
    this.#fit = { type: spec.type, notNull: spec.notNull };
  }

  /** A slice begins: `number` and the ones after it belong to its rows, and to no other slice of the table. */
  startSlice(number: number): void {
    this.#firstNumber = number;
    this.#prepared = undefined;
  }

  /** Whether it has a replacement for each row, not only for those that are not NULL. */
  get replacesNulls(): boolean {
    return this.#spec.replacesNulls ?? false;
  }

  /** The replacements of the batch that `replace` was last called for, as values. */
  get replaced(): Column {
    return this.#output;
  }

  /**
   * The replacements of this column's non-null fields (of all, where NULLs are replaced), in the form of the COPY format. Valid until the next call.
   * @param number which of the index's planned columns it is
   * @param firstRow rows of the slice before this batch, for messages
   */
  replace(batch: Batch, number: number, firstRow: number): Column {
    const rowOf = this.#rowOf(batch, number, firstRow);
    try {
      const given = this.#prepared ?? this.#read(batch, number, firstRow);
      this.#prepared = undefined;
      this.#run(given, rowOf);
      this.#check(rowOf);
      this.#decoded.reset(0);
      return this.#codec.encode(this.#output, this.#encoded);
    } catch (cause) {
      throw this.#explain(cause, rowOf);
    }
  }

  /** Whether `prepare` must be awaited before each `replace`. */
  get needsPreparation(): boolean {
    return this.#prepare !== undefined;
  }

  /** Gives the strategy the batch that `replace` will be called for next, with the same arguments. */
  async prepare(batch: Batch, number: number, firstRow: number): Promise<void> {
    const rowOf = this.#rowOf(batch, number, firstRow);
    try {
      const given = this.#read(batch, number, firstRow);
      await this.#prepare?.(given.input, given.others, given.first);
      this.#prepared = given;
    } catch (cause) {
      throw this.#explain(cause, rowOf);
    }
  }

  /** Gives back what a huge value took. */
  free(): void {
    for (const values of [this.#decoded, this.#output, this.#encoded]) values.reset(0);
  }

  /** Empties the outputs and reads the batch. */
  #read(batch: Batch, number: number, firstRow: number): Given {
    const { replacesNulls } = this;
    const { rows, nulls } = batch.index;
    const count = replacesNulls ? rows : rows - nulls[number]!; // number < planned columns
    this.#output.reset(count);
    this.#encoded.reset(count);
    const others = this.#others.map(other => other.values(batch, replacesNulls ? undefined : number));
    return { input: this.#values(batch, number), others, first: this.#firstNumber + firstRow };
  }

  #values(batch: Batch, number: number): Column {
    if (this.replacesNulls) {
      this.#ownValues ??= new ReadColumn({ number, codec: this.#codec });
      return this.#ownValues.values(batch);
    }
    const fields = this.#fields(batch, number);
    this.#decoded.reset(fields.count);
    return this.#codec.decode(fields, this.#decoded);
  }

  /** Of a value, from 0, the row, from 1. */
  #rowOf(batch: Batch, number: number, firstRow: number): (value: number) => number {
    return value => firstRow + (this.replacesNulls ? value : rowOfValue(batch, number, value)) + 1;
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
  #run({ input, others, first }: Given, rowOf: (value: number) => number): void {
    const { place, strategy } = this.#spec;
    const fail = (detail: string): AnonymizeError =>
      new AnonymizeError('ANON_STRATEGY_FAILED', { place, strategy, detail, row: rowOf(this.#output.count) });
    try {
      this.#replace(input, this.#output, others, first);
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
      // biome-ignore lint/plugin: what a strategy says of a value is by contract never the value
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
