import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { canaryTable } from './canary-table.ts';
import { formsOf, searchFor } from './needles.ts';
import { draws } from './scale.ts';

const { needles, canaries } = canaryTable('test', draws('needles'));

test('there are five hundred canaries, of which each is unlike all others', () => {
  expect(canaries).toBe(500);
  expect(new Set(needles.map(({ text }) => text)).size).toBe(needles.length);
});

test('each is found in every encoding, wherever it stands', () => {
  const search = searchFor(needles);
  for (const [n, needle] of needles.entries()) {
    for (const [encoding, form] of formsOf(needle)) {
      const hay = Buffer.concat([randomBytes(n % 7), form, randomBytes(n % 5)]);
      expect(search.find(hay), `${needle.name} ${encoding}`).toContainEqual({ needle, encoding });
    }
  }
});

test('each is found in base64 and UTF-16 at any place of what was encoded', () => {
  const search = searchFor(needles);
  for (const needle of needles) {
    for (const before of ['', 'a', 'ab', 'abc']) {
      const text = `${before}${needle.text}xyz`;
      for (const bytes of [
        Buffer.from(Buffer.from(text).toString('base64')),
        Buffer.from(text, 'utf16le'),
        Buffer.from(text, 'utf16le').swap16(),
      ]) {
        expect(
          search.find(bytes).map(found => found.needle),
          needle.name,
        ).toContain(needle);
      }
    }
  }
});

test('nothing is found where nothing is', () => {
  const search = searchFor(needles);
  expect(search.find(randomBytes(8_000_000))).toEqual([]);
  expect(search.find(Buffer.alloc(0))).toEqual([]);
  const other = canaryTable('other', draws('others'));
  expect(search.find(Buffer.from(JSON.stringify(other.needles)))).toEqual([]);
});

test('it looks through a hundred megabytes in seconds', () => {
  const search = searchFor(needles);
  expect(search.patterns).toBeGreaterThan(6000);
  const hay = randomBytes(10_000_000);
  const started = performance.now();
  search.find(hay);
  expect(performance.now() - started).toBeLessThan(1500);
});
