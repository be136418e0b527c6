// Splices replaced columns back into the rows of a batch. Whatever is not replaced is passed on as the bytes that came in.

import type { Codec } from '../codec/codec.ts';
import { type Column, LARGE_BYTES } from './column.ts';
import { type Bytes, bytesOf, copyBytes, OVERSHOOT_BYTES } from './copy-bytes.ts';
import type { Batch } from './cut-batches.ts';

/** Kept bytes from this size on are passed on as a view instead of a copy: one huge field must not be in memory twice. */
const VIEW_BYTES = 256 * 1024;
/**
 * The same for a batch so large that its bytes are given back after it. Not less than what a target lets wait
 * (copy-in.ts): then a view has left when the next piece is asked for.
 */
const LARGE_VIEW_BYTES = 1024 * 1024;

/** Pieces of output: bytes that were written, and views in between. */
interface Output extends Bytes {
  readonly pieces: Uint8Array[];
  /** What was written before this is in `pieces`. */
  pieceStart: number;
}

/**
 * @param columns one per planned column: its non-null values in the codec's own form; length -1 is NULL
 * @returns the rows with their new values, in one piece or (around huge fields) several, in order; large ones are valid until
 * the next is asked for
 */
export function splice(batch: Batch, codec: Codec, columns: readonly Column[]): Uint8Array[] {
  const { bytes, index } = batch;
  const { lengthBytes } = codec;
  const viewBytes = bytes.length < LARGE_BYTES ? VIEW_BYTES : LARGE_VIEW_BYTES;
  const written = bytesOf(Buffer.allocUnsafeSlow(outputBytes(batch, codec, columns) + OVERSHOOT_BYTES));
  const output: Output = { ...written, pieces: [], pieceStart: 0 };
  const input = bytesOf(bytes);
  const sources = columns.map(column => bytesOf(column.bytes));
  const next = new Int32Array(columns.length);
  let kept = batch.start; // input before it is already in the output
  let at = 0;
  for (let row = 0; row < index.rows; row++) {
    for (let number = 0; number < columns.length; number++) {
      const length = index.lengths[number]![row]!; // row < rows
      if (length < 0) continue; // NULL stays, among the kept bytes
      const start = index.starts[number]![row]!;
      const end = start - lengthBytes;
      if (end - kept < viewBytes) at = copyBytes(input, kept, end - kept, written, at);
      else passKept(batch, { from: kept, to: end }, { output, at });
      kept = start + length;
      const column = columns[number]!; // one per planned column
      const value = next[number]!++;
      const size = column.lengths[value]!; // as many values as fields that are not NULL
      if (size < 0) {
        written.bytes.set(codec.nullField, at);
        at += codec.nullField.length;
        continue;
      }
      if (lengthBytes === 4) {
        written.view.setInt32(at, size);
        at += 4;
      }
      const offset = column.offsets[value]!;
      // The buffer of a value this large is not used again.
      if (size >= LARGE_BYTES) pass(column.bytes.subarray(offset, offset + size), { output, at });
      else at = copyBytes(sources[number]!, offset, size, written, at);
    }
  }
  if (batch.end - kept < viewBytes) at = copyBytes(input, kept, batch.end - kept, written, at);
  else passKept(batch, { from: kept, to: batch.end }, { output, at });
  output.pieces.push(written.bytes.subarray(output.pieceStart, at));
  return output.pieces.filter(piece => piece.length > 0);
}

function passKept(
  batch: Batch,
  { from, to }: { from: number; to: number },
  into: { output: Output; at: number },
): void {
  batch.lend();
  pass(batch.bytes.subarray(from, to), into);
}

function pass(view: Uint8Array, { output, at }: { output: Output; at: number }): void {
  output.pieces.push(output.bytes.subarray(output.pieceStart, at), view);
  output.pieceStart = at;
}

/** Bytes of the output, exactly unless views take the place of some: a buffer that is filled can be freed when it is sent. */
function outputBytes({ start, end, index }: Batch, codec: Codec, columns: readonly Column[]): number {
  let size = end - start;
  for (const [number, column] of columns.entries()) {
    const replaced = index.lengths[number]!;
    for (let row = 0; row < index.rows; row++) if (replaced[row]! > 0) size -= replaced[row]!;
    for (let value = 0; value < column.count; value++) {
      const length = column.lengths[value]!; // value < count
      if (length < 0) size += codec.nullField.length - codec.lengthBytes;
      else if (length < LARGE_BYTES) size += length;
    }
  }
  return size;
}
