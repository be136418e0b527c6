// Every key derives from the master secret by HKDF-SHA-256 (RFC 5869), one per purpose, domain and version.
// The master secret itself is never used as a key and never leaves this file's callers.

import { hkdfSync } from 'node:crypto';

/** Bytes that a master secret must have at least. */
export const MIN_SECRET_BYTES = 32;

const SALT = 'pgveil/1';
/** Keys of today; a rotation would add a higher one. */
const KEY_VERSION = 1;

/**
 * The key of one purpose in one domain.
 * The parts are length-prefixed in HKDF's `info`, so that no two (purpose, domain) pairs share a key.
 * @returns 32 bytes
 */
export function deriveKey(secret: Uint8Array, purpose: string, domain: string, version = KEY_VERSION): Uint8Array {
  const info = [purpose, domain, String(version)].map(part => `${Buffer.byteLength(part)}:${part}`).join('');
  return new Uint8Array(hkdfSync('sha256', secret, SALT, info, 32));
}

/** A short value that tells whether two secrets are the same one, and nothing else about them: 16 hex digits. */
export function keyCheckValue(secret: Uint8Array): string {
  return Buffer.from(deriveKey(secret, 'key-check', ''))
    .toString('hex')
    .slice(0, 16);
}
