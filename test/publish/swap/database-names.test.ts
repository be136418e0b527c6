import fc from 'fast-check';
import { expect, test } from 'vitest';
import { freePreviousName, previousName, unfinishedName } from '../../../src/publish/swap/database-names.ts';
import { anyPoint } from '../../any-point.ts';

const RUN = '0f8fad5b-d9cb-469f-a165-70867728950e';
const WHEN = new Date('2026-08-01T14:25:30.999Z');

test('names tell the target, and the run or the second (UTC)', () => {
  expect(unfinishedName('shop', RUN)).toBe('shop_pgveil_new_0f8fad5bd9cb');
  expect(previousName('shop', WHEN)).toBe('shop_pgveil_20260801_142530');
});

test('a name always fits, is cut at a character, and differs from those of other targets', () => {
  const target = fc
    .string({ unit: anyPoint, minLength: 1, maxLength: 63 })
    .filter(name => Buffer.byteLength(name) <= 63);
  fc.assert(
    fc.property(target, target, (one, other) => {
      for (const name of [unfinishedName(one, RUN), previousName(one, WHEN)]) {
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
        expect(Buffer.from(name).toString()).toBe(Buffer.from(name).toString('utf8'));
      }
      expect(previousName(one, WHEN) === previousName(other, WHEN)).toBe(one === other);
    }),
  );
  const [long, like] = ['a'.repeat(60), `${'a'.repeat(59)}b`];
  expect(unfinishedName(long, RUN)).not.toBe(unfinishedName(like, RUN));
});

test('two swaps within a second keep both databases', () => {
  const previous = [previousName('shop', WHEN)];
  expect(freePreviousName('shop', { unfinished: [], previous }, WHEN)).toBe('shop_pgveil_20260801_142531');
});
