import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Column, FINGERPRINT_BYTES } from '../../src/strategy.ts';
import { checkOf, checksOf, FingerprintSet, firstWord, wordsOf } from '../../src/vault/fingerprint-set.ts';

const PLENTY = 1 << 30;
/** The smallest table takes this, and holds so many. */
const LEAST_BYTES = 4096 * FINGERPRINT_BYTES;
const LEAST_HELD = 3072;

/** Distinct, and all in the same place of a small table. */
const crowded = (count: number): Int32Array => Int32Array.from({ length: count * 4 }, (_, n) => (n % 4 === 1 ? n : 7));
/** Distinct, all over. */
const spread = (count: number, from = 0): Int32Array =>
  Int32Array.from({ length: count * 4 }, (_, n) => Math.imul(from * 4 + n + 1, 0x9e3779b1));

const addAll = (set: FingerprintSet, words: Int32Array, check = 1): number => {
  let known = 0;
  for (let at = 0; at < words.length; at += 4) if (set.add(words, at, check)) known++;
  return known;
};

describe('a set of fingerprints', () => {
  test('knows what was added, with the token that it had last, as a map does', () => {
    const word = fc.integer({ min: -2, max: 2 });
    const entry = fc.tuple(word, word, word, word, fc.integer({ min: 1, max: 3 }));
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 200 }), entries => {
        const set = new FingerprintSet({ bytes: PLENTY });
        const map = new Map<string, string>();
        for (const [first, second, third, fourth, check] of entries) {
          const name = `${first} ${second} ${third}`;
          const mixed = String(fourth ^ check || 1);
          expect(set.add(Int32Array.of(0, first, second, third, fourth), 1, check)).toBe(map.get(name) === mixed);
          map.set(name, mixed);
        }
        expect(set.size).toBe(map.size);
      }),
    );
  });

  test.each([
    ['all over the table', spread],
    ['in one place of it', crowded],
  ])('keeps fingerprints that lie %s while it grows', (_, make) => {
    const set = new FingerprintSet({ bytes: PLENTY });
    const words = make(5000);
    expect(addAll(set, words)).toBe(0);
    expect(set.size).toBe(5000);
    expect(addAll(set, words)).toBe(5000);
    expect(addAll(set, words, 2)).toBe(0);
  });

  test('forgets when its room is used up, and takes up what comes then', () => {
    const room = { bytes: LEAST_BYTES };
    const set = new FingerprintSet(room);
    expect(set.vacancies).toBe(LEAST_HELD);
    addAll(set, spread(LEAST_HELD));
    expect(set.vacancies).toBe(0);
    expect(addAll(set, spread(LEAST_HELD))).toBe(LEAST_HELD);
    expect(addAll(set, spread(1, LEAST_HELD))).toBe(0);
    expect(set.size).toBe(1);
    expect(addAll(set, spread(1, LEAST_HELD))).toBe(1);
    expect(room.bytes).toBe(0);
  });

  test('shares its room with others, and works without any', () => {
    const room = { bytes: 3 * LEAST_BYTES };
    const [first, second] = [new FingerprintSet(room), new FingerprintSet(room)];
    addAll(first, spread(LEAST_HELD + 1));
    expect(second.vacancies).toBe(LEAST_HELD);
    addAll(second, spread(LEAST_HELD));
    expect(room.bytes).toBe(0);
    const third = new FingerprintSet(room);
    expect(third.vacancies).toBe(0);
    expect(addAll(third, spread(10))).toBe(0);
    expect(addAll(third, spread(10))).toBe(10);
  });
});

test('fingerprints are read as the same words wherever they lie', () => {
  const bytes = Uint8Array.from({ length: 40 }, (_, n) => n * 7);
  const aligned = wordsOf(bytes.slice(3, 35), 2);
  expect([...wordsOf(bytes.subarray(3, 35), 2)]).toEqual([...aligned]);
  expect(firstWord(1)).toBe(4);
});

test('tokens have different checks, each the same wherever it lies', () => {
  const tokens = ['', 'a', 'b', 'ab', 'ba', 'tok_1', 'tok_2', 'TOK_1'];
  const bytes = Buffer.from(tokens.join(''));
  const lengths = Int32Array.from(tokens, token => token.length);
  const offsets = lengths.map((_, index) => tokens.slice(0, index).join('').length);
  const column: Column = { bytes, offsets, lengths, count: tokens.length };
  const checks = checksOf(column);
  expect(new Set(checks).size).toBe(tokens.length);
  expect([...checks]).toEqual(tokens.map(token => checkOf(Buffer.from(token), 0, token.length)));
});
