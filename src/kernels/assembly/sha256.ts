// SHA-256's compression function (FIPS 180-4 §6.2.2) over five messages at once, in the standard's own symbols: four in
// the 32-bit lanes of v128 registers, a fifth in scalar registers. A core has execution ports that vector instructions
// cannot use; they hash the fifth message almost for nothing (docs/decisions/0001-hmac-kernel.md).

// Words lie in memory thus: a u32 each for the scalar message, and from VECTORS on a v128 each for the lanes.
export const VECTORS = 64;
/** Bytes of H(0) … H(7). */
export const STATE_BYTES = VECTORS + 8 * 16;
/** The block to compress, W(0) … W(15); `compress` destroys it. In front of it, ROWS (see blocks.ts). */
export const WORDS: usize = memory.data(4 * 64 + VECTORS + 16 * 16, 16) + 4 * 64;

const K: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
], 16);

// All that follows is inlined, so that t is a constant and the state stays in registers. T is v128 or u32.

// @ts-ignore: decorator
@inline
function add<T>(x: T, y: T): T {
  if (isVector<T>()) return i32x4.add(x, y);
  return x + y;
}

// @ts-ignore: decorator
@inline
function xor<T>(x: T, y: T): T {
  if (isVector<T>()) return v128.xor(x, y);
  return x ^ y;
}

// @ts-ignore: decorator
@inline
function and<T>(x: T, y: T): T {
  if (isVector<T>()) return v128.and(x, y);
  return x & y;
}

// @ts-ignore: decorator
@inline
function shr<T>(x: T, n: i32): T {
  if (isVector<T>()) return i32x4.shr_u(x, n);
  return x >>> n;
}

// @ts-ignore: decorator
@inline
function rotr<T>(x: T, n: i32): T {
  if (isVector<T>()) return v128.or(i32x4.shr_u(x, n), i32x4.shl(x, 32 - n));
  return (x >>> n) | (x << (32 - n));
}

// Σ0, Σ1, σ0 and σ1 (§4.1.2). Scalars as rotations of rotations: x64 overwrites what it rotates, so that saves copies.

// @ts-ignore: decorator
@inline
function Sigma0<T>(x: T): T {
  if (isVector<T>()) return xor(xor(rotr(x, 2), rotr(x, 13)), rotr(x, 22));
  return rotr(xor(x, rotr(xor(x, rotr(x, 9)), 11)), 2);
}

// @ts-ignore: decorator
@inline
function Sigma1<T>(x: T): T {
  if (isVector<T>()) return xor(xor(rotr(x, 6), rotr(x, 11)), rotr(x, 25));
  return rotr(xor(x, rotr(xor(x, rotr(x, 14)), 5)), 6);
}

// @ts-ignore: decorator
@inline
function sigma0<T>(x: T): T {
  if (isVector<T>()) return xor(xor(rotr(x, 7), rotr(x, 18)), shr(x, 3));
  return xor(rotr(xor(x, rotr(x, 11)), 7), shr(x, 3));
}

// @ts-ignore: decorator
@inline
function sigma1<T>(x: T): T {
  if (isVector<T>()) return xor(xor(rotr(x, 17), rotr(x, 19)), shr(x, 10));
  return xor(rotr(xor(x, rotr(x, 2)), 17), shr(x, 10));
}

/** T1 = h + Σ1(e) + Ch(e, f, g) + K(t) + W(t); Ch needs one instruction less as g ⊕ (e ∧ (f ⊕ g)). */
// @ts-ignore: decorator
@inline
function T1<T>(e: T, f: T, g: T, h: T, word: T): T {
  return add(add(add(h, word), xor(g, and(e, xor(f, g)))), Sigma1(e));
}

/** T2 = Σ0(a) + Maj(a, b, c), with Maj as b ⊕ ((a ⊕ b) ∧ (b ⊕ c)): b ⊕ c is a ⊕ b of the round before. */
// @ts-ignore: decorator
@inline
function T2<T>(a: T, b: T, ab: T, bc: T): T {
  return add(Sigma0(a), xor(b, and(ab, bc)));
}

/** Where word t of the words at `area` is. */
// @ts-ignore: decorator
@inline
function at<T>(area: usize, t: i32): usize {
  return isVector<T>() ? area + VECTORS + 16 * t : area + 4 * t;
}

// @ts-ignore: decorator
@inline
function constant<T>(k: usize): T {
  if (isVector<T>()) return v128.load_splat<u32>(k);
  return load<u32>(k);
}

/** K(t) + W(t) for t < 16. */
// @ts-ignore: decorator
@inline
function given<T>(t: i32): T {
  return add(load<T>(at<T>(WORDS, t)), constant<T>(K + 4 * t));
}

/** K + W of a later round, t taken modulo 16, k the address of K(t) where that is 0. The schedule works in place. */
// @ts-ignore: decorator
@inline
function next<T>(t: i32, k: usize): T {
  const old = add(load<T>(at<T>(WORDS, t)), sigma0(load<T>(at<T>(WORDS, (t + 1) & 15))));
  const word = add(old, add(load<T>(at<T>(WORDS, (t + 9) & 15)), sigma1(load<T>(at<T>(WORDS, (t + 14) & 15)))));
  store<T>(at<T>(WORDS, t), word);
  return add(word, constant<T>(k + 4 * t));
}

// @ts-ignore: decorator
@inline
function feedForward(from: usize, to: usize, i: i32, x: v128, x1: u32): void {
  store<v128>(at<v128>(to, i), add(x, load<v128>(at<v128>(from, i))));
  store<u32>(at<u32>(to, i), x1 + load<u32>(at<u32>(from, i)));
}

/**
 * Compresses WORDS into the state at `from` and writes the new state to `to`, which may be WORDS.
 * The names rotate through the rounds instead of the values; x and y hold a ⊕ b and b ⊕ c in turn. Sixteen rounds
 * are unrolled, not all 64: as fast, and the code stays within what a core keeps decoded.
 */
export function compress(from: usize, to: usize): void {
  let a = load<v128>(at<v128>(from, 0)), b = load<v128>(at<v128>(from, 1));
  let c = load<v128>(at<v128>(from, 2)), d = load<v128>(at<v128>(from, 3));
  let e = load<v128>(at<v128>(from, 4)), f = load<v128>(at<v128>(from, 5));
  let g = load<v128>(at<v128>(from, 6)), h = load<v128>(at<v128>(from, 7));
  let a1 = load<u32>(from), b1 = load<u32>(from, 4), c1 = load<u32>(from, 8), d1 = load<u32>(from, 12);
  let e1 = load<u32>(from, 16), f1 = load<u32>(from, 20), g1 = load<u32>(from, 24), h1 = load<u32>(from, 28);
  let y = v128.xor(b, c), x = y;
  let y1 = b1 ^ c1, x1 = y1;

  h = T1(e, f, g, h, given<v128>(0)); d = add(d, h); x = xor(a, b); h = add(h, T2(a, b, x, y));
  h1 = T1(e1, f1, g1, h1, given<u32>(0)); d1 += h1; x1 = a1 ^ b1; h1 += T2(a1, b1, x1, y1);
  g = T1(d, e, f, g, given<v128>(1)); c = add(c, g); y = xor(h, a); g = add(g, T2(h, a, y, x));
  g1 = T1(d1, e1, f1, g1, given<u32>(1)); c1 += g1; y1 = h1 ^ a1; g1 += T2(h1, a1, y1, x1);
  f = T1(c, d, e, f, given<v128>(2)); b = add(b, f); x = xor(g, h); f = add(f, T2(g, h, x, y));
  f1 = T1(c1, d1, e1, f1, given<u32>(2)); b1 += f1; x1 = g1 ^ h1; f1 += T2(g1, h1, x1, y1);
  e = T1(b, c, d, e, given<v128>(3)); a = add(a, e); y = xor(f, g); e = add(e, T2(f, g, y, x));
  e1 = T1(b1, c1, d1, e1, given<u32>(3)); a1 += e1; y1 = f1 ^ g1; e1 += T2(f1, g1, y1, x1);
  d = T1(a, b, c, d, given<v128>(4)); h = add(h, d); x = xor(e, f); d = add(d, T2(e, f, x, y));
  d1 = T1(a1, b1, c1, d1, given<u32>(4)); h1 += d1; x1 = e1 ^ f1; d1 += T2(e1, f1, x1, y1);
  c = T1(h, a, b, c, given<v128>(5)); g = add(g, c); y = xor(d, e); c = add(c, T2(d, e, y, x));
  c1 = T1(h1, a1, b1, c1, given<u32>(5)); g1 += c1; y1 = d1 ^ e1; c1 += T2(d1, e1, y1, x1);
  b = T1(g, h, a, b, given<v128>(6)); f = add(f, b); x = xor(c, d); b = add(b, T2(c, d, x, y));
  b1 = T1(g1, h1, a1, b1, given<u32>(6)); f1 += b1; x1 = c1 ^ d1; b1 += T2(c1, d1, x1, y1);
  a = T1(f, g, h, a, given<v128>(7)); e = add(e, a); y = xor(b, c); a = add(a, T2(b, c, y, x));
  a1 = T1(f1, g1, h1, a1, given<u32>(7)); e1 += a1; y1 = b1 ^ c1; a1 += T2(b1, c1, y1, x1);
  h = T1(e, f, g, h, given<v128>(8)); d = add(d, h); x = xor(a, b); h = add(h, T2(a, b, x, y));
  h1 = T1(e1, f1, g1, h1, given<u32>(8)); d1 += h1; x1 = a1 ^ b1; h1 += T2(a1, b1, x1, y1);
  g = T1(d, e, f, g, given<v128>(9)); c = add(c, g); y = xor(h, a); g = add(g, T2(h, a, y, x));
  g1 = T1(d1, e1, f1, g1, given<u32>(9)); c1 += g1; y1 = h1 ^ a1; g1 += T2(h1, a1, y1, x1);
  f = T1(c, d, e, f, given<v128>(10)); b = add(b, f); x = xor(g, h); f = add(f, T2(g, h, x, y));
  f1 = T1(c1, d1, e1, f1, given<u32>(10)); b1 += f1; x1 = g1 ^ h1; f1 += T2(g1, h1, x1, y1);
  e = T1(b, c, d, e, given<v128>(11)); a = add(a, e); y = xor(f, g); e = add(e, T2(f, g, y, x));
  e1 = T1(b1, c1, d1, e1, given<u32>(11)); a1 += e1; y1 = f1 ^ g1; e1 += T2(f1, g1, y1, x1);
  d = T1(a, b, c, d, given<v128>(12)); h = add(h, d); x = xor(e, f); d = add(d, T2(e, f, x, y));
  d1 = T1(a1, b1, c1, d1, given<u32>(12)); h1 += d1; x1 = e1 ^ f1; d1 += T2(e1, f1, x1, y1);
  c = T1(h, a, b, c, given<v128>(13)); g = add(g, c); y = xor(d, e); c = add(c, T2(d, e, y, x));
  c1 = T1(h1, a1, b1, c1, given<u32>(13)); g1 += c1; y1 = d1 ^ e1; c1 += T2(d1, e1, y1, x1);
  b = T1(g, h, a, b, given<v128>(14)); f = add(f, b); x = xor(c, d); b = add(b, T2(c, d, x, y));
  b1 = T1(g1, h1, a1, b1, given<u32>(14)); f1 += b1; x1 = c1 ^ d1; b1 += T2(c1, d1, x1, y1);
  a = T1(f, g, h, a, given<v128>(15)); e = add(e, a); y = xor(b, c); a = add(a, T2(b, c, y, x));
  a1 = T1(f1, g1, h1, a1, given<u32>(15)); e1 += a1; y1 = b1 ^ c1; a1 += T2(b1, c1, y1, x1);

  for (let k = K + 64; k < K + 256; k += 64) {
    h = T1(e, f, g, h, next<v128>(0, k)); d = add(d, h); x = xor(a, b); h = add(h, T2(a, b, x, y));
    h1 = T1(e1, f1, g1, h1, next<u32>(0, k)); d1 += h1; x1 = a1 ^ b1; h1 += T2(a1, b1, x1, y1);
    g = T1(d, e, f, g, next<v128>(1, k)); c = add(c, g); y = xor(h, a); g = add(g, T2(h, a, y, x));
    g1 = T1(d1, e1, f1, g1, next<u32>(1, k)); c1 += g1; y1 = h1 ^ a1; g1 += T2(h1, a1, y1, x1);
    f = T1(c, d, e, f, next<v128>(2, k)); b = add(b, f); x = xor(g, h); f = add(f, T2(g, h, x, y));
    f1 = T1(c1, d1, e1, f1, next<u32>(2, k)); b1 += f1; x1 = g1 ^ h1; f1 += T2(g1, h1, x1, y1);
    e = T1(b, c, d, e, next<v128>(3, k)); a = add(a, e); y = xor(f, g); e = add(e, T2(f, g, y, x));
    e1 = T1(b1, c1, d1, e1, next<u32>(3, k)); a1 += e1; y1 = f1 ^ g1; e1 += T2(f1, g1, y1, x1);
    d = T1(a, b, c, d, next<v128>(4, k)); h = add(h, d); x = xor(e, f); d = add(d, T2(e, f, x, y));
    d1 = T1(a1, b1, c1, d1, next<u32>(4, k)); h1 += d1; x1 = e1 ^ f1; d1 += T2(e1, f1, x1, y1);
    c = T1(h, a, b, c, next<v128>(5, k)); g = add(g, c); y = xor(d, e); c = add(c, T2(d, e, y, x));
    c1 = T1(h1, a1, b1, c1, next<u32>(5, k)); g1 += c1; y1 = d1 ^ e1; c1 += T2(d1, e1, y1, x1);
    b = T1(g, h, a, b, next<v128>(6, k)); f = add(f, b); x = xor(c, d); b = add(b, T2(c, d, x, y));
    b1 = T1(g1, h1, a1, b1, next<u32>(6, k)); f1 += b1; x1 = c1 ^ d1; b1 += T2(c1, d1, x1, y1);
    a = T1(f, g, h, a, next<v128>(7, k)); e = add(e, a); y = xor(b, c); a = add(a, T2(b, c, y, x));
    a1 = T1(f1, g1, h1, a1, next<u32>(7, k)); e1 += a1; y1 = b1 ^ c1; a1 += T2(b1, c1, y1, x1);
    h = T1(e, f, g, h, next<v128>(8, k)); d = add(d, h); x = xor(a, b); h = add(h, T2(a, b, x, y));
    h1 = T1(e1, f1, g1, h1, next<u32>(8, k)); d1 += h1; x1 = a1 ^ b1; h1 += T2(a1, b1, x1, y1);
    g = T1(d, e, f, g, next<v128>(9, k)); c = add(c, g); y = xor(h, a); g = add(g, T2(h, a, y, x));
    g1 = T1(d1, e1, f1, g1, next<u32>(9, k)); c1 += g1; y1 = h1 ^ a1; g1 += T2(h1, a1, y1, x1);
    f = T1(c, d, e, f, next<v128>(10, k)); b = add(b, f); x = xor(g, h); f = add(f, T2(g, h, x, y));
    f1 = T1(c1, d1, e1, f1, next<u32>(10, k)); b1 += f1; x1 = g1 ^ h1; f1 += T2(g1, h1, x1, y1);
    e = T1(b, c, d, e, next<v128>(11, k)); a = add(a, e); y = xor(f, g); e = add(e, T2(f, g, y, x));
    e1 = T1(b1, c1, d1, e1, next<u32>(11, k)); a1 += e1; y1 = f1 ^ g1; e1 += T2(f1, g1, y1, x1);
    d = T1(a, b, c, d, next<v128>(12, k)); h = add(h, d); x = xor(e, f); d = add(d, T2(e, f, x, y));
    d1 = T1(a1, b1, c1, d1, next<u32>(12, k)); h1 += d1; x1 = e1 ^ f1; d1 += T2(e1, f1, x1, y1);
    c = T1(h, a, b, c, next<v128>(13, k)); g = add(g, c); y = xor(d, e); c = add(c, T2(d, e, y, x));
    c1 = T1(h1, a1, b1, c1, next<u32>(13, k)); g1 += c1; y1 = d1 ^ e1; c1 += T2(d1, e1, y1, x1);
    b = T1(g, h, a, b, next<v128>(14, k)); f = add(f, b); x = xor(c, d); b = add(b, T2(c, d, x, y));
    b1 = T1(g1, h1, a1, b1, next<u32>(14, k)); f1 += b1; x1 = c1 ^ d1; b1 += T2(c1, d1, x1, y1);
    a = T1(f, g, h, a, next<v128>(15, k)); e = add(e, a); y = xor(b, c); a = add(a, T2(b, c, y, x));
    a1 = T1(f1, g1, h1, a1, next<u32>(15, k)); e1 += a1; y1 = b1 ^ c1; a1 += T2(b1, c1, y1, x1);
  }

  feedForward(from, to, 0, a, a1);
  feedForward(from, to, 1, b, b1);
  feedForward(from, to, 2, c, c1);
  feedForward(from, to, 3, d, d1);
  feedForward(from, to, 4, e, e1);
  feedForward(from, to, 5, f, f1);
  feedForward(from, to, 6, g, g1);
  feedForward(from, to, 7, h, h1);
}
