// Sealing for who has a private key: X25519 with an ephemeral key (RFC 7748), HKDF-SHA-256 (RFC 5869), AES-256-GCM. Whoever
// seals cannot open; a box does not tell who sealed it.

import { createHash, createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync, type KeyObject } from 'node:crypto';
import { seal, sealingKey, unseal } from './seal.ts';

/** Bytes of an X25519 public key. */
const PUBLIC_BYTES = 32;
const INFO = 'pgveil/box/1';
/** What SubjectPublicKeyInfo has in front of an X25519 key (RFC 8410, section 4). */
const SPKI_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');

/** @param context what the value belongs to: the box opens with the same context only */
export function sealFor(publicKey: KeyObject, value: Uint8Array, context: Uint8Array): Buffer {
  const ephemeral = generateKeyPairSync('x25519');
  const own = rawPublicKey(ephemeral.publicKey);
  const shared = diffieHellman({ privateKey: ephemeral.privateKey, publicKey });
  return Buffer.concat([own, seal(boxKey(shared, own, rawPublicKey(publicKey)), value, context)]);
}

/** The value, or undefined where key or context are others than those that sealed it, or a bit was changed. */
export function openBox(privateKey: KeyObject, box: Uint8Array, context: Uint8Array): Buffer | undefined {
  if (box.length < PUBLIC_BYTES) return undefined;
  const other = box.subarray(0, PUBLIC_BYTES);
  const publicKey = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, other]), format: 'der', type: 'spki' });
  const shared = agree(privateKey, publicKey);
  return shared && unseal(boxKey(shared, other, rawPublicKey(createPublicKey(privateKey))), box.subarray(32), context);
}

/** The 32 bytes of an X25519 key. */
export function rawPublicKey(publicKey: KeyObject): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' }).subarray(SPKI_PREFIX.length);
}

/** Tells keys apart, for people and for messages: 16 hex digits. */
export function keyFingerprint(publicKey: KeyObject): string {
  return createHash('sha256').update(rawPublicKey(publicKey)).digest('hex').slice(0, 16);
}

/** Both public keys take part, so that no box opens as another's. */
function boxKey(shared: Uint8Array, ephemeral: Uint8Array, recipient: Uint8Array) {
  return sealingKey(new Uint8Array(hkdfSync('sha256', shared, Buffer.concat([ephemeral, recipient]), INFO, 32)));
}

/** Nothing where the other key is a point of low order, which agrees on zero with every key. */
function agree(privateKey: KeyObject, publicKey: KeyObject): Buffer | undefined {
  try {
    return diffieHellman({ privateKey, publicKey });
  } catch {
    return undefined;
  }
}
