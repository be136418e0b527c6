import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { ColumnOutput } from '../../src/batch/column.ts';
import { digitsOf, digitWriter } from '../../src/kernels/digits.ts';

/** The same by the definition: six digits are floor(x · 10^6 / 2^48) of six bytes x. */
function reference(digest: Uint8Array): string {
  return Array.from({ length: 5 }, (_, six) => {
    const bytes = Buffer.from(digest.subarray(6 * six, 6 * six + 6)).toString('hex');
    return String((BigInt(`0x${bytes}`) * 1_000_000n) >> 48n).padStart(6, '0');
  }).join('');
}

const read = (digits: Uint8Array, count: number): string => Buffer.from(digits.subarray(0, count)).toString();

test('digits are those of the definition, for every number of them', () => {
  const digests = randomBytes(64 * 32);
  for (let index = 0; index < 64; index++) {
    const expected = reference(digests.subarray(32 * index, 32 * index + 32));
    for (let count = 1; count <= 30; count++) {
      expect(read(digitsOf(digests, 32 * index, count), count)).toBe(expected.slice(0, count));
    }
  }
});

test('the smallest and the largest digest stay within six digits', () => {
  expect(read(digitsOf(new Uint8Array(32), 0, 30), 30)).toBe('0'.repeat(30));
  expect(read(digitsOf(new Uint8Array(32).fill(255), 0, 30), 30)).toBe('9'.repeat(30));
});

test.each([
  [false, '0000000'],
  [true, '0'],
])('as a number (%s), zeros are %s', (asNumber, text) => {
  const output = new ColumnOutput();
  digitWriter(7, asNumber)(new Uint8Array(32), 0, output);
  expect(Buffer.from(output.bytes.subarray(0, output.at)).toString()).toBe(text);
});
