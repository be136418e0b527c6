// Authenticated encryption of single values: AES-256-GCM (NIST SP 800-38D), a sealed value being nonce, tag and ciphertext.
// Nonces are random: with 96 bits, one key seals up to 2^32 values (SP 800-38D §8.3).

import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomFillSync } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const NONCES_AT_ONCE = 1024;

/** A key as node:crypto takes it fastest: a raw one costs five times as much at each use. */
export type SealingKey = KeyObject;

/** @param key 32 bytes */
export function sealingKey(key: Uint8Array): SealingKey {
  if (key.length !== KEY_BYTES) throw new Error(`a key has ${KEY_BYTES} bytes`);
  return createSecretKey(key);
}

/** @param context what the value belongs to: it opens with the same context only */
export function seal(key: SealingKey, value: Uint8Array, context: Uint8Array): Buffer {
  const nonce = nextNonce();
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(context);
  const sealed = Buffer.allocUnsafe(NONCE_BYTES + TAG_BYTES + value.length);
  sealed.set(nonce);
  sealed.set(cipher.update(value), NONCE_BYTES + TAG_BYTES);
  cipher.final(); // GCM holds nothing back
  sealed.set(cipher.getAuthTag(), NONCE_BYTES);
  return sealed;
}

/** The value, or undefined where key or context are others than those that sealed it, or a bit was changed. */
export function unseal(key: SealingKey, sealed: Uint8Array, context: Uint8Array): Buffer | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(context).setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  const value = decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return value;
}

// One call of the generator for many nonces: each call costs as much as sealing a value.
const nonces = Buffer.alloc(NONCES_AT_ONCE * NONCE_BYTES);
let used = NONCES_AT_ONCE;

function nextNonce(): Buffer {
  if (used === NONCES_AT_ONCE) {
    randomFillSync(nonces);
    used = 0;
  }
  const at = used++ * NONCE_BYTES;
  return nonces.subarray(at, at + NONCE_BYTES);
}
