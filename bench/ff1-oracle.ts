// Random FF1 cases against @noble/ciphers, an independent implementation: every key size, several radices, lengths 6 to 56.
// `npm run bench -- ff1-oracle` compares 1,000,000 (--cases); a test compares some.

import { createCipheriv, createHash } from 'node:crypto';
import { FF1 } from '@noble/ciphers/ff1.js';
import { blockCipher } from '../src/kernels/block-cipher.ts';
import { createFf1 } from '../src/kernels/ff1.ts';
import { minLengthOf, type Numerals } from '../src/kernels/numerals.ts';

/** 65,535 is the largest that the oracle takes. */
const RADICES = [2, 3, 10, 16, 26, 36, 62, 64, 256, 1000, 65_535];
const LENGTHS = { min: 6, max: 56 } as const;
const MAX_TWEAK_BYTES = 40;
/** Strings of one key, radix and tweak, which our kernel encrypts as one column. */
const COLUMN = 100;

/** What came out. */
export interface OracleResult {
  readonly radices: readonly number[];
  readonly lengths: typeof LENGTHS;
  readonly cases: number;
  /** Strings that we encrypt otherwise than the oracle does. */
  readonly mismatches: number;
  /** Strings that our decryption does not give back. */
  readonly failedRoundTrips: number;
}

/** Compares random cases; the seed decides all of them. */
export function compareWithOracle(cases: number, seed: string): OracleResult {
  const draw = drawer(seed);
  let mismatches = 0;
  let failedRoundTrips = 0;
  for (let done = 0; done < cases; done += COLUMN) {
    const found = compareColumn(Math.min(COLUMN, cases - done), draw);
    mismatches += found.mismatches;
    failedRoundTrips += found.failedRoundTrips;
  }
  return { radices: RADICES, lengths: LENGTHS, cases, mismatches, failedRoundTrips };
}

function compareColumn(count: number, draw: Draw): Pick<OracleResult, 'mismatches' | 'failedRoundTrips'> {
  const radix = RADICES[draw.below(RADICES.length)]!; // below its length
  const key = draw.bytes([16, 24, 32][draw.below(3)]!); // one of three
  const tweak = draw.bytes(draw.below(MAX_TWEAK_BYTES + 1));
  const shortest = Math.max(LENGTHS.min, minLengthOf(radix));
  const strings = Array.from({ length: count }, () =>
    Array.from({ length: shortest + draw.below(LENGTHS.max - shortest + 1) }, () => draw.below(radix)),
  );
  const column = columnOf(strings);
  const ff1 = createFf1({ cipher: blockCipher(key), radix, tweak });
  ff1.encrypt(column);
  const oracle = FF1(radix, key, tweak);
  const isEqual = (index: number, expected: readonly number[]): boolean => {
    const start = column.offsets[index]!; // index < count
    return expected.every((numeral, at) => column.values[start + at] === numeral);
  };
  const mismatches = strings.filter((X, index) => !isEqual(index, oracle.encrypt(X))).length;
  ff1.decrypt(column);
  return { mismatches, failedRoundTrips: strings.filter((X, index) => !isEqual(index, X)).length };
}

function columnOf(strings: readonly (readonly number[])[]): Numerals {
  const lengths = Int32Array.from(strings, string => string.length);
  let next = 0;
  const offsets = lengths.map(length => {
    next += length;
    return next - length;
  });
  return { values: Uint16Array.from(strings.flat()), offsets, lengths, count: strings.length };
}

interface Draw {
  bytes(count: number): Uint8Array;
  /** A number from 0 to count − 1; its bias does not matter here. */
  below(count: number): number;
}

/** AES in counter mode as a stream of random bytes that a seed decides. */
function drawer(seed: string): Draw {
  const stream = createCipheriv('aes-256-ctr', createHash('sha256').update(seed).digest(), Buffer.alloc(16));
  const size = 1 << 16;
  let buffer = stream.update(Buffer.alloc(size));
  let at = 0;
  const bytes = (count: number): Uint8Array => {
    if (at + count > size) {
      buffer = stream.update(Buffer.alloc(size));
      at = 0;
    }
    at += count;
    return buffer.subarray(at - count, at);
  };
  return {
    bytes: count => Uint8Array.from(bytes(count)),
    below(count) {
      const [a, b, c, d] = bytes(4) as unknown as [number, number, number, number]; // four bytes
      return (((a << 24) | (b << 16) | (c << 8) | d) >>> 0) % count;
    },
  };
}
