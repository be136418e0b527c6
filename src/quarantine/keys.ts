// The operator's pair of keys: the public one seals, the private one opens, and only the public one is where runs are.

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { AnonymizeError } from '../errors.ts';

/** Both as PEM. */
export interface KeyPair {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** A new pair. */
export function makeKeyPair(): KeyPair {
  return generateKeyPairSync('x25519', {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

/** @param path where the key is named, for the error. @throws {AnonymizeError} ANON_QUARANTINE_KEY */
export function parsePublicKey(pem: string, path: string): KeyObject {
  // createPublicKey would take a private key, too; one has no business where runs are.
  const isPublic = pem.includes('-----BEGIN PUBLIC KEY-----');
  return parse(isPublic ? () => createPublicKey(pem) : undefined, { path, wanted: 'public' });
}

/** The same of a private key. */
export function parsePrivateKey(pem: string, path: string): KeyObject {
  const isPrivate = pem.includes('-----BEGIN PRIVATE KEY-----');
  return parse(isPrivate ? () => createPrivateKey(pem) : undefined, { path, wanted: 'private' });
}

function parse(
  read: (() => KeyObject) | undefined,
  { path, wanted }: { readonly path: string; readonly wanted: string },
): KeyObject {
  const key = read && attempt(read);
  if (key?.asymmetricKeyType === 'x25519') return key;
  throw new AnonymizeError('ANON_QUARANTINE_KEY', { path, wanted });
}

/** What OpenSSL says of a broken key is of no use to anybody. */
function attempt(read: () => KeyObject): KeyObject | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
