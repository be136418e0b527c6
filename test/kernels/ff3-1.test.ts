import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFf31, createOriginalFf3, type Ff31Settings } from '../../src/kernels/ff3-1.ts';
import type { NumeralCipher } from '../../src/kernels/numerals.ts';
import { ff31Encrypt } from './ff3-1-reference.ts';
import { bytesColumn, numeralColumn, stringsOf } from './numeral-columns.ts';
import { ALPHABETS, hasVectors, numeralsOf, readVectors } from './vectors.ts';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const KEY = hex('EF4359D8D580AA4F7F036D6F04FC6A942B7E151628AED2A6ABF7158809CF4F3C');
const T = hex('D8E7920AFA330A');

function once(cipher: NumeralCipher, direction: 'encrypt' | 'decrypt', X: readonly number[]): number[] {
  const column = numeralColumn([X]);
  cipher[direction](column);
  return stringsOf(column)[0]!; // one string
}

describe.skipIf(!hasVectors)('published vectors', () => {
  test.each([
    ['acvp_ff31_r10.txt', ALPHABETS.digits],
    ['acvp_ff31_r26.txt', ALPHABETS.lower],
    ['acvp_ff31_r64.txt', ALPHABETS.base64],
  ])('ACVP: %s', (file, alphabet) => {
    const cases = readVectors(file) as [string, string, string, string][];
    expect(cases.length).toBeGreaterThan(4);
    for (const [tweak, key, plain, cipher] of cases) {
      const ff31 = createFf31({ key: hex(key), radix: alphabet.length, tweak: hex(tweak) });
      expect(once(ff31, 'encrypt', numeralsOf(plain, alphabet))).toEqual(numeralsOf(cipher, alphabet));
      expect(once(ff31, 'decrypt', numeralsOf(cipher, alphabet))).toEqual(numeralsOf(plain, alphabet));
    }
  });

  test('NIST: the rounds, in the original FF3', () => {
    const cases = readVectors('nist_ff3.txt') as [string, string, string, string, string][];
    expect(cases.length).toBeGreaterThan(10);
    for (const [key, tweak, radix, plain, cipher] of cases) {
      const ff3 = createOriginalFf3({ key: hex(key), radix: Number(radix), tweak: hex(tweak) });
      expect(once(ff3, 'encrypt', numeralsOf(plain, ALPHABETS.base36))).toEqual(numeralsOf(cipher, ALPHABETS.base36));
      expect(once(ff3, 'decrypt', numeralsOf(cipher, ALPHABETS.base36))).toEqual(numeralsOf(plain, ALPHABETS.base36));
    }
  });
});

test.each([
  [10, 6, 56],
  [2, 20, 192],
  [26, 5, 40],
  [64, 4, 32],
  [65_536, 2, 12],
])('radix %d, %d to %d numerals: is what the draft says, and back', (radix, minLength, maxLength) => {
  const { minLength: least, maxLength: most } = createFf31({ key: KEY, radix, tweak: T });
  expect([least, most]).toEqual([minLength, maxLength]);
  const numeral = fc.integer({ min: 0, max: radix - 1 });
  const tweak = fc.uint8Array({ minLength: 7, maxLength: 7 });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.array(numeral, { minLength, maxLength }), tweak), { minLength: 1 }), strings => {
      const column = numeralColumn(strings.map(([X]) => X));
      const tweaks = bytesColumn(strings.map(([, own]) => own));
      const ff31 = createFf31({ key: KEY, radix, tweak: T });
      ff31.encrypt(column, tweaks);
      expect(stringsOf(column)).toEqual(strings.map(([X, own]) => ff31Encrypt({ key: KEY, T: own, radix, X })));
      ff31.decrypt(column, tweaks);
      expect(stringsOf(column)).toEqual(strings.map(([X]) => X));
    }),
    { numRuns: 20 },
  );
});

describe('refuses', () => {
  const ff31 = createFf31({ key: KEY, radix: 10, tweak: T });

  test.each([
    ['too short a string', [1, 2, 3, 4, 5]],
    ['too long a string', new Array<number>(57).fill(1)],
    ['a numeral that is the radix', [1, 2, 3, 4, 5, 10]],
  ])('%s', (_, X) => {
    expect(() => ff31.encrypt(numeralColumn([X]))).toThrow(RangeError);
  });

  test.each([
    ['a tweak of the original FF3', { key: KEY, radix: 10, tweak: new Uint8Array(8) }],
    ['a radix of 1', { key: KEY, radix: 1, tweak: T }],
  ] satisfies [string, Ff31Settings][])('%s', (_, settings) => {
    expect(() => createFf31(settings)).toThrow(RangeError);
  });
});
