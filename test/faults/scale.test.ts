import { expect, test } from 'vitest';
import { draws } from './scale.ts';

test('the same name draws the same numbers, another one others; all lie below 1', () => {
  const take = (name: string): number[] => {
    const draw = draws(name);
    return Array.from({ length: 1000 }, () => draw());
  };
  expect(take('a')).toEqual(take('a'));
  expect(take('a')).not.toEqual(take('b'));
  expect(new Set(take('a')).size).toBeGreaterThan(990);
  expect(Math.max(...take('a'))).toBeLessThan(1);
  expect(Math.min(...take('a'))).toBeGreaterThanOrEqual(0);
});
