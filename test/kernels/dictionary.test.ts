import { expect, test } from 'vitest';
import { ColumnOutput } from '../../src/batch/column.ts';
import { packDictionary, pick, writeEntry } from '../../src/kernels/dictionary.ts';

const digestOf = (first48: bigint): Uint8Array => {
  const digest = Buffer.alloc(32, 0xff);
  digest.writeUIntBE(Number(first48), 0, 6);
  return digest;
};

test('entries come out as they were packed, equal ones once', () => {
  const dictionary = packDictionary(['Zoë', '', '東京', 'Zoë', '😀']);
  const output = new ColumnOutput(1);
  const read = Array.from({ length: dictionary.size }, (_, entry) => {
    output.reset(1);
    writeEntry(dictionary, entry, output);
    return Buffer.from(output.bytes.subarray(0, output.at)).toString();
  });
  expect(read).toEqual(['Zoë', '', '東京', '😀']);
  expect(dictionary.longest).toBe(3);
});

test('the fingerprint tells apart other entries, another order and another cut', () => {
  const fingerprints = [
    ['ab', 'c'],
    ['a', 'bc'],
    ['c', 'ab'],
    ['ab', 'd'],
  ].map(entries => packDictionary(entries).fingerprint);
  expect(new Set(fingerprints).size).toBe(4);
  expect(packDictionary(['ab', 'c']).fingerprint).toBe(fingerprints[0]);
});

test.each([1, 2, 3, 1000, 4096, 4095, 1_000_003])('of %d entries, digests pick floor(x · size / 2^48)', size => {
  const steps = [0n, 1n, 2n ** 47n, 2n ** 48n - 1n, 0x123456789abcn];
  for (const x of steps) expect(pick(digestOf(x), 0, size)).toBe(Number((x * BigInt(size)) >> 48n));
});
