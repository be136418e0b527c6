import { describe, expect, test } from 'vitest';
import { replace, replaceOne } from './replace.ts';

const shapeOf = (text: string | null | undefined): string | undefined => text?.replace(/\d/g, '9');

describe('the shape stays', () => {
  test.each([
    ['+41 79 123 45 67', '+99 99 999 99 99'],
    ['(212) 555-0123', '(999) 999-9999'],
    ['030/123.456', '999/999.999'],
    ['0041 (0)79', '9999 (9)99'],
    ['555 CALL', '999 9999'],
    ['555-0123 x9', '999-9999 99'],
    ['٠١٢٣٤', '99999'],
    ['12😀', '999'],
    ['7', '9'],
    ['1\t2', '999'],
  ])('%j', async (value, shape) => {
    expect(shapeOf(await replaceOne('phone', value))).toBe(shape);
  });
});

describe('keep_format: false leaves digits and a leading plus', () => {
  test.each([
    ['+41 79 123', '+9999999'],
    ['(212) 555-0123', '9999999999'],
    ['1+2', '99'],
  ])('%s', async (value, shape) => {
    expect(shapeOf(await replaceOne('phone', value, { options: { keep_format: false } }))).toBe(shape);
  });
});

describe('keep_prefix keeps', () => {
  test.each([
    ['a country code of two digits and two of the area', true, '+41 79 123 45 67', '+41 79'],
    ['a country code of one digit and three of the area', true, '+1 (212) 555-0123', '+1 (212)'],
    ['a country code of three digits and two of the area', true, '+351 21 123 4567', '+351 21'],
    ['the same after 00', true, '0041 79 123 45 67', '0041 79'],
    ['three digits of a national number', true, '(212) 555-0123', '(212'],
    ['as many digits as it says', 5, '07911 123456', '07911'],
    ['never more than half', 15, '0791 2345 6789', '0791 23'],
    ['never so many that fewer than four are replaced', 15, '07912', '0'],
    ['digits only, up to the first letter', 5, '07x12345678', '07'],
  ])('%s', async (_, keep_prefix, value, prefix) => {
    const digits = prefix.replace(/\D/g, '').length;
    const domains = [...'abcdefghijklmnop'];
    const replaced = await Promise.all(
      domains.map(domain => replaceOne('phone', value, { domain, options: { keep_prefix } })),
    );
    for (const number of replaced) expect(number?.slice(0, prefix.length)).toBe(prefix);
    const next = new Set(replaced.map(number => number?.replace(/\D/g, '')[digits]));
    expect(next.size).toBeGreaterThan(2); // what follows is keyed
  });

  test('nothing of a number of four digits', async () => {
    const replaced = await Promise.all(
      [...'abcdefghij'].map(domain => replaceOne('phone', '1234', { domain, options: { keep_prefix: 3 } })),
    );
    expect(new Set(replaced.map(number => number?.[0])).size).toBeGreaterThan(2);
  });
});

describe('what is no number becomes ten digits', () => {
  test.each([
    [''],
    ['---'],
    ['+'],
    ['1'.repeat(31)],
    ['no phone, please call my wife instead of me'],
    ['x'.repeat(10_240)],
  ])('%j', async value => {
    expect(await replaceOne('phone', value)).toMatch(/^\d{10}$/);
  });

  test('or as many as the column takes', async () => {
    expect(await replaceOne('phone', '--', { type: 'character varying(5)' })).toMatch(/^\d{5}$/);
  });
});

test('numbers of 12, 13 and 30 digits are replaced to the last digit, the same alone and among others', async () => {
  const numbers = [12, 13, 18, 19, 29, 30].map(length => '5'.repeat(length));
  const replaced = await replace('phone', numbers);
  for (const [index, number] of numbers.entries()) {
    expect(replaced[index]).toHaveLength(number.length);
    expect(await replaceOne('phone', number)).toBe(replaced[index]);
    expect(new Set(replaced[index]?.slice(-6)).size).toBeGreaterThan(1);
  }
});

test('a number whose digits come out as they were is changed', async () => {
  const numbers = [
    ...'0123456789',
    ...Array.from({ length: 100 }, (_, number) => `(${String(number).padStart(2, '0')})`),
  ];
  for (const domain of 'abcdefghijklmnopqrst') {
    const replaced = await replace('phone', numbers, { domain });
    expect(numbers.filter((number, index) => replaced[index] === number)).toEqual([]);
  }
});

test('every digit is equally frequent at every position', async () => {
  const values = Array.from({ length: 20_000 }, (_, row) => `+41 79 ${row}`.padEnd(16, '0'));
  const replaced = await replace('phone', values);
  for (let position = 1; position < 16; position++) {
    const counts = new Array<number>(10).fill(0);
    for (const number of replaced) if (number![position] !== ' ') counts[Number(number![position])]!++; // ten digits
    if (counts.every(count => count === 0)) continue;
    const chiSquare = counts.reduce((sum, count) => sum + (count - 2000) ** 2 / 2000, 0);
    expect(chiSquare).toBeLessThan(33.7); // 9 degrees of freedom, p = 0.0001; the outputs are fixed
  }
});
