import { expect, test } from 'vitest';
import { replace, TYPES, useStrategy } from './replace.ts';

test.each(Object.keys(TYPES))('keep and nullify take %s, without a secret', async type => {
  expect((await useStrategy('keep', { type, secret: null })).instance).toEqual({ keep: true });
  expect(await replace('nullify', ['1', '', '2'], { type, secret: null })).toEqual([null, null, null]);
});

test('nullify says that it yields NULL, which the plan compares with NOT NULL', async () => {
  expect((await useStrategy('nullify')).guarantees.yieldsNull).toBe(true);
});
