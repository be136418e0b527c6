// A PostgreSQL array in its binary form (array_send), so that thousands of values go into one statement as one parameter.

/** What the elements are, by the OID of their type. */
export const ELEMENT = { bytea: 17, text: 25 } as const;

const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;

/** One dimension, without NULLs. */
export function binaryArray(type: keyof typeof ELEMENT, items: readonly Uint8Array[]): Buffer {
  const bytes = items.reduce((sum, item) => sum + LENGTH_BYTES + item.length, HEADER_BYTES);
  const array = Buffer.allocUnsafe(bytes);
  const header = [1, 0, ELEMENT[type], items.length, 1]; // dimensions, has NULLs, type, size, lower bound
  let at = 0;
  for (const field of header) at = array.writeInt32BE(field, at);
  for (const item of items) {
    at = array.writeInt32BE(item.length, at);
    array.set(item, at);
    at += item.length;
  }
  return array;
}
