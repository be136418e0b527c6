import { expect, test } from 'vitest';
import { UnfitValue } from '../../src/strategy.ts';
import { replaceWith, useStrategy } from './replace.ts';

const VALUES = Array.from({ length: 1000 }, (_, row) => `value ${row}`);

test('every value stays, in another row', async () => {
  const shuffled = replaceWith(await useStrategy('shuffle_block'), VALUES);
  expect([...shuffled].sort()).toEqual([...VALUES].sort());
  expect(shuffled.filter((value, row) => value === VALUES[row])).toEqual([]);
});

test('one key and one cut give one order, another key another', async () => {
  const shuffle = async (secret: string) => replaceWith(await useStrategy('shuffle_block', { secret }), VALUES);
  const secret = 'one secret of more than thirty-two bytes';
  expect(await shuffle(secret)).toEqual(await shuffle(secret));
  expect(await shuffle(secret)).not.toEqual(await shuffle(`${secret}!`));
});

test('each row gets the value of each other about equally often', async () => {
  const bound = await useStrategy('shuffle_block');
  const values = VALUES.slice(0, 10);
  const rounds = Array.from({ length: 900 }, () => values).flat();
  const shuffled = replaceWith(bound, rounds, { batch: 10 });
  for (const value of values.slice(1)) {
    const times = shuffled.filter((found, index) => index % 10 === 0 && found === value).length;
    expect(times).toBeGreaterThan(60); // 100 is expected, with a deviation of 9.4
    expect(times).toBeLessThan(140);
  }
});

test('a small batch takes from the one before', async () => {
  const bound = await useStrategy('shuffle_block');
  const shuffled = replaceWith(bound, VALUES.slice(0, 51), { batch: 50 });
  expect(shuffled[50]).not.toBe(VALUES[50]);
  expect(VALUES.slice(0, 50)).toContain(shuffled[50]);
});

test('too few values are refused, or become NULL', async () => {
  const bound = await useStrategy('shuffle_block');
  expect(() => replaceWith(bound, VALUES.slice(0, 9))).toThrow(UnfitValue);
  const nullify = await useStrategy('shuffle_block', { options: { too_few: 'nullify' } });
  expect(replaceWith(nullify, VALUES.slice(0, 2))).toEqual([null, null]);
});
