// FF1 as NIST SP 800-38G r1 (2nd public draft) writes it, one string at a time with BigInt: slow, and read beside the standard.

import { createCipheriv, createSecretKey } from 'node:crypto';

export interface Ff1Input {
  readonly key: Uint8Array;
  readonly T: Uint8Array;
  readonly radix: number;
  /** Numerals. */
  readonly X: readonly number[];
}

/** Algorithm 7: FF1.Encrypt(K, T, X). */
export function ff1Encrypt({ key, T, radix, X }: Ff1Input): number[] {
  const n = X.length;
  const u = Math.floor(n / 2); // 1
  const v = n - u;
  let A = X.slice(0, u); // 2
  let B = X.slice(u);
  for (let i = 0; i <= 9; i++) {
    const m = i % 2 === 0 ? u : v; // 6.v
    const y = roundNumber({ key, T, radix, n }, i, B); // 6.i to 6.iv
    const c = mod(NUM(A, radix) + y, BigInt(radix) ** BigInt(m)); // 6.vi
    const C = STR(c, radix, m); // 6.vii
    A = B; // 6.viii
    B = C; // 6.ix
  }
  return [...A, ...B]; // 7
}

/** Algorithm 8: FF1.Decrypt(K, T, X). */
export function ff1Decrypt({ key, T, radix, X }: Ff1Input): number[] {
  const n = X.length;
  const u = Math.floor(n / 2);
  const v = n - u;
  let A = X.slice(0, u);
  let B = X.slice(u);
  for (let i = 9; i >= 0; i--) {
    const m = i % 2 === 0 ? u : v;
    const y = roundNumber({ key, T, radix, n }, i, A);
    const c = mod(NUM(B, radix) - y, BigInt(radix) ** BigInt(m));
    const C = STR(c, radix, m);
    B = A;
    A = C;
  }
  return [...A, ...B];
}

/** Steps 3, 4, 5 and 6.i to 6.iv. */
function roundNumber(
  { key, T, radix, n }: Pick<Ff1Input, 'key' | 'T' | 'radix'> & { readonly n: number },
  i: number,
  B: readonly number[],
): bigint {
  const u = Math.floor(n / 2);
  const v = n - u;
  const t = T.length;
  const b = Math.ceil(ceilLog2(BigInt(radix) ** BigInt(v)) / 8); // 3
  const d = 4 * Math.ceil(b / 4) + 4; // 4
  const P = Buffer.concat([
    ...[bytes(1n, 1), bytes(2n, 1), bytes(1n, 1), bytes(BigInt(radix), 3), bytes(10n, 1), bytes(BigInt(u % 256), 1)],
    ...[bytes(BigInt(n), 4), bytes(BigInt(t), 4)],
  ]); // 5
  const zeros = Number(mod(BigInt(-t - b - 1), 16n));
  const Q = Buffer.concat([T, Buffer.alloc(zeros), bytes(BigInt(i), 1), bytes(NUM(B, radix), b)]); // 6.i
  const R = PRF(key, Buffer.concat([P, Q])); // 6.ii
  const blocks = [R];
  for (let j = 1; j < Math.ceil(d / 16); j++) blocks.push(CIPH(key, xor(R, bytes(BigInt(j), 16))));
  const S = Buffer.concat(blocks).subarray(0, d); // 6.iii
  return BigInt(`0x${S.toString('hex')}`); // 6.iv
}

/** Algorithm 6: PRF(X), CBC-MAC from a block of zeros. */
function PRF(key: Uint8Array, X: Buffer): Buffer {
  let Y: Buffer = Buffer.alloc(16);
  for (let at = 0; at < X.length; at += 16) Y = CIPH(key, xor(Y, X.subarray(at, at + 16)));
  return Y;
}

function CIPH(key: Uint8Array, block: Uint8Array): Buffer {
  const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, createSecretKey(key), null).setAutoPadding(false);
  return cipher.update(block);
}

/** NUM_radix(X). */
export function NUM(X: readonly number[], radix: number): bigint {
  return X.reduce((number, numeral) => number * BigInt(radix) + BigInt(numeral), 0n);
}

/** STR^m_radix(x). */
export function STR(x: bigint, radix: number, m: number): number[] {
  const numerals: number[] = [];
  for (let rest = x; numerals.length < m; rest /= BigInt(radix)) numerals.unshift(Number(rest % BigInt(radix)));
  return numerals;
}

const mod = (x: bigint, m: bigint): bigint => ((x % m) + m) % m;
const bytes = (x: bigint, size: number): Buffer => Buffer.from(x.toString(16).padStart(2 * size, '0'), 'hex');
const xor = (a: Uint8Array, b: Uint8Array): Buffer => Buffer.from(a.map((byte, at) => byte ^ b[at]!)); // as long

function ceilLog2(x: bigint): number {
  let bits = 0;
  while (2n ** BigInt(bits) < x) bits++;
  return bits;
}
