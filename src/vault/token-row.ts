// A row of the vault on its way there and back: how its value is sealed, and to what.

import { seal, unseal } from '../crypto/seal.ts';
import type { DomainKey } from './domain-keys.ts';

/** A value and its token, before sealing. */
export interface TokenEntry {
  readonly fingerprint: Buffer;
  readonly token: Buffer;
  readonly value: Uint8Array;
}

/** A row as the vault holds it. */
export interface SealedEntry {
  readonly fingerprint: Buffer;
  readonly token: Buffer;
  readonly sealed: Buffer;
}

/** Seals a value to its domain, key version, fingerprint and token: in another row it does not open. */
export function sealEntry({ fingerprint, token, value }: TokenEntry, key: DomainKey): SealedEntry {
  return { fingerprint, token, sealed: seal(key.key, value, contextOf(key, fingerprint, token)) };
}

/** The value, or undefined where the row is not as it was written. */
export function unsealEntry({ fingerprint, token, sealed }: SealedEntry, key: DomainKey): Buffer | undefined {
  return unseal(key.key, sealed, contextOf(key, fingerprint, token));
}

const contextOf = ({ context }: DomainKey, fingerprint: Buffer, token: Buffer): Buffer =>
  Buffer.concat([context, fingerprint, token]);
