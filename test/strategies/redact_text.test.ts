import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { replace, replaceOne, replaceWith, tryStrategy, useStrategy } from './replace.ts';

const redact = (text: string, options: Record<string, unknown> = {}) => replaceOne('redact_text', text, { options });

test('an address becomes what strategy email makes of it in the domain of the column', async () => {
  const domain = 'person.email';
  const address = await replaceOne('email', 'ada@mail.org', { domain });
  expect(await replaceOne('redact_text', 'to ada@mail.org.', { domain })).toBe(`to ${address}.`);
});

test('a telephone number becomes what strategy phone makes of it in the domain of the column', async () => {
  const number = await replaceOne('phone', '+41 79 123 45 67', { domain: 'p' });
  expect(await replaceOne('redact_text', 'on +41 79 123 45 67!', { domain: 'p' })).toBe(`on ${number}!`);
});

const luhn = (text: string): number =>
  [...text.replace(/\D/g, '')]
    .reverse()
    .map((digit, index) => Number(digit) * (index % 2 === 1 ? 2 : 1))
    .reduce((sum, number) => sum + (number > 9 ? number - 9 : number), 0) % 10;

test('a card number becomes another with its format and a right check digit', async () => {
  for (const card of ['4111 1111 1111 1111', '378282246310005', '6304-0000-0000-0000-000']) {
    const replaced = await redact(card);
    expect(replaced?.replace(/\d/g, '9')).toBe(card.replace(/\d/g, '9'));
    expect(replaced).not.toBe(card);
    expect(luhn(replaced!)).toBe(0);
  }
});

test('an IBAN becomes another of its country with right check digits', async () => {
  for (const iban of ['GB82 WEST 1234 5698 7654 32', 'CH9300762011623852957', 'mt84malt011000012345mtlcast001s']) {
    const replaced = await redact(iban);
    expect(replaced).not.toBe(iban);
    expect(replaced?.slice(0, 2)).toBe(iban.slice(0, 2));
    const symbols = replaced!.replace(/ /g, '').toUpperCase();
    const digits = [...symbols.slice(4), ...symbols.slice(0, 4)].map(symbol => Number.parseInt(symbol, 36)).join('');
    expect(BigInt(digits) % 97n).toBe(1n);
  }
});

describe('surrogates are for nobody', () => {
  test.each([
    ['219-09-9999', /^9\d\d-\d\d-\d{4}$/],
    ['192.0.2.77', /^10\.\d+\.\d+\.\d+$/],
    ['fe80::1:2', /^2001:db8(:[\da-f]{4}){6}$/],
    ['https://ada.example/cv?x=1', /^https:\/\/example\.com\/[a-z2-7]{18}$/],
    ['ada@mail.org', /^[a-z2-7]{18}@example\.com$/],
  ])('%s', async (text, pattern) => {
    expect(await redact(text)).toMatch(pattern);
  });
});

test('each kind becomes its label where that is asked for, or stays where it is off', async () => {
  const text =
    'ada@mail.org +41 79 123 45 67, 4111111111111111, 219-09-9999; 192.0.2.1 https://x.example/ CH9300762011623852957';
  const kinds = ['email', 'phone', 'card', 'ssn', 'ip', 'url', 'iban'];
  const all = (value: string) => Object.fromEntries(kinds.map(kind => [kind, value]));
  expect(await redact(text, all('label'))).toBe('[EMAIL] [PHONE], [CARD], [SSN]; [IP] [URL] [IBAN]');
  expect(await redact(text, { ...all('off'), email: 'label' })).toBe(text.replace('ada@mail.org', '[EMAIL]'));
  expect(await tryStrategy('redact_text', { options: all('off') })).toContain('every recogniser is off');
});

test('a kind can have a rule of its own', async () => {
  const replaced = await redact('4111111111111111 and ada@mail.org', {
    card: { strategy: 'mask', keep_last: 4 },
    email: { strategy: 'nullify' },
  });
  expect(replaced).toBe('************1111 and [EMAIL]');
});

describe('names of the row', () => {
  const use = { options: { names: ['a', 'b'] } };
  const others = { a: ['Ada', null, 'Zoë'], b: ['Lovelace', 'Byron', 'Ng'] };
  const replaced = { a: ['Pat', 'never', 'Zoë'], b: ['Engelmann', null, 'Li'] };
  const texts = ['Dear ADA lovelace', 'Ada and Byron', 'Zoe, ng'];

  test('become what they become in their columns', async () => {
    expect(await replace('redact_text', texts, { ...use, others, replaced })).toEqual([
      'Dear Pat Engelmann',
      'Ada and [NAME]', // the name of another row; NULL in the target
      '[NAME], Li', // its column keeps the first
    ]);
  });

  test('become labels where that is asked for', async () => {
    const options = { ...use.options, names_as: 'label' };
    expect((await replace('redact_text', texts, { options, others }))[0]).toBe('Dear [NAME] [NAME]');
  });
});

test('what only looks like an address is replaced, with what stands around it left alone', async () => {
  expect(await redact('«ａｄａ＠mail.org»\u0301', { email: 'label' })).toBe('«[EMAIL]»\u0301');
});

test('a text without anything to find stays as it is', async () => {
  const texts = ['', 'plain', 'in 1984, on 2024-02-29', '\u0000'.replace('\0', '0'), 'é'.repeat(5000)];
  expect(await replace('redact_text', texts)).toEqual(texts);
});

test('where the batches are cut changes nothing', async () => {
  const bound = await useStrategy('redact_text', { options: { names: ['b'] } });
  const word = fc.constantFrom(
    'ada@mail.org',
    '0791234567',
    '4111 1111 1111 1111',
    'Byron',
    'ü',
    '1',
    '@',
    '::1',
    ' ',
    '.',
  );
  const text = fc.array(word, { maxLength: 8 }).map(words => words.join(' '));
  fc.assert(
    fc.property(fc.array(text, { maxLength: 12 }), fc.integer({ min: 1, max: 5 }), (texts, batch) => {
      const others = { b: texts.map((_, row) => (row % 3 === 0 ? null : 'Byron')) };
      const replaced = { b: texts.map((_, row) => `name ${row}`) };
      const running = { others, replaced };
      expect(replaceWith(bound, texts, { ...running, batch })).toEqual(replaceWith(bound, texts, running));
    }),
    { numRuns: 60 },
  );
});
