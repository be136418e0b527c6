// Splices replaced columns back into the rows of a batch. Whatever is not replaced is passed on as the bytes that came in.
// By WebAssembly SIMD where it runs and the batch has no huge fields and no NULLs that get values, else by splice-by-words.ts.

import type { Codec } from '../codec/codec.ts';
import type { Column } from './column.ts';
import type { Batch } from './cut-batches.ts';
import { simdRows } from './simd.ts';
import { replacesNulls, spliceByWords } from './splice-by-words.ts';

/**
 * @param columns one per planned column: its non-null values in the codec's own form, or those of all rows; length -1 is NULL
 * @returns the rows with their new values, in one piece or (around huge fields) several, in order; large ones are valid until
 * the next is asked for
 */
export function splice(batch: Batch, codec: Codec, columns: readonly Column[]): Uint8Array[] {
  const { index } = batch;
  const fillsNulls = columns.some((column, number) => index.nulls[number]! > 0 && replacesNulls(column, index));
  const piece = fillsNulls ? undefined : simdRows()?.splice(batch, codec, columns);
  return piece ? [piece] : spliceByWords(batch, codec, columns);
}
