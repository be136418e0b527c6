// The one pseudo-random function behind every keyed strategy: HMAC-SHA-256 (RFC 2104, FIPS 180-4) under a derived key.

import type { Column } from '../batch/column.ts';
import { hmacColumn } from './hmac.ts';

/** Bytes of one digest. */
export const DIGEST_BYTES = 32;

/** HMAC-SHA-256 under one key. */
export interface Prf {
  /**
   * The digests of all values of a column, `DIGEST_BYTES` each, one after another.
   * The array is the kernel's own memory: it is valid until the next call on any Prf of this thread.
   */
  digests(column: Column): Uint8Array;
}

/** @param key 32 bytes, derived (see crypto/keys.ts) */
export function createPrf(key: Uint8Array): Prf {
  const column = hmacColumn(key);
  return { digests: column };
}
