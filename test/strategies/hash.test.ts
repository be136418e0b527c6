import { describe, expect, test } from 'vitest';
import { replace, replaceOne, tryStrategy, useStrategy } from './replace.ts';

const many = Array.from({ length: 5000 }, (_, row) => String(row));

describe('the length asked for is the length written', () => {
  test.each([
    ['hex', 1, /^[0-9a-f]{1}$/],
    ['hex', 33, /^[0-9a-f]{33}$/],
    ['hex', 64, /^[0-9a-f]{64}$/],
    ['base64url', 1, /^[\w-]{1}$/],
    ['base64url', 41, /^[\w-]{41}$/],
    ['base64url', 42, /^[\w-]{42}$/],
    ['integer', 1, /^\d{1}$/],
    ['integer', 30, /^\d{30}$/],
  ])('%s of %d', async (encoding, length, shape) => {
    for (const value of await replace('hash', many.slice(0, 50), { options: { encoding, length } })) {
      expect(value).toMatch(shape);
    }
  });

  test.each([
    ['hex', 65],
    ['base64url', 43],
    ['integer', 31],
  ])('%s of %d is more than a digest gives and is refused', async (encoding, length) => {
    expect(await tryStrategy('hash', { options: { encoding, length } })).toMatch(/length/);
  });
});

test('a longer hash begins with the shorter one, so a width can be raised later', async () => {
  const long = await replaceOne('hash', 'x', { options: { length: 64 } });
  expect(long).toMatch(new RegExp(`^${await replaceOne('hash', 'x', { options: { length: 8 } })}`));
});

describe('numbers fit their type and are written as PostgreSQL writes them', () => {
  test.each([
    ['smallint', 9999],
    ['integer', 999_999_999],
    ['numeric(6,2)', 9999],
  ])('%s: up to %d', async (type, most) => {
    const numbers = await replace('hash', many, { type });
    for (const number of numbers) expect(number).toMatch(/^(0|[1-9]\d*)$/);
    const largest = Math.max(...numbers.map(Number));
    expect(largest).toBeLessThanOrEqual(most);
    expect(largest).toBeGreaterThan(most * 0.9);
  });

  test('bigint takes 18 digits, 59 bits', async () => {
    expect((await useStrategy('hash', { type: 'bigint' })).instance).toMatchObject({
      maxLength: 18,
      bits: 18 * Math.log2(10),
    });
  });

  test.each([
    ['integer', { length: 10 }, 'Use length: 9 or less'],
    ['integer', { encoding: 'hex' }, 'Use encoding: integer'],
    ['uuid', { length: 8 }, 'Leave out length'],
  ])('%s with %o is refused with a way out', async (type, options, wayOut) => {
    expect(await tryStrategy('hash', { type, options })).toContain(wayOut);
  });
});

test('a uuid stays a uuid, of version 8 and the variant of RFC 9562', async () => {
  const uuids = await replace('hash', many, { type: 'uuid' });
  for (const uuid of uuids)
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(uuids).size).toBe(many.length);
});

describe('a hash so short that it could be its own value never is', () => {
  test.each([
    ['text', { length: 1 }, [...'0123456789abcdef']],
    ['text', { encoding: 'integer', length: 1 }, [...'0123456789']],
    ['smallint', { length: 1 }, [...'0123456789']],
    ['numeric(6,2)', { length: 1 }, [...'0123456789'].map(digit => `${digit}.00`)],
  ])('%s, %o', async (type, options, values) => {
    for (const domain of 'abcdefghijklmnopqrstuvwxyz') {
      const replaced = await replace('hash', values, { type, options, domain });
      values.forEach((value, index) => {
        expect(Number.parseInt(replaced[index]!, 36)).not.toBe(Number.parseInt(value, 36)); // as many as values
      });
    }
  });
});

test('the digits of an integer hash are equally frequent', async () => {
  const counts = new Array<number>(10).fill(0);
  for (const value of await replace('hash', many, { options: { encoding: 'integer', length: 12 } })) {
    for (const digit of value ?? '') counts[Number(digit)]!++; // ten digits
  }
  const expected = (many.length * 12) / 10;
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  expect(chiSquare).toBeLessThan(33.7); // 9 degrees of freedom, p = 0.0001; the outputs are fixed, so it never flickers
});

test('the plan is told the bits and the chance of a collision', async () => {
  const { instance } = await useStrategy('hash', { options: { length: 16 } });
  expect(instance).toMatchObject({ bits: 64, maxLength: 16 });
  expect(instance.note).toBe('64 bits: the chance of any collision is under 2.8e-8 at 1,000,000 different values');
});
