// A keyed dictionary: entries packed as bytes, one of which a digest picks. What it holds depends on its source only, never
// on the secret; which value gets which entry depends on the secret.

import { createHash } from 'node:crypto';
import type { Column, ColumnOutput } from '../batch/column.ts';

export interface Dictionary {
  readonly entries: readonly string[];
  /** Entry `i` is `bytes[offsets[i] … offsets[i + 1])`, UTF-8. */
  readonly bytes: Uint8Array;
  readonly offsets: Int32Array;
  readonly size: number;
  /** Characters (code points) of the longest entry. */
  readonly longest: number;
  /** Tells whether two dictionaries hold the same entries in the same order: 12 hex digits of a SHA-256. */
  readonly fingerprint: string;
}

/** Writes an entry to the current value of an output. */
export function writeEntry({ bytes, offsets }: Dictionary, entry: number, output: ColumnOutput): void {
  output.write(bytes, offsets[entry], offsets[entry + 1]);
}

/** Bytes of a dictionary that is laid out for each batch; a larger one costs more than writing its entries. */
const SHARED_BYTES = 128 * 1024;

/** Fills an empty output with an entry for each value. */
export function pushEntries(
  dictionary: Dictionary,
  entries: Int32Array,
  { count, output }: { readonly count: number; readonly output: ColumnOutput },
): void {
  const { bytes, offsets } = dictionary;
  if (bytes.length > SHARED_BYTES) {
    for (let index = 0; index < count; index++) {
      writeEntry(dictionary, entries[index]!, output); // as many entries as values
      output.push();
    }
    return;
  }
  output.share(bytes);
  for (let index = 0; index < count; index++) {
    const entry = entries[index]!;
    output.pushPart(offsets[entry]!, offsets[entry + 1]!); // entry < size
  }
}

/** Whether an entry is byte for byte a value of a column. */
export function isEntry(
  { bytes, offsets }: Dictionary,
  entry: number,
  { values, index }: { readonly values: Column; readonly index: number },
): boolean {
  const start = offsets[entry]!; // entry < size
  const length = values.lengths[index]!; // index < count
  if (offsets[entry + 1]! - start !== length) return false;
  const from = values.offsets[index]!;
  for (let at = 0; at < length; at++) if (bytes[start + at] !== values.bytes[from + at]) return false;
  return true;
}

/** Packs distinct entries, in the order in which they first come. */
export function packDictionary(entries: Iterable<string>): Dictionary {
  const distinct = [...new Set(entries)];
  const bytes = Buffer.from(distinct.join(''));
  const offsets = new Int32Array(distinct.length + 1);
  distinct.forEach((entry, index) => {
    offsets[index + 1] = offsets[index]! + Buffer.byteLength(entry); // index < size
  });
  const fingerprint = createHash('sha256').update(bytes).update(Buffer.from(offsets.buffer)).digest('hex').slice(0, 12);
  const longest = distinct.reduce((most, entry) => Math.max(most, [...entry].length), 0);
  return { entries: distinct, bytes, offsets, size: distinct.length, longest, fingerprint };
}

/**
 * Which of `size` entries the digest bytes at `from` pick, from 48 of their bits x as floor(x · size / 2^48): each is
 * equally likely within a relative size / 2^48. `size` is far below 2^32, so rounding never reaches `size`.
 */
export function pick(digests: Uint8Array, from: number, size: number): number {
  const high = (digests[from]! << 16) | (digests[from + 1]! << 8) | digests[from + 2]!; // a digest has 32 bytes
  const low = (digests[from + 3]! << 16) | (digests[from + 4]! << 8) | digests[from + 5]!; // a digest has 32 bytes
  return Math.floor(((high * 0x1000000 + low) / 2 ** 48) * size);
}
