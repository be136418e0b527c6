import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { positional } from '../../../src/kernels/fpe/positional.ts';

const digitsOfRadices = fc
  .array(fc.integer({ min: 1, max: 65_536 }), { minLength: 1, maxLength: 24 })
  .chain(radices => fc.tuple(fc.constant(radices), fc.tuple(...radices.map(radix => fc.nat({ max: radix - 1 })))));

/** Horner's scheme, in BigInt alone. */
const numberOf = (radices: readonly number[], digits: readonly number[]): bigint =>
  digits.reduce((number, digit, index) => number * BigInt(radices[index]!) + BigInt(digit), 0n); // as many

describe('a number in mixed radices', () => {
  test('is what its digits say, and back', () => {
    fc.assert(
      fc.property(digitsOfRadices, ([radices, digits]) => {
        const places = positional(radices);
        const values = Uint16Array.of(9, ...digits, 9);
        expect(places.read(values, 1)).toBe(numberOf(radices, digits));
        expect(places.size).toBe(radices.reduce((size, radix) => size * BigInt(radix), 1n));
        const written = new Uint16Array(values.length).fill(9);
        places.write(written, 1, numberOf(radices, digits));
        expect(written).toEqual(values);
        if (!places.isSmall) return;
        expect(places.readNumber(values, 1)).toBe(Number(numberOf(radices, digits)));
        written.fill(9);
        places.writeNumber(written, 1, Number(numberOf(radices, digits)));
        expect(written).toEqual(values);
      }),
      { numRuns: 300 },
    );
  });

  test('is written exactly up to 2^53, where a division may be rounded up to a whole number', () => {
    const places = positional([2 ** 10, 2 ** 16, 2 ** 16, 2 ** 11]);
    expect(places.isSmall).toBe(true);
    const values = new Uint16Array(4);
    for (const power of [16, 27, 32, 43, 48, 53]) {
      for (const below of [1, 2, 3]) {
        places.writeNumber(values, 0, 2 ** power - below);
        expect(places.readNumber(values, 0)).toBe(2 ** power - below);
        expect(places.read(values, 0)).toBe(2n ** BigInt(power) - BigInt(below));
      }
    }
  });
});
