// Finds the planned fields of a batch's rows. By WebAssembly where rows are binary and no larger than usual: the splice then
// finds them in its memory.

import type { Codec } from '../codec/codec.ts';
import type { FieldIndex } from './field-index.ts';
import { simdRows } from './simd.ts';

/** Bytes of a COPY that begin with a row. */
export interface Rows {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** As the codec's own `scan`. */
export function scan({ bytes, start, end }: Rows, codec: Codec, index: FieldIndex): void {
  if (codec.format === 'binary' && simdRows()?.scan(bytes, start, end, index)) return;
  codec.scan(bytes, start, end, index);
}
