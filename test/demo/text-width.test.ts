import fc from 'fast-check';
import { expect, test } from 'vitest';
import { displayWidth, fitText } from '../../src/demo/text-width.ts';

test.each([
  ['', 0],
  ['abc', 3],
  ['é', 1],
  ['e\u0301', 1],
  ['Щербаков', 8],
  ['محمد', 4],
  ['佐藤', 4],
  ['남궁', 4],
  ['남궁'.normalize('NFD'), 4],
  ['ณัฐธิดา', 5],
  ['☕', 2],
  ['👩‍👩‍👧‍👦', 2],
  ['🇫🇷', 2],
  ['—’№', 3],
])('%j takes %i columns', (text, width) => {
  expect(displayWidth(text)).toBe(width);
});

test('a wide character that does not fit whole is left out', () => {
  expect(fitText('佐藤さくら', 6)).toBe('佐藤… ');
});

test('a letter is not cut from its marks', () => {
  expect(fitText('e\u0301e\u0301e\u0301', 2)).toBe('e\u0301…');
});

test('any text fits into exactly the columns that are asked for', () => {
  const widths = fc.integer({ min: 1, max: 30 });
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), widths, (text, width) => {
      expect(displayWidth(fitText(text, width))).toBe(width);
    }),
  );
});
