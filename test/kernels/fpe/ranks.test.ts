import { describe, expect, test } from 'vitest';
import { ff1Ciphers } from '../../../src/kernels/fpe/ciphers.ts';
import { ranksBelow } from '../../../src/kernels/fpe/ranks.ts';
import { walk } from '../../../src/kernels/fpe/walk.ts';
import { numeralColumn, stringsOf } from '../numeral-columns.ts';

const cipherOf = ff1Ciphers({ key: new Uint8Array(32).fill(3), tweak: new Uint8Array() });

describe('the radix is the smallest whose power holds the size', () => {
  test.each([
    [10n ** 6n, 1000, 2],
    [10n ** 6n + 1n, 1001, 2],
    [2n ** 32n, 65_536, 2],
    [2n ** 32n + 1n, 1626, 3],
    [2n ** 64n, 65_536, 4],
    [2n ** 122n, 38_968, 8],
  ])('%d', (size, radix, length) => {
    const ranks = ranksBelow(size);
    expect([ranks.radix, ranks.length]).toEqual([radix, length]);
    expect(BigInt(radix) ** BigInt(length)).toBeGreaterThanOrEqual(size);
    expect(BigInt(radix - 1) ** BigInt(length)).toBeLessThan(size);
  });
});

test('a walk stays in a part of a tenth, and comes back', () => {
  const strings = Array.from({ length: 300 }, (_, row) => [7, ...String(row).padStart(7, '0')].map(Number));
  const column = numeralColumn(strings);
  const isInside = (start: number): boolean => column.values[start] === 7;
  const how = { cipher: cipherOf(10), tweaks: undefined, isInside };
  walk(column, { ...how, direction: 'encrypt' });
  const walked = stringsOf(column);
  expect(walked.every(([first]) => first === 7)).toBe(true);
  expect(new Set(walked.map(String)).size).toBe(strings.length);
  expect(walked).not.toEqual(strings);
  walk(column, { ...how, direction: 'decrypt' });
  expect(stringsOf(column)).toEqual(strings);
});
