// Splices replaced columns back into the rows of a batch. Whatever is not replaced is passed on as the bytes that came in.
// By WebAssembly SIMD where it runs and the batch has no huge fields and no NULLs that get values, else by splice-by-words.ts.

import { readFileSync } from 'node:fs';
import type { Codec } from '../codec/codec.ts';
import { ownFile } from '../own-files.ts';
import type { Column } from './column.ts';
import type { Batch } from './cut-batches.ts';
import type { FieldIndex } from './field-index.ts';
import { replacesNulls, spliceByWords } from './splice-by-words.ts';
import { agreesWithWords } from './splice-check.ts';
import { SimdSplice } from './splice-simd.ts';

/** One instance with its memory per thread; undefined where the module does not run. */
let simd: { readonly splice: SimdSplice | undefined } | undefined;

/**
 * @param columns one per planned column: its non-null values in the codec's own form, or those of all rows; length -1 is NULL
 * @returns the rows with their new values, in one piece or (around huge fields) several, in order; large ones are valid until
 * the next is asked for
 */
export function splice(batch: Batch, codec: Codec, columns: readonly Column[]): Uint8Array[] {
  const { index } = batch;
  const fillsNulls = columns.some((column, number) => index.nulls[number]! > 0 && replacesNulls(column, index));
  const piece = fillsNulls ? undefined : simdSplice()?.splice(batch, codec, columns);
  return piece ? [piece] : spliceByWords(batch, codec, columns);
}

/**
 * The codec's `scan`, by WebAssembly where rows are binary and as many as usual: the splice then finds them in its memory.
 */
export function scan(codec: Codec, bytes: Uint8Array, place: { start: number; end: number; index: FieldIndex }): void {
  const { start, end, index } = place;
  if (codec.format === 'binary' && simdSplice()?.scan(bytes, start, end, index)) return;
  codec.scan(bytes, start, end, index);
}

function simdSplice(): SimdSplice | undefined {
  simd ??= { splice: loadSimdSplice() };
  return simd.splice;
}

/** A splice by SIMD, or undefined where it does not run or does not agree with splice-by-words.ts. */
export function loadSimdSplice(
  wasm: Uint8Array<ArrayBuffer> = readFileSync(ownFile('src/kernels/splice.wasm')),
): SimdSplice | undefined {
  if (typeof WebAssembly === 'undefined' || !WebAssembly.validate(wasm)) return undefined; // node --jitless has none
  const simd = new SimdSplice(wasm);
  return agreesWithWords(simd) ? simd : undefined;
}
