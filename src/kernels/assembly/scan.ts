// Finds the planned fields of the rows of a binary COPY, as ../../codec/binary-tuples.ts does.

/** Where `scan` writes: the address after the last whole row; the one that must be there before another can be whole, or 0. */
export const FOUND: usize = memory.data(8, 4);

/** A row's fields as its first two bytes tell, when they end a scan: those of the trailer, or of no row of this table. */
export const ODD_FIELDS: usize = memory.data(4, 4);



/**
 * Indexes the whole rows between two addresses, at most `maxRows`. For field f, the Int32 at planned + 4f says where its column's
 * index begins: Int32s of the fields' places, `delta` added, and `stride` bytes on of their lengths; or -1. Returns how many rows.
 */
export function scan(from: usize, end: usize, fields: i32, planned: usize, stride: usize, maxRows: i32, delta: i32): i32 {
  const plannedEnd = planned + 4 * fields;
  let at = from, needed: usize = 0;
  let rows = 0;
  store<i32>(ODD_FIELDS, -1);
  for (; rows < maxRows; rows++) {
    if (at + 2 > end) {
      needed = at + 2;
      break;
    }
    const count = bswap<u16>(load<u16>(at));
    if (count != fields) {
      store<i32>(ODD_FIELDS, count);
      break;
    }
    let field = at + 2;
    for (let column = planned; column < plannedEnd; column += 4) {
      if (field + 4 > end) {
        needed = field + 4;
        break;
      }
      const length = i32(bswap<u32>(load<u32>(field)));
      field += 4;
      const index = load<i32>(column);
      if (index >= 0) {
        store<i32>(index + 4 * rows, i32(field) + delta);
        store<i32>(index + 4 * rows + stride, length);
      }
      field += max(length, 0);
      if (field > end) {
        needed = field;
        break;
      }
    }
    if (needed != 0) break;
    at = field;
  }
  store<usize>(FOUND, at);
  store<usize>(FOUND, needed, 4);
  return rows;
}
