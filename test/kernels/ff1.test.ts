import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blockCipher } from '../../src/kernels/block-cipher.ts';
import { createFf1 } from '../../src/kernels/ff1.ts';
import { type Ff1Input, ff1Decrypt, ff1Encrypt } from './ff1-reference.ts';
import { bytesColumn, numeralColumn, stringsOf } from './numeral-columns.ts';
import { ALPHABETS, hasVectors, numeralsOf, readVectors } from './vectors.ts';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const KEY = hex('2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94');
const EMPTY = new Uint8Array();

function encryptOne({ key, T, radix, X }: Ff1Input): number[] {
  const column = numeralColumn([X]);
  createFf1({ cipher: blockCipher(key), radix, tweak: T }).encrypt(column);
  return stringsOf(column)[0]!; // one string
}

function decryptOne({ key, T, radix, X }: Ff1Input): number[] {
  const column = numeralColumn([X]);
  createFf1({ cipher: blockCipher(key), radix, tweak: T }).decrypt(column);
  return stringsOf(column)[0]!; // one string
}

describe.skipIf(!hasVectors)('published vectors', () => {
  test('NIST: AES-128, AES-192 and AES-256, radix 10 and 36', () => {
    const cases = readVectors('nist_ff1.txt');
    expect(cases).toHaveLength(9);
    for (const [key, tweak, radix, plain, cipher] of cases as [string, string, string, string, string][]) {
      const input = { key: hex(key), T: hex(tweak), radix: Number(radix), X: numeralsOf(plain, ALPHABETS.base36) };
      const Y = numeralsOf(cipher, ALPHABETS.base36);
      expect(encryptOne(input)).toEqual(Y);
      expect(decryptOne({ ...input, X: Y })).toEqual(input.X);
      expect(ff1Encrypt(input)).toEqual(Y);
      expect(ff1Decrypt({ ...input, X: Y })).toEqual(input.X);
    }
  });

  test.each([
    ['acvp_ff1_r10.txt', ALPHABETS.digits],
    ['acvp_ff1_r26.txt', ALPHABETS.lower],
  ])('ACVP: %s', (file, alphabet) => {
    const cases = readVectors(file);
    expect(cases.length).toBeGreaterThan(4);
    for (const [tweak, key, plain, cipher] of cases as [string, string, string, string][]) {
      const input = { key: hex(key), T: hex(tweak), radix: alphabet.length, X: numeralsOf(plain, alphabet) };
      const Y = numeralsOf(cipher, alphabet);
      expect(encryptOne(input)).toEqual(Y);
      expect(decryptOne({ ...input, X: Y })).toEqual(input.X);
      expect(ff1Encrypt(input)).toEqual(Y);
    }
  });
});

/** Numerals that fill the range of a radix, the ends included. */
const numerals = (radix: number, constraints: { minLength: number; maxLength: number }) =>
  fc.array(fc.integer({ min: 0, max: radix - 1 }), constraints);

/** Around what the kernel decides by: halves in one double or in limbs, blocks of Q and S, bytes of NUM(B). */
const SPANS = [
  ['halves in one double', 10, 6, 22],
  ['halves in limbs', 10, 23, 60],
  ['halves in many limbs, and S and Q of several blocks', 10, 61, 160],
  ['halves just below 2^37', 5160, 2, 12],
  ['bits', 2, 20, 200],
  ['two symbols', 1000, 2, 24],
  ['letters', 26, 5, 56],
  ['letters and digits', 62, 4, 56],
  ['a prime', 65_521, 2, 56],
  ['the largest radix', 65_536, 2, 56],
] as const;

describe.each(SPANS)('%s', (_, radix, minLength, maxLength) => {
  const key = fc.constantFrom(KEY, KEY.subarray(0, 24), KEY.subarray(0, 16));
  const tweak = fc.uint8Array({ maxLength: 40 });

  test('is what the standard says, and back', () => {
    fc.assert(
      fc.property(key, tweak, numerals(radix, { minLength, maxLength }), (K, T, X) => {
        const input = { key: K, T, radix, X };
        const Y = encryptOne(input);
        expect(Y).toEqual(ff1Encrypt(input));
        expect(decryptOne({ ...input, X: Y })).toEqual(X);
      }),
      { numRuns: 60 },
    );
  });

  test('is the same alone, and in a column of other lengths with other tweaks', () => {
    const T = hex('0011223344556677');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(numerals(radix, { minLength, maxLength }), tweak), { minLength: 1, maxLength: 12 }),
        strings => {
          const column = numeralColumn(strings.map(([X]) => X));
          const tweaks = bytesColumn(strings.map(([, own]) => own));
          const ff1 = createFf1({ cipher: blockCipher(KEY), radix, tweak: T });
          ff1.encrypt(column, tweaks);
          const expected = strings.map(([X, own]) => ff1Encrypt({ key: KEY, T: Buffer.concat([T, own]), radix, X }));
          expect(stringsOf(column)).toEqual(expected);
          ff1.decrypt(column, tweaks);
          expect(stringsOf(column)).toEqual(strings.map(([X]) => X));
        },
      ),
      { numRuns: 15 },
    );
  });
});

test.each([0, 1, 10, 11, 12, 15, 16, 17, 31, 32, 256, 1000])('a tweak of %d bytes', t => {
  const T = Uint8Array.from({ length: t }, (_, index) => index * 7);
  for (const X of ['0123456789012345', '01234567890123456789012345678901234567890123456789']) {
    const input = { key: KEY, T, radix: 10, X: numeralsOf(X, ALPHABETS.digits) };
    expect(encryptOne(input)).toEqual(ff1Encrypt(input));
  }
});

test('the largest and the smallest numbers carry through every limb', () => {
  for (const radix of [2, 7, 10, 64, 65_536]) {
    for (const n of [20, 21, 40, 56, 57]) {
      for (const numeral of [0, radix - 1]) {
        const input = { key: KEY, T: EMPTY, radix, X: new Array<number>(n).fill(numeral) };
        const Y = encryptOne(input);
        expect(Y).toEqual(ff1Encrypt(input));
        expect(decryptOne({ ...input, X: Y })).toEqual(input.X);
      }
    }
  }
});

test('a column is the same however it is cut into batches', () => {
  const strings = Array.from({ length: 1500 }, (_, row) =>
    numeralsOf(String(row).padStart(6 + (row % 30), '7'), '0123456789'),
  );
  const encrypt = (batch: number): number[][] => {
    const ff1 = createFf1({ cipher: blockCipher(KEY), radix: 10 });
    const out: number[][] = [];
    for (let from = 0; from < strings.length; from += batch) {
      const column = numeralColumn(strings.slice(from, from + batch));
      ff1.encrypt(column);
      out.push(...stringsOf(column));
    }
    return out;
  };
  const expected = encrypt(1);
  for (const batch of [7, 511, 512, 513, 1500]) expect(encrypt(batch)).toEqual(expected);
});

test('no two of 10,000 strings of the smallest domain collide, and few stay as they were', () => {
  const strings = Array.from({ length: 10_000 }, (_, row) => numeralsOf(String(row).padStart(6, '0'), '0123456789'));
  const column = numeralColumn(strings);
  createFf1({ cipher: blockCipher(KEY), radix: 10 }).encrypt(column);
  const encrypted = stringsOf(column).map(string => string.join(''));
  expect(new Set(encrypted).size).toBe(strings.length);
  expect(encrypted.filter((text, index) => text === strings[index]!.join('')).length).toBeLessThan(3);
});

describe('refuses', () => {
  const ff1 = createFf1({ cipher: blockCipher(KEY), radix: 10 });

  test.each([
    ['a string of a domain below 1,000,000', [1, 2, 3, 4, 5]],
    ['an empty string', []],
    ['a string of more than 4,096 numerals', new Array<number>(4097).fill(1)],
    ['a numeral that is the radix', [1, 2, 3, 4, 5, 10]],
  ])('%s', (_, X) => {
    expect(() => ff1.encrypt(numeralColumn([X]))).toThrow(RangeError);
    expect(() => ff1.decrypt(numeralColumn([X]))).toThrow(RangeError);
  });

  test.each([1, 65_537, 2.5, Number.NaN])('radix %d', radix => {
    expect(() => createFf1({ cipher: blockCipher(KEY), radix })).toThrow(RangeError);
  });

  test.each([
    [10, 6],
    [2, 20],
    [26, 5],
    [36, 4],
    [99, 4],
    [100, 3],
    [999, 3],
    [1000, 2],
    [65_536, 2],
  ])('shorter strings than a domain of 1,000,000 takes: radix %d, %d numerals', (radix, minLength) => {
    expect(createFf1({ cipher: blockCipher(KEY), radix }).minLength).toBe(minLength);
  });
});

test('an empty column is an empty column', () => {
  createFf1({ cipher: blockCipher(KEY), radix: 10 }).encrypt(numeralColumn([]));
});
