// What FF1 derives from the length of a numeral string alone (SP 800-38G r1 2pd, Algorithm 7, steps 1, 3, 4 and 5).

import { BLOCK_BYTES } from './block-cipher.ts';

/** Numbers of a length, by the standard's names, and how a half is held in memory. */
export interface Ff1Length {
  readonly radix: number;
  /** Numerals. */
  readonly n: number;
  /** Numerals of the left and of the right half. */
  readonly u: number;
  readonly v: number;
  /** Bytes of NUM(B). */
  readonly b: number;
  /** Bytes of S that become y. */
  readonly d: number;
  /** Blocks of Q that end with [i] || [NUM(B)]: they differ from round to round, all blocks before them do not. */
  readonly roundBlocks: number;
  /** Numerals of a full limb: a half is held in limbs of base radix^limbNumerals, the least significant first. */
  readonly limbNumerals: number;
  /** Limbs of the longer half. */
  readonly limbs: number;
}

/** Limbs stay below it: a limb times 2^16, plus 16 bits, plus another limb, is then exact in a double. */
const LIMB_BOUND = 2 ** 37 - 2 ** 22;

export function ff1Length(radix: number, n: number): Ff1Length {
  const u = Math.floor(n / 2);
  const v = n - u;
  // ⌈v · LOG2(radix)⌉ bits hold every number below radix^v; counting them on the largest one is exact.
  const b = Math.ceil((BigInt(radix) ** BigInt(v) - 1n).toString(2).length / 8);
  const d = 4 * Math.ceil(b / 4) + 4;
  const limbNumerals = Math.min(v, limbNumeralsOf(radix));
  return {
    ...{ radix, n, u, v, b, d, limbNumerals },
    roundBlocks: Math.ceil((b + 1) / BLOCK_BYTES),
    limbs: Math.ceil(v / limbNumerals),
  };
}

/**
 * P: [1] || [2] || [1] || [radix]^3 || [10] || [u mod 256] || [n]^4 || [t]^4.
 * @param t bytes of the tweak
 */
export function blockP({ radix, u, n }: Ff1Length, t: number): Uint8Array {
  const P = new Uint8Array(BLOCK_BYTES);
  const view = new DataView(P.buffer);
  P.set([1, 2, 1, radix >>> 16]);
  view.setUint16(4, radix & 0xffff);
  P.set([10, u % 256], 6);
  view.setUint32(8, n);
  view.setUint32(12, t);
  return P;
}

function limbNumeralsOf(radix: number): number {
  let numerals = 1;
  while (radix ** (numerals + 1) < LIMB_BOUND) numerals++;
  return numerals;
}
