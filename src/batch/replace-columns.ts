// The middle of the pipeline: batches in, the same rows with their planned columns replaced out.

import type { Column } from './column.ts';
import { type Cutting, cutBatches } from './cut-batches.ts';
import type { PlannedColumn } from './planned-column.ts';
import { splice } from './splice.ts';

/** Told after each batch what went through. */
export type CountProgress = (rows: number, bytes: number) => void;

export interface Replacing {
  readonly cutting: Cutting;
  /** One per planned column, in the order of the table's fields. */
  readonly columns: readonly PlannedColumn[];
  /** Their numbers in the order in which they are replaced, where some read what became of others. */
  readonly order?: readonly number[] | undefined;
  readonly count: CountProgress;
  readonly stored?: Stored | undefined;
  readonly pace?: Pace | undefined;
  /** Says where the target is to take what it has got so far, before more rows come: by END_OF_PART. */
  readonly endsPart?: EndsPart | undefined;
}

/** Told what each batch has; true when a part ends after it. */
export type EndsPart = (rows: number, bytes: number) => boolean;

/** Stands between two parts of the stream, each of which is whole: with header and trailer. */
export const END_OF_PART = Buffer.alloc(0);

/** Asked before each batch: undefined to go on, or what to wait for. */
export type Pace = () => Promise<void> | undefined;

/** What strategies note in the control database while rows go by. */
export interface Stored {
  /** Resolves when there is room for what another batch brings. */
  room(): Promise<void>;
  /** Resolves when all of it is committed: only then may rows be. */
  settle(): Promise<void>;
}

/**
 * Replaces the planned columns of a COPY stream; header and trailer included on both sides. Pieces of LARGE_BYTES and
 * more are valid until the next is asked for.
 */
export async function* replaceColumns(
  chunks: AsyncIterable<Uint8Array>,
  { cutting, columns, order = [...columns.keys()], count, stored, pace, endsPart }: Replacing,
): AsyncGenerator<Uint8Array> {
  const { codec } = cutting;
  let rows = 0;
  if (codec.header.length > 0) yield codec.header;
  for await (const batch of cutBatches(chunks, cutting)) {
    const turn = pace?.();
    if (turn) await turn;
    await stored?.room();
    const replaced: Column[] = [];
    for (const number of order) {
      const column = columns[number]!; // one of them
      if (column.needsPreparation) await column.prepare(batch, number, rows);
      replaced[number] = column.replace(batch, number, rows);
    }
    const pieces = splice(batch, codec, replaced);
    rows += batch.index.rows;
    const bytes = batch.end - batch.start;
    const { rows: batchRows } = batch.index;
    count(batchRows, bytes);
    yield* pieces;
    if (endsPart?.(batchRows, bytes)) {
      yield codec.trailer;
      yield END_OF_PART;
      yield codec.header;
    }
  }
  for (const column of columns) column.free();
  await stored?.settle();
  if (codec.trailer.length > 0) yield codec.trailer;
}

/** A table whose columns are all kept: its bytes go through uncut. Rows are counted when the target has taken them. */
export async function* passOn(
  chunks: AsyncIterable<Uint8Array>,
  { count, pace }: Pick<Replacing, 'count' | 'pace'>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    const turn = pace?.();
    if (turn) await turn;
    count(0, chunk.length);
    yield chunk;
  }
}
