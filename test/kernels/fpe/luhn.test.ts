import fc from 'fast-check';
import { expect, test } from 'vitest';
import { luhnRemainder, setLuhnRemainder } from '../../../src/kernels/fpe/luhn.ts';

const remainderOf = (text: string): number => luhnRemainder(Uint16Array.from(text, Number), 0, text.length);

test.each([
  '4111111111111111',
  '378282246310005',
  '5555555555554444',
  '6304000000000000',
  '79927398713',
  '490154203237518',
])('%s is valid, and no number that differs from it in one digit', number => {
  expect(remainderOf(number)).toBe(0);
  for (let at = 0; at < number.length; at++) {
    for (let step = 1; step < 10; step++) {
      const digit = (Number(number[at]) + step) % 10;
      expect(remainderOf(number.slice(0, at) + digit + number.slice(at + 1))).not.toBe(0);
    }
  }
});

test('any digit can be set so that the sum has any remainder', () => {
  const digits = fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(digits, fc.nat(), fc.nat({ max: 9 }), (number, place, remainder) => {
      const values = Uint16Array.from(number);
      const at = place % number.length;
      setLuhnRemainder(values, { from: 0, to: number.length, at }, remainder);
      expect(luhnRemainder(values, 0, number.length)).toBe(remainder);
      expect([...values].filter((digit, index) => index !== at && digit !== number[index])).toEqual([]);
      expect(values[at]).toBeLessThan(10);
    }),
  );
});
