// A digest's bits as characters of an alphabet of 2^n characters: hex, base32, base64url.

import type { ColumnOutput } from '../batch/column.ts';

/** An alphabet whose size is a power of two, so that every character is equally likely. */
export interface Alphabet {
  readonly characters: Uint8Array;
  readonly bits: number;
}

const alphabet = (characters: string): Alphabet => ({
  characters: Buffer.from(characters, 'latin1'),
  bits: Math.log2(characters.length),
});

/** Not a power of two: only for `nextCharacter`; kernels/digits.ts draws digits. */
export const DECIMAL: Pick<Alphabet, 'characters'> = alphabet('0123456789');
export const HEX: Alphabet = alphabet('0123456789abcdef');
/** Lower-case letters and digits only (RFC 4648 §6, in lower case): fit for the local part of an e-mail address. */
export const BASE32: Alphabet = alphabet('abcdefghijklmnopqrstuvwxyz234567');
/** RFC 4648 §5, without padding. */
export const BASE64URL: Alphabet = alphabet('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');

/** Writes so many characters of an alphabet to the current value of an output, from the bytes of a digest. */
export type CharacterWriter = (digests: Uint8Array, from: number, output: ColumnOutput) => void;

/** @param count characters; they take `count * bits / 8` bytes of the digest, rounded up */
export function characterWriter({ characters, bits }: Alphabet, count: number): CharacterWriter {
  const mask = (1 << bits) - 1;
  return (digests, from, output) => {
    output.room(count);
    const { bytes } = output;
    const end = output.at + count;
    let byte = from;
    let held = 0;
    let buffer = 0;
    for (let at = output.at; at < end; at++) {
      if (held < bits) {
        buffer = (buffer << 8) | digests[byte++]!; // within the digest, see above
        held += 8;
      }
      held -= bits;
      bytes[at] = characters[(buffer >>> held) & mask]!; // masked to the size of the alphabet
    }
    output.at = end;
  };
}

/** The character after `character` in its alphabet, from the last to the first. */
export function nextCharacter({ characters }: Pick<Alphabet, 'characters'>, character: number): number {
  return characters[(characters.indexOf(character) + 1) % characters.length]!; // modulo its size
}
