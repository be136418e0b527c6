// A digest's bits as a text of their own, for strategies that compose values.

import { ColumnOutput } from '../batch/column.ts';
import type { CharacterWriter } from './alphabets.ts';

/** The text that a writer makes of the digest whose first byte is at `from`. */
export function textWriter(write: CharacterWriter): (digests: Uint8Array, from: number) => string {
  const scratch = new ColumnOutput(1);
  return (digests, from) => {
    scratch.reset(1);
    write(digests, from, scratch);
    return Buffer.from(scratch.bytes.subarray(0, scratch.at)).toString('latin1');
  };
}
