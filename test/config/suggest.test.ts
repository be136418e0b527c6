import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editDistance, suggest } from '../../src/config/suggest.ts';

const COLUMNS = ['customer_id', 'email', 'first_name', 'last_name', 'id'];

test.each([
  ['emial', ' Did you mean "email"?'],
  ['EMAIL', ' Did you mean "email"?'],
  ['fist_name', ' Did you mean "first_name"?'],
  ['lastname', ' Did you mean "last_name"?'],
  ['customre_ids', ' Did you mean "customer_id"?'],
  ['di', ' Did you mean "id"?'],
])('%s is a misspelt %s', (written, suggestion) => {
  expect(suggest(written, COLUMNS)).toBe(suggestion);
});

test.each(['email', 'phone', 'x', '', 'name', 'e'.repeat(10_000)])('%j is near nothing else', written => {
  expect(suggest(written, COLUMNS)).toBe('');
});

test('a table without its schema is found', () => {
  expect(suggest('customer', ['public.customers', 'public.customer'])).toBe(' Did you mean "public.customer"?');
});

test('a candidate cannot forge a line of the message', () => {
  expect(suggest('emai\n', ['email\n'])).toBe(' Did you mean "email\\u{a}"?');
});

// The textbook recursion, memoised by nothing: slow and plainly right.
function slowDistance(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length;
  const [restA, restB] = [a.slice(0, -1), b.slice(0, -1)];
  const steps = [
    slowDistance(restA, b) + 1,
    slowDistance(a, restB) + 1,
    slowDistance(restA, restB) + (a.at(-1) === b.at(-1) ? 0 : 1),
  ];
  const swaps = a.length > 1 && b.length > 1 && a.at(-1) === b.at(-2) && a.at(-2) === b.at(-1);
  if (swaps) steps.push(slowDistance(a.slice(0, -2), b.slice(0, -2)) + 1);
  return Math.min(...steps);
}

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 });

test('the distance is that of the recursion that defines it', () => {
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(editDistance(a, b)).toBe(slowDistance(a, b));
    }),
    { numRuns: 300 },
  );
});

test('a distance over the limit is infinite', () => {
  expect(editDistance('abcdef', 'abcxyz', 3)).toBe(3);
  expect(editDistance('abcdef', 'abcxyz', 2)).toBe(Number.POSITIVE_INFINITY);
});
