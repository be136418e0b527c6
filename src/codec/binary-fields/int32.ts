// Integers of 32 bits as the binary format has them: big-endian, without a DataView for each value.

/** Two's complement, big-endian, signed. The caller has checked that the bytes are there. */
export function readInt32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/** The low 32 bits of a number, big-endian; returns the position after them. */
export function writeInt32(bytes: Uint8Array, at: number, number: number): number {
  bytes[at] = number >>> 24;
  bytes[at + 1] = number >>> 16;
  bytes[at + 2] = number >>> 8;
  bytes[at + 3] = number;
  return at + 4;
}
