// UUIDs of version 8 (RFC 9562 §5.8): 122 bits of a digest in the shape of a UUID.

import type { ColumnOutput } from '../batch/column.ts';
import { HEX } from './alphabets.ts';

/** Bits that are free in such a UUID; six say version and variant. */
export const UUID_BITS = 122;
/** Characters of its text form. */
export const UUID_LENGTH = 36;

const HYPHEN = 0x2d;
const HYPHEN_AFTER = new Set([3, 5, 7, 9]);
const hyphenAfter = Uint8Array.from({ length: 16 }, (_, byte) => (HYPHEN_AFTER.has(byte) ? 1 : 0));

/** Writes the first 16 bytes of the digest at `from` as a UUID to the current value of an output. */
export function writeUuid(digests: Uint8Array, from: number, output: ColumnOutput): void {
  output.room(UUID_LENGTH);
  const { bytes } = output;
  let at = output.at;
  for (let index = 0; index < 16; index++) {
    let byte = digests[from + index]!; // a digest has 32 bytes
    if (index === 6) byte = 0x80 | (byte & 0x0f); // version 8
    if (index === 8) byte = 0x80 | (byte & 0x3f); // variant 10
    bytes[at++] = HEX.characters[byte >>> 4]!; // a nibble
    bytes[at++] = HEX.characters[byte & 15]!; // a nibble
    if (hyphenAfter[index] === 1) bytes[at++] = HYPHEN;
  }
  output.at = at;
}
