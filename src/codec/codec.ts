// The seam between the two COPY formats: find rows, find fields, frame fields. Everything else is shared.

import type { FieldIndex } from '../batch/field-index.ts';

export type Format = 'binary' | 'text';

/** One COPY format. All positions are byte positions in the buffer given. */
export interface Codec {
  readonly format: Format;
  /** For `copy … with (…)`. */
  readonly copyOptions: string;
  /** What precedes the first row and follows the last one, in both directions. */
  readonly header: Uint8Array;
  readonly trailer: Uint8Array;
  /**
   * Indexes whole rows of `bytes` from `start`, as many as lie before `end` and fit into the index.
   * A row that is cut off is left for the next call; `index.needed` then says how many bytes make another call worthwhile.
   */
  scan(bytes: Uint8Array, start: number, end: number, index: FieldIndex): void;
  /** Bytes in front of each field that hold its length (binary 4, text 0). */
  readonly lengthBytes: 0 | 4;
  /** The field that stands for NULL, without those length bytes. */
  readonly nullField: Uint8Array;
}
