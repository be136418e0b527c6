// A digest's bits as characters of an alphabet of 2^n characters: hex, base32, base64url.

import type { ColumnOutput } from '../batch/column.ts';

/** Characters that are all equally likely where bits choose them. */
export interface Alphabet {
  readonly characters: Uint8Array;
  /** Of one character. */
  readonly bits: number;
  /** Two characters for each 2 · `bits` bits, the first one in the lower byte: one store instead of two. */
  readonly pairs: Uint16Array;
}

export const HEX: Alphabet = alphabet('0123456789abcdef');
/** Lower-case letters and digits only (RFC 4648 §6, in lower case): fit for the local part of an e-mail address. */
export const BASE32: Alphabet = alphabet('abcdefghijklmnopqrstuvwxyz234567');
/** RFC 4648 §5, without padding. */
export const BASE64URL: Alphabet = alphabet('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');
/** Not of 2^n characters: kernels/digits.ts draws digits. */
export const DECIMAL: Pick<Alphabet, 'characters'> = { characters: ascii('0123456789') };

/** Writes characters to the current value of an output, chosen by the digest whose first byte is at `from`. */
export type CharacterWriter = (digests: Uint8Array, from: number, output: ColumnOutput) => void;

/** @param count characters; they take `count * bits / 8` bytes of the digest, rounded up */
export function characterWriter({ bits, pairs }: Alphabet, count: number): CharacterWriter {
  const width = 2 * bits;
  const mask = (1 << width) - 1;
  return (digests, from, output) => {
    output.room(count + 1); // a pair may end one character behind
    const { view } = output;
    const end = output.at + count;
    // Pairs of 8, 10 and 12 bits lie in the 16 bits from the byte on in which they begin; none waits for the one before it.
    for (let at = output.at, bit = 0; at < end; at += 2, bit += width) {
      const byte = from + (bit >> 3);
      const around = (digests[byte]! << 8) | digests[byte + 1]!; // 0 behind the last digest
      view.setUint16(at, pairs[(around >>> (16 - width - (bit & 7))) & mask]!, true); // masked to the size of the table
    }
    output.at = end;
  };
}

/** The character after `character` in its alphabet, from the last to the first. */
export function nextCharacter({ characters }: Pick<Alphabet, 'characters'>, character: number): number {
  return characters[(characters.indexOf(character) + 1) % characters.length]!; // modulo its size
}

function alphabet(text: string): Alphabet {
  const characters = ascii(text);
  const pairs = characters.values().flatMap(first => characters.values().map(second => first | (second << 8)));
  return { characters, bits: Math.log2(text.length), pairs: Uint16Array.from(pairs) };
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}
