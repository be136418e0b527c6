import { createCipheriv } from 'node:crypto';
import { expect, test } from 'vitest';
import { KeyedWords, systemWords, type WordStream } from '../../src/kernels/random-words.ts';
import { uniform } from '../../src/kernels/uniform.ts';
import { chiSquare, NOT_EVEN_ONCE_IN_A_MILLION } from './distribution.ts';

const KEY = Buffer.alloc(32, 5);
const SEEDS = Buffer.from(Array.from({ length: 160 }, (_, byte) => (byte * 37) % 256));
const take = (stream: WordStream, count: number): number[] => Array.from({ length: count }, () => stream.next());

test('a row of keyed words is its seed, then the encrypted seed and counter', () => {
  const words = new KeyedWords(KEY);
  words.load(SEEDS);
  words.row(3);
  const expected = [SEEDS.subarray(48, 64)];
  for (const counter of [1, 2]) {
    const block = Buffer.from(SEEDS.subarray(48, 64));
    block[12]! ^= counter;
    expected.push(createCipheriv('aes-256-ecb', KEY, null).setAutoPadding(false).update(block));
  }
  const bytes = Buffer.concat(expected);
  expect(take(words.stream, 12)).toEqual(Array.from({ length: 12 }, (_, word) => bytes.readUInt32LE(word * 4)));
});

test('blocks that are made ahead are the ones that come one by one, in any order of the rows', () => {
  const rows = Int32Array.of(9, 0, 4, 4, 1);
  const words = new KeyedWords(KEY);
  words.load(SEEDS);
  const oneByOne = [...rows].map(row => {
    words.row(row);
    return take(words.stream, 40);
  });
  words.lookAhead(rows);
  const ahead = [...rows].map((row, index) => {
    words.row(row);
    const seed = take(words.stream, 4);
    words.resume(index, row);
    return [...seed, ...take(words.stream, 36)];
  });
  expect(ahead).toEqual(oneByOne);
  expect(oneByOne[2]).toEqual(oneByOne[3]);
  expect(new Set(oneByOne.map(String)).size).toBe(4);
});

test('a row is behind its seed after four words, and neither before nor later', () => {
  const words = new KeyedWords(KEY);
  words.load(SEEDS);
  words.row(2);
  const seen = Array.from({ length: 9 }, () => {
    const isBehind = words.isBehindSeed;
    words.stream.next();
    return isBehind;
  });
  expect(seen.flatMap((isBehind, taken) => (isBehind ? taken : []))).toEqual([4]);
});

test('the system gives other words each time, and every byte as often as another', () => {
  const words = take(systemWords(), 250_000);
  expect(words.slice(0, 100)).not.toEqual(take(systemWords(), 100));
  const counts = new Float64Array(256);
  for (const word of words) for (const shift of [0, 8, 16, 24]) counts[(word >>> shift) & 255]!++;
  const expected = counts.map(() => (words.length * 4) / 256);
  expect(chiSquare(counts, expected).pValue).toBeGreaterThan(NOT_EVEN_ONCE_IN_A_MILLION);
});

test.each([1, 2, 6, 1000])('a uniform number below %d is each as often as another', n => {
  const draw = uniform(n);
  const words = systemWords();
  const counts = new Float64Array(n);
  for (let value = 0; value < 200_000; value++) counts[draw(words)]!++;
  const expected = counts.map(() => 200_000 / n);
  expect(chiSquare(counts, expected).pValue).toBeGreaterThan(NOT_EVEN_ONCE_IN_A_MILLION);
});

test('a uniform number leaves out the bits that would make the first numbers likelier', () => {
  const n = 2 ** 51 + 1; // so that nearly half of all bits must be left out
  const words = systemWords();
  const draw = uniform(n);
  let low = 0;
  for (let value = 0; value < 20_000; value++) if (draw(words) < n / 2) low++;
  expect(Math.abs(low - 10_000)).toBeLessThan(5 * Math.sqrt(5000));
});
