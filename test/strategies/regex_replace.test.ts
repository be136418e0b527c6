import { expect, test } from 'vitest';
import { UnfitValue } from '../../src/strategy.ts';
import { replaceOne, tryStrategy, useStrategy } from './replace.ts';

const use = (options: Record<string, unknown>) => ({ options: { pattern: '\\d+', replacement: '#', ...options } });

test('a value without a match is refused, kept or NULL', async () => {
  await expect(replaceOne('regex_replace', 'none', use({}))).rejects.toThrow(UnfitValue);
  expect(await replaceOne('regex_replace', 'none', use({ unmatched: 'keep' }))).toBe('none');
  expect(await replaceOne('regex_replace', 'none', use({ unmatched: 'nullify' }))).toBe(null);
});

test('a value that the replacement leaves as it is counts as one without a match', async () => {
  await expect(replaceOne('regex_replace', 'a #', use({ pattern: '#' }))).rejects.toThrow(UnfitValue);
  await expect(replaceOne('regex_replace', '12', use({ replacement: '$0' }))).rejects.toThrow(UnfitValue);
});

test('only the first match is replaced where that is asked for', async () => {
  expect(await replaceOne('regex_replace', '1 2', use({ first_only: true }))).toBe('# 2');
});

test.each([
  [{ pattern: '(a)\\1' }, 'has a backreference'],
  [{ pattern: '(' }, 'is not a regular expression'],
  [{ replacement: '$1' }, 'a group that pattern has not: $1'],
  [{ flags: 'g' }, 'must be some of i, m and s'],
  [{ flags: 'ii' }, 'must name each flag once'],
])('%j is refused', async (options, reason) => {
  expect(await tryStrategy('regex_replace', use(options))).toContain(reason);
});

test('the plan is told what stays in clear', async () => {
  expect((await useStrategy('regex_replace', use({}))).instance.note).toContain('stays in clear');
});
