import { expect, test } from 'vitest';
import { replace, tryStrategy, useStrategy } from './replace.ts';

test.each([
  ['a text', 'text', 'removed', 'removed'],
  ['an empty text', 'text', '', ''],
  ['a text in any script', 'text', '削除 ✂', '削除 ✂'],
  ['a number', 'integer', -3, '-3'],
  ['a number with places', 'numeric', 0.5, '0.5'],
  ['a boolean', 'boolean', false, 'f'],
  ['a boolean in a text column', 'text', false, 'false'],
])('%s stands in every row', async (_, type, value, text) => {
  expect(await replace('constant', ['a', '', 'b'], { type, options: { value } })).toEqual([text, text, text]);
});

test('it says its length in characters, which the plan compares with the column', async () => {
  expect((await useStrategy('constant', { options: { value: '削除😀' } })).instance.maxLength).toBe(3);
});

test.each([[undefined], [null], [{}], [['a']]])('%o is no constant', async value => {
  expect(await tryStrategy('constant', { options: { value } })).toContain('value');
});
