// The ciphers that format-preserving encryption is made of: one for each radix, all under the key of one domain.

import { createHash } from 'node:crypto';
import { type Column, ColumnOutput } from '../../batch/column.ts';
import { blockCipher } from '../block-cipher.ts';
import { createFf1 } from '../ff1.ts';
import { createFf31, FF31_TWEAK_BYTES } from '../ff3-1.ts';
import type { NumeralCipher, Numerals } from '../numerals.ts';

export type Direction = 'encrypt' | 'decrypt';

/** The cipher of a radix; the same one each time. */
export type CipherOf = (radix: number) => NumeralCipher;

export interface CipherKey {
  readonly key: Uint8Array;
  /** What the tweak of every value begins with. */
  readonly tweak: Uint8Array;
}

/** FF1; the tweak of a value is the common one and its own, one after the other. */
export function ff1Ciphers({ key, tweak }: CipherKey): CipherOf {
  const cipher = blockCipher(key);
  return memo(radix => createFf1({ cipher, radix, tweak }));
}

/** FF3-1; its 56 bits of tweak are the beginning of SHA-256 of what FF1 would take as a tweak. */
export function ff31Ciphers({ key, tweak }: CipherKey): CipherOf {
  const shorten = (own: Uint8Array): Uint8Array =>
    createHash('sha256').update(tweak).update(own).digest().subarray(0, FF31_TWEAK_BYTES);
  return memo(radix => {
    const cipher = createFf31({ key, radix, tweak: shorten(new Uint8Array()) });
    const run = (direction: Direction) => (numerals: Numerals, tweaks?: Column) =>
      cipher[direction](numerals, tweaks && shortTweaks(tweaks, shorten));
    return { ...cipher, encrypt: run('encrypt'), decrypt: run('decrypt') };
  });
}

function shortTweaks({ bytes, offsets, lengths, count }: Column, shorten: (own: Uint8Array) => Uint8Array): Column {
  const short = new ColumnOutput(Math.max(1, count));
  for (let index = 0; index < count; index++) {
    const start = offsets[index]!; // index < count
    short.pushBytes(shorten(bytes.subarray(start, start + lengths[index]!))); // index < count
  }
  return short;
}

function memo(create: CipherOf): CipherOf {
  const known = new Map<number, NumeralCipher>();
  return radix => {
    const cipher = known.get(radix) ?? create(radix);
    known.set(radix, cipher);
    return cipher;
  };
}
