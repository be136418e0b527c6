// Splices replaced columns back into the rows of a batch. Whatever is not replaced is passed on as the bytes that came in.

import type { Codec } from '../codec/codec.ts';
import { type Column, LARGE_BYTES } from './column.ts';
import type { Batch } from './cut-batches.ts';

/** Kept bytes from this size on are passed on as a view instead of a copy: one huge field must not be in memory twice. */
const VIEW_BYTES = 256 * 1024;
/**
 * The same for a batch so large that its bytes are given back after it. Not less than what a target lets wait
 * (WAITING_BYTES): then a view has left when the next piece is asked for.
 */
const LARGE_VIEW_BYTES = 1024 * 1024;
/** Below this, copying four bytes at a time beats a native copy (docs/decisions/0002). */
const WORDS_BYTES = 48;

/** A column has a value for each row, or for each that is not NULL; where there are no NULLs, that is the same. */
const replacesNulls = ({ count }: Column, { index }: Pick<Batch, 'index'>): boolean => count === index.rows;

/**
 * @param columns one per planned column: its non-null values in the codec's own form, or those of all rows; length -1 is NULL
 * @returns the rows with their new values, in one piece or (around huge fields) several, in order; large ones are valid until
 * the next is asked for
 */
export function splice(batch: Batch, codec: Codec, columns: readonly Column[]): Uint8Array[] {
  const { bytes, index } = batch;
  const { lengthBytes, nullField } = codec;
  const nullBytes = nullField.length - lengthBytes; // behind where a field starts
  const viewBytes = bytes.length < LARGE_BYTES ? VIEW_BYTES : LARGE_VIEW_BYTES;
  const out = Buffer.allocUnsafeSlow(outputBytes(batch, codec, columns));
  const outView = viewOf(out);
  const keptView = viewOf(bytes);
  const columnViews = columns.map(column => viewOf(column.bytes));
  const pieces: Uint8Array[] = [];
  const next = new Int32Array(columns.length);
  const isWhole = columns.map(column => replacesNulls(column, batch));
  let kept = batch.start; // input before it is already in the output
  let at = 0;
  let pieceStart = 0;

  const keepUntil = (end: number): void => {
    const length = end - kept;
    if (length < WORDS_BYTES) {
      copyWords(keptView, kept, length, { to: outView, at });
      at += length;
    } else if (length < viewBytes) {
      bytes.copy(out, at, kept, end);
      at += length;
    } else {
      batch.lend();
      pass(bytes.subarray(kept, end));
    }
  };

  const pass = (view: Uint8Array): void => {
    pieces.push(out.subarray(pieceStart, at), view);
    pieceStart = at;
  };

  const writeField = (number: number, value: number): void => {
    const column = columns[number]!; // one per planned column
    const length = column.lengths[value]!; // as many values as fields that are not NULL
    if (length < 0) {
      out.set(nullField, at);
      at += nullField.length;
      return;
    }
    if (lengthBytes === 4) {
      outView.setInt32(at, length);
      at += 4;
    }
    const from = column.offsets[value]!;
    if (length >= LARGE_BYTES) {
      pass(column.bytes.subarray(from, from + length)); // the buffer of a value this large is not used again
      return;
    }
    if (length < WORDS_BYTES) copyWords(columnViews[number]!, from, length, { to: outView, at });
    else out.set(column.bytes.subarray(from, from + length), at);
    at += length;
  };

  for (let row = 0; row < index.rows; row++) {
    for (let number = 0; number < columns.length; number++) {
      const length = index.lengths[number]![row]!; // row < rows
      if (length < 0 && !isWhole[number]) continue; // NULL stays, among the kept bytes
      const start = index.starts[number]![row]!;
      keepUntil(start - lengthBytes);
      kept = start + (length < 0 ? nullBytes : length);
      writeField(number, next[number]!++);
    }
  }
  keepUntil(batch.end);
  pieces.push(out.subarray(pieceStart, at));
  return pieces.filter(piece => piece.length > 0);
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

function copyWords(from: DataView, start: number, length: number, { to, at }: { to: DataView; at: number }): void {
  let done = 0;
  for (; done + 4 <= length; done += 4) to.setInt32(at + done, from.getInt32(start + done, true), true);
  for (; done < length; done++) to.setUint8(at + done, from.getUint8(start + done));
}

/** Bytes of the output, exactly unless views take the place of some: a buffer that is filled can be freed when it is sent. */
function outputBytes({ start, end, index }: Batch, codec: Codec, columns: readonly Column[]): number {
  let size = end - start;
  for (const [number, column] of columns.entries()) {
    const replaced = index.lengths[number]!;
    for (let row = 0; row < index.rows; row++) if (replaced[row]! > 0) size -= replaced[row]!;
    if (replacesNulls(column, { index })) size -= index.nulls[number]! * (codec.nullField.length - codec.lengthBytes);
    for (let value = 0; value < column.count; value++) {
      const length = column.lengths[value]!; // value < count
      if (length < 0) size += codec.nullField.length - codec.lengthBytes;
      else if (length < LARGE_BYTES) size += length;
    }
  }
  return size;
}
