// FF3-1 (NIST SP 800-38G r1, draft of 2019, Algorithms 9 and 10), with the standard's symbols and steps. NIST's 2nd public draft
// (2025) withdraws it: it is here to read and write what other systems encrypted, one string at a time, not for new data.

import type { Column } from '../batch/column.ts';
import { BLOCK_BYTES, type BlockCipher, blockCipher } from './block-cipher.ts';
import { checkRadix, minLengthOf, type NumeralCipher, type Numerals } from './numerals.ts';

/** Bytes of a tweak: 56 bits. */
export const FF31_TWEAK_BYTES = 7;
const FF3_TWEAK_BYTES = 8;
const ROUNDS = 8;

export interface Ff31Settings {
  /** 16, 24 or 32 bytes. */
  readonly key: Uint8Array;
  /** 2…65,536. */
  readonly radix: number;
  /** T, 7 bytes; of strings that have no tweak of their own. */
  readonly tweak: Uint8Array;
}

/**
 * FF3-1 for strings with a domain from 1,000,000 to 2^192. The tweak of a string, where there is one, takes the place of `tweak`.
 * @throws {RangeError} for another radix or length of a tweak
 */
export function createFf31({ key, radix, tweak }: Ff31Settings): NumeralCipher {
  return createCipher({ key, radix, tweak }, tweakHalves);
}

/**
 * The original FF3 of SP 800-38G (2016), with its tweak of 64 bits, which is broken for small domains: only to hold the rounds,
 * which are the same, to NIST's vectors.
 */
export function createOriginalFf3(settings: Ff31Settings): NumeralCipher {
  return createCipher(settings, T => {
    if (T.length !== FF3_TWEAK_BYTES) throw new RangeError('a tweak is not of 8 bytes');
    return { TL: T.subarray(0, 4), TR: T.subarray(4) };
  });
}

interface TweakHalves {
  readonly TL: Uint8Array;
  readonly TR: Uint8Array;
}

/** Algorithm 9, step 3: TL = T[0…27] || 0^4, TR = T[32…55] || T[28…31] || 0^4. */
function tweakHalves(T: Uint8Array): TweakHalves {
  if (T.length !== FF31_TWEAK_BYTES) throw new RangeError('a tweak is not of 7 bytes');
  const middle = T[3]!; // 7 bytes
  return {
    TL: Uint8Array.of(T[0]!, T[1]!, T[2]!, middle & 0xf0), // 7 bytes
    TR: Uint8Array.of(T[4]!, T[5]!, T[6]!, (middle & 0x0f) << 4), // 7 bytes
  };
}

function createCipher({ key, radix, tweak }: Ff31Settings, halvesOf: (T: Uint8Array) => TweakHalves): NumeralCipher {
  checkRadix(radix);
  const minLength = minLengthOf(radix);
  const maxLength = 2 * longestHalf(radix);
  const cipher = blockCipher(Uint8Array.from(key).reverse()); // CIPH under REVB(K)
  const usual = halvesOf(tweak);
  const run = ({ values, offsets, lengths, count }: Numerals, tweaks: Column | undefined, sign: 1n | -1n): void => {
    for (let index = 0; index < count; index++) {
      const n = lengths[index]!; // index < count
      if (n < minLength || n > maxLength) throw new RangeError(`a length is not in ${minLength}…${maxLength}`);
      const start = offsets[index]!; // index < count
      const X = values.subarray(start, start + n);
      if (X.some(numeral => numeral >= radix)) throw new RangeError('a numeral is not below the radix');
      runRounds(X, { radix, sign, cipher, T: tweaks ? halvesOf(tweakOf(tweaks, index)) : usual });
    }
  };
  return {
    ...{ radix, minLength, maxLength },
    encrypt: (numerals, tweaks) => run(numerals, tweaks, 1n),
    decrypt: (numerals, tweaks) => run(numerals, tweaks, -1n),
  };
}

function tweakOf({ bytes, offsets, lengths }: Column, index: number): Uint8Array {
  const start = offsets[index]!; // index < count
  return bytes.subarray(start, start + lengths[index]!);
}

/** ⌊log_radix(2^96)⌋: the halves fit into the 12 bytes that P has for them. */
function longestHalf(radix: number): number {
  let length = 0;
  for (let size = BigInt(radix); size <= 2n ** 96n; size *= BigInt(radix)) length++;
  return length;
}

interface Rounds {
  readonly radix: number;
  readonly sign: 1n | -1n;
  readonly cipher: BlockCipher;
  readonly T: TweakHalves;
}

/**
 * Steps 1, 2, 4 and 5, in the place of X. The halves do not change places as A and B do in the standard: rounds of even i add to
 * the left one, those of odd i to the right one, and after eight rounds A is on the left again.
 */
function runRounds(X: Uint16Array, { radix, sign, cipher, T }: Rounds): void {
  const u = Math.ceil(X.length / 2);
  const base = BigInt(radix);
  const halves = [X.subarray(0, u), X.subarray(u)] as const;
  const numbers = halves.map(half => reversedNumber(half, base));
  const moduli = halves.map(half => base ** BigInt(half.length));
  for (let round = 0; round < ROUNDS; round++) {
    const i = sign === 1n ? round : ROUNDS - 1 - round;
    const target = i % 2; // m = u in even rounds, v in odd ones
    const W = target === 0 ? T.TR : T.TL;
    const y = roundNumber({ W, i, B: numbers[1 - target]! }, cipher); // there are two of each
    const modulus = moduli[target]!;
    const c = (numbers[target]! + sign * y) % modulus;
    numbers[target] = c < 0n ? c + modulus : c;
  }
  halves.forEach((half, index) => {
    writeReversed(half, numbers[index]!, base); // there are two of each
  });
}

/** Steps 4.ii and 4.iii: P = W ⊕ [i]^4 || [NUM(REV(B))]^12; y = NUM(REVB(CIPH(REVB(P)))). */
function roundNumber(
  { W, i, B }: { readonly W: Uint8Array; readonly i: number; readonly B: bigint },
  cipher: BlockCipher,
): bigint {
  const P = new Uint8Array(BLOCK_BYTES);
  const view = new DataView(P.buffer);
  P.set(W);
  P[3]! ^= i;
  view.setUint32(4, Number(B >> 64n));
  view.setBigUint64(8, BigInt.asUintN(64, B));
  const S = cipher(P.reverse()).reverse();
  const bytes = new DataView(S.buffer, S.byteOffset, S.byteLength);
  return (bytes.getBigUint64(0) << 64n) | bytes.getBigUint64(8);
}

/** NUM(REV(half)). */
function reversedNumber(half: Uint16Array, base: bigint): bigint {
  return half.reduceRight((number, numeral) => number * base + BigInt(numeral), 0n);
}

/** half = REV(STR(number)). */
function writeReversed(half: Uint16Array, number: bigint, base: bigint): void {
  let rest = number;
  for (let index = 0; index < half.length; index++) {
    half[index] = Number(rest % base);
    rest /= base;
  }
}
