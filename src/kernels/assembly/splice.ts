// Splices replaced columns into the rows of a batch.

/** A copy may touch this many bytes past its run, on both sides: what follows there is written afterwards, or never read. */
export const OVERSHOOT_BYTES = 32;

/** From this size on, the engine's own copy is as quick. */
const BULK_BYTES = 512;

// What the caller writes for each column: addresses of Int32s (both advance with the rows, or with the values), and what
// added to a value's offset gives its address.
const STARTS = 0, LENGTHS = 4, OFFSETS = 8, SIZES = 12, BASE = 16;
export const COLUMN_BYTES = 20;

/** What a codec writes: bytes of the length in front of a field (0 or 4), and the field that is NULL, up to four bytes. */
export const LENGTH_BYTES: usize = memory.data(4, 4);
export const NULL_FIELD: usize = memory.data(4, 4);
export const NULL_BYTES: usize = memory.data(4, 4);

/** Where `measure` writes: the first byte of all values, the one after the last, and the sum of their lengths. */
export const MEASURED: usize = memory.data(12, 4);

// @ts-ignore: decorator
@inline
function copy(from: usize, size: i32, to: usize): void {
  if (size >= BULK_BYTES) {
    memory.copy(to, from, size);
    return;
  }
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
  for (let done = 32; done < size; done += 32) {
    v128.store(to + done, v128.load(from + done));
    v128.store(to + done, v128.load(from + done, 16), 16);
  }
}

/** Measures the values of a column. The sum saturates at 2^31 - 1. */
export function measure(offsets: usize, sizes: usize, count: i32): void {
  let low = i32.MAX_VALUE, high = 0;
  let total: i64 = 0;
  const end = sizes + 4 * count;
  for (; sizes < end; sizes += 4, offsets += 4) {
    const size = load<i32>(sizes);
    if (size < 0) continue;
    const offset = load<i32>(offsets);
    low = min(low, offset);
    high = max(high, offset + size);
    total += size;
  }
  store<i32>(MEASURED, min(low, high));
  store<i32>(MEASURED, high, 4);
  store<i32>(MEASURED, i32(min<i64>(total, i32.MAX_VALUE)), 8);
}

/**
 * Writes the rows that lie from `kept` to `end` to `to`, with their new values. The addresses in STARTS count from `base`.
 * Returns the address after them, or 0 when kept bytes of `maxRun` or more stand in the way.
 */
export function splice(rows: i32, table: usize, tableEnd: usize, base: usize, kept: usize, end: usize, to: usize, maxRun: usize): usize {
  const lengthBytes = load<u32>(LENGTH_BYTES), nullField = load<u32>(NULL_FIELD), nullBytes = load<u32>(NULL_BYTES);
  for (let at = 0; at < 4 * rows; at += 4) {
    for (let column = table; column < tableEnd; column += COLUMN_BYTES) {
      const length = load<i32>(load<usize>(column, LENGTHS) + at);
      if (length < 0) continue; // NULL stays, among the kept bytes
      const start = base + load<i32>(load<usize>(column, STARTS) + at);
      const run = start - lengthBytes - kept;
      if (run >= maxRun) return 0;
      copy(kept, i32(run), to);
      to += run;
      kept = start + length;
      const sizes = load<usize>(column, SIZES), offsets = load<usize>(column, OFFSETS);
      store<usize>(column, sizes + 4, SIZES);
      store<usize>(column, offsets + 4, OFFSETS);
      const size = load<i32>(sizes);
      if (size < 0) {
        store<u32>(to, nullField);
        to += nullBytes;
        continue;
      }
      store<u32>(to, bswap<u32>(size)); // overwritten where the codec has no lengths
      to += lengthBytes;
      copy(load<usize>(column, BASE) + load<i32>(offsets), size, to);
      to += size;
    }
  }
  const run = end - kept;
  if (run >= maxRun) return 0;
  copy(kept, i32(run), to);
  return to + run;
}
