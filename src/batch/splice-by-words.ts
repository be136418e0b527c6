// splice.ts in JavaScript: for batches with huge fields or NULLs that get values, where there is no WebAssembly, and as the
// reference of the tests.

import type { Codec } from '../codec/codec.ts';
import { type Column, LARGE_BYTES } from './column.ts';
import { type Bytes, bytesOf, copyBytes, OVERSHOOT_BYTES } from './copy-bytes.ts';
import type { Batch } from './cut-batches.ts';
import type { FieldIndex } from './field-index.ts';

/** Kept bytes from this size on are passed on as a view instead of a copy: one huge field must not be in memory twice. */
export const VIEW_BYTES = 256 * 1024;
/**
 * The same for a batch so large that its bytes are given back after it. Not less than what a target lets wait
 * (copy-in.ts): then a view has left when the next piece is asked for.
 */
const LARGE_VIEW_BYTES = 1024 * 1024;

/** A batch on its way from its input to its output. */
interface Work {
  readonly batch: Batch;
  readonly codec: Codec;
  readonly columns: readonly Column[];
  readonly viewBytes: number;
  readonly input: Bytes;
  readonly sources: readonly Bytes[];
  /** Per column: it has a value for each row, NULLs included. Where there are no NULLs, that is the same. */
  readonly isWhole: readonly boolean[];
  readonly output: Bytes;
  readonly pieces: Uint8Array[];
  /** For each column, which of its values comes next. */
  readonly next: Int32Array;
  /** Input before it is in the output. */
  kept: number;
  /** The output ends here. */
  at: number;
  /** Output before it is in `pieces`. */
  pieceStart: number;
}

/**
 * @param columns one per planned column: its non-null values in the codec's own form, or those of all rows; length -1 is NULL
 * @returns the rows with their new values, in one piece or (around huge fields) several, in order; large ones are valid until
 * the next is asked for
 */
export function spliceByWords(batch: Batch, codec: Codec, columns: readonly Column[]): Uint8Array[] {
  const output = bytesOf(Buffer.allocUnsafeSlow(outputBytes(batch, codec, columns) + OVERSHOOT_BYTES));
  const work: Work = {
    batch,
    codec,
    columns,
    viewBytes: batch.bytes.length < LARGE_BYTES ? VIEW_BYTES : LARGE_VIEW_BYTES,
    input: bytesOf(batch.bytes),
    sources: columns.map(column => bytesOf(column.bytes)),
    isWhole: columns.map(column => replacesNulls(column, batch.index)),
    output,
    pieces: [],
    next: new Int32Array(columns.length),
    kept: batch.start,
    at: 0,
    pieceStart: 0,
  };
  for (let row = 0; row < batch.index.rows; row++) spliceRow(work, row);
  keepUntil(work, batch.end);
  work.pieces.push(output.bytes.subarray(work.pieceStart, work.at));
  return work.pieces.filter(piece => piece.length > 0);
}

/** A function of its own, so that V8 compiles it as one: the loop around it is entered too seldom, and left at once. */
function spliceRow(work: Work, row: number): void {
  const { codec, columns, output, next } = work;
  const { starts, lengths } = work.batch.index;
  for (let number = 0; number < columns.length; number++) {
    const length = lengths[number]![row]!; // row < rows
    if (length < 0 && !work.isWhole[number]) continue; // NULL stays, among the kept bytes
    const start = starts[number]![row]!;
    keepUntil(work, start - codec.lengthBytes);
    work.kept = start + (length < 0 ? codec.nullField.length - codec.lengthBytes : length);
    const column = columns[number]!; // one per planned column
    const value = next[number]!++;
    const size = column.lengths[value]!; // as many values as fields that are not NULL
    if (size < 0) {
      output.bytes.set(codec.nullField, work.at);
      work.at += codec.nullField.length;
      continue;
    }
    if (codec.lengthBytes === 4) {
      output.view.setInt32(work.at, size);
      work.at += 4;
    }
    const offset = column.offsets[value]!;
    // The buffer of a value this large is not used again.
    if (size >= LARGE_BYTES) pass(work, column.bytes.subarray(offset, offset + size));
    else work.at = copyBytes(work.sources[number]!, offset, size, output, work.at);
  }
}

function keepUntil(work: Work, end: number): void {
  const { kept, input, batch } = work;
  if (end - kept < work.viewBytes) {
    work.at = copyBytes(input, kept, end - kept, work.output, work.at);
    return;
  }
  batch.lend();
  pass(work, batch.bytes.subarray(kept, end));
}

function pass(work: Work, view: Uint8Array): void {
  work.pieces.push(work.output.bytes.subarray(work.pieceStart, work.at), view);
  work.pieceStart = work.at;
}

/** Bytes of the output, exactly unless views take the place of some: a buffer that is filled can be freed when it is sent. */
function outputBytes({ start, end, index }: Batch, codec: Codec, columns: readonly Column[]): number {
  let size = end - start;
  for (const [number, column] of columns.entries()) {
    size +=
      writtenBytes(column, codec.nullField.length - codec.lengthBytes) -
      replacedBytes(index.lengths[number]!, index.rows);
    if (replacesNulls(column, index)) size -= index.nulls[number]! * (codec.nullField.length - codec.lengthBytes);
  }
  return size;
}

/** A column has a value for each row, or for each that is not NULL; where there are no NULLs, that is the same. */
export const replacesNulls = ({ count }: Column, index: FieldIndex): boolean => count === index.rows;

function replacedBytes(lengths: Int32Array, rows: number): number {
  let size = 0;
  for (let row = 0; row < rows; row++) size += Math.max(0, lengths[row]!); // row < rows
  return size;
}

function writtenBytes({ lengths, count }: Column, nullBytes: number): number {
  let size = 0;
  for (let value = 0; value < count; value++) {
    const length = lengths[value]!; // value < count
    if (length < 0) size += nullBytes;
    else if (length < LARGE_BYTES) size += length;
  }
  return size;
}
