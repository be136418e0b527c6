// Copies the short runs of bytes that rows are made of. A native copy costs 36 ns whatever the size, and a loop to the exact
// end is guessed wrong there; so words are copied past the end of a run, where the next one will be written anyway.

/** A copy may touch this many bytes past its run, in both buffers. */
export const OVERSHOOT_BYTES = 32;
/** From this size on the native copy is quicker (measured at 64, 128 and 512). */
const NATIVE_BYTES = 128;

/** Bytes to copy from or to, under the two views that copying needs. */
export interface Bytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Runs that end at or before this may be overshot. */
  readonly safeEnd: number;
}

/** Prepares bytes for copying. Made once for a buffer, not for each run. */
export function bytesOf(bytes: Uint8Array): Bytes {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { bytes, view, safeEnd: bytes.byteLength - OVERSHOOT_BYTES };
}

/** Copies `length` bytes; what follows them in `to`, up to OVERSHOOT_BYTES, is undefined afterwards. @returns where they end */
export function copyBytes(from: Bytes, start: number, length: number, to: Bytes, at: number): number {
  const end = at + length;
  if (length >= NATIVE_BYTES || start + length > from.safeEnd || end > to.safeEnd) {
    to.bytes.set(from.bytes.subarray(start, start + length), at);
    return end;
  }
  const { view: source } = from;
  const { view: target } = to;
  let read = start;
  for (let write = at; write < end; write += 32, read += 32) {
    target.setInt32(write, source.getInt32(read, true), true);
    target.setInt32(write + 4, source.getInt32(read + 4, true), true);
    target.setInt32(write + 8, source.getInt32(read + 8, true), true);
    target.setInt32(write + 12, source.getInt32(read + 12, true), true);
    target.setInt32(write + 16, source.getInt32(read + 16, true), true);
    target.setInt32(write + 20, source.getInt32(read + 20, true), true);
    target.setInt32(write + 24, source.getInt32(read + 24, true), true);
    target.setInt32(write + 28, source.getInt32(read + 28, true), true);
  }
  return end;
}
