// AES on single blocks (FIPS 197), any number of them in one call: CIPH_K of the format-preserving ciphers.

import { createCipheriv } from 'node:crypto';

export const BLOCK_BYTES = 16;

/** Encrypts every block of 16 bytes by itself. What it returns is new memory. */
export type BlockCipher = (blocks: Uint8Array) => Uint8Array;

/** @param key 16, 24 or 32 bytes: AES-128, AES-192 or AES-256 */
export function blockCipher(key: Uint8Array): BlockCipher {
  const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false);
  return blocks => cipher.update(blocks);
}
