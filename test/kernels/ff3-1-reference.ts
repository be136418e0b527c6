// FF3-1 as the draft of NIST SP 800-38G r1 of 2019 writes it (Algorithms 9 and 10), on bit strings: slow, and read beside it.

import { createCipheriv, createSecretKey } from 'node:crypto';
import { NUM, STR } from './ff1-reference.ts';

export interface Ff31Input {
  readonly key: Uint8Array;
  /** 7 bytes. */
  readonly T: Uint8Array;
  readonly radix: number;
  readonly X: readonly number[];
}

/** Algorithm 9: FF3-1.Encrypt(K, T, X). */
export function ff31Encrypt({ key, T, radix, X }: Ff31Input): number[] {
  const n = X.length;
  const u = Math.ceil(n / 2); // 1
  const v = n - u;
  let A = X.slice(0, u); // 2
  let B = X.slice(u);
  const bits = [...T].map(byte => byte.toString(2).padStart(8, '0')).join('');
  const TL = `${bits.slice(0, 28)}0000`; // 3
  const TR = `${bits.slice(32, 56)}${bits.slice(28, 32)}0000`;
  for (let i = 0; i <= 7; i++) {
    const m = i % 2 === 0 ? u : v; // 4.i
    const W = i % 2 === 0 ? TR : TL;
    const left = (Number.parseInt(W, 2) ^ i) >>> 0; // 4.ii
    const right = NUM(B.toReversed(), radix).toString(16).padStart(24, '0');
    const P = Buffer.from(left.toString(16).padStart(8, '0') + right, 'hex');
    const S = ciph(REVB(key), REVB(P)).toReversed(); // 4.iii
    const y = BigInt(`0x${Buffer.from(S).toString('hex')}`); // 4.iv
    const c = (NUM(A.toReversed(), radix) + y) % BigInt(radix) ** BigInt(m); // 4.v
    const C = STR(c, radix, m).toReversed(); // 4.vi
    A = B; // 4.vii
    B = C; // 4.viii
  }
  return [...A, ...B]; // 5
}

const REVB = (bytes: Uint8Array): Uint8Array => bytes.toReversed();

function ciph(key: Uint8Array, block: Uint8Array): Uint8Array {
  return createCipheriv(`aes-${key.length * 8}-ecb`, createSecretKey(key), null)
    .setAutoPadding(false)
    .update(block);
}
