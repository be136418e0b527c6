import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nameOf } from '../../src/kernels/recognise-names.ts';
import { TextRecogniser } from '../../src/kernels/recognise-text.ts';
import { SPAN_KINDS, type SpanKind } from '../../src/kernels/text-spans.ts';
import { anyPoint } from '../any-point.ts';

/** What is found in a text, as `kind:part`. Digits and letters stand around its bytes, so that reading on is found out. */
function find(text: string, names: readonly string[] = [], kinds: readonly SpanKind[] = SPAN_KINDS): string[] {
  const inside = Buffer.from(text);
  const bytes = Buffer.concat([Buffer.from('a@7'), inside, Buffer.from('7@a.org')]);
  const recogniser = new TextRecogniser(new Set(kinds));
  recogniser.recognise({ bytes, start: 3, end: 3 + inside.length }, names.map(nameOf));
  return Array.from({ length: recogniser.spans.count }, (_, index) => {
    const { from, to, kind } = recogniser.spans.at(index);
    return `${kind}:${bytes.toString('utf8', from, to)}`;
  });
}

describe('finds', () => {
  test.each([
    ['mail ada@example.org.', ['email:ada@example.org']],
    ['<ada.l+x@mail.example.org>', ['email:ada.l+x@mail.example.org']],
    ['"ada l"@example.org', ['email:"ada l"@example.org']],
    ['ada@[192.0.2.1]', ['email:ada@[192.0.2.1]']],
    ['jürgen@müller.example', ['email:jürgen@müller.example']],
    ['请写信到ada@example.org谢谢', ['email:ada@example.org']],
    ['用户@example.org', ['email:用户@example.org']],
    ['41791234567@example.org', ['email:41791234567@example.org']],
    ['mailto:ada@example.org?subject=1', ['email:ada@example.org']],
    ['call +41 79 123 45 67 now', ['phone:+41 79 123 45 67']],
    ['(212) 555-0123 x9', ['phone:(212) 555-0123']],
    ['+1 (212) 555.0123', ['phone:+1 (212) 555.0123']],
    ['030 / 12 34 56', ['phone:030 / 12 34 56']],
    ['06.12.34.56.78', ['phone:06.12.34.56.78']],
    ['2125550123', ['phone:2125550123']],
    ['0791234', ['phone:0791234']],
    ['tel:555-0123', ['phone:555-0123']],
    ['4111 1111 1111 1111 12/25', ['card:4111 1111 1111 1111']],
    ['card4111111111111111.', ['card:4111111111111111']],
    ['3782-822463-10005', ['card:3782-822463-10005']],
    ['219-09-9999', ['ssn:219-09-9999']],
    ['GB82 WEST 1234 5698 7654 32 and', ['iban:GB82 WEST 1234 5698 7654 32']],
    ['iban:ch9300762011623852957', ['iban:ch9300762011623852957']],
    ['at 192.0.2.1, or [2001:db8::1]:80', ['ip:192.0.2.1', 'ip:2001:db8::1']],
    ['fe80::1.', ['ip:fe80::1']],
    ['::ffff:192.0.2.1', ['ip:::ffff:192.0.2.1']],
    ['see https://x.example/a?b=ada@example.org&c=1).', ['url:https://x.example/a?b=ada@example.org&c=1']],
    ['WWW.example.org/ada', ['url:WWW.example.org/ada']],
    ['0791234567,ada@example.org', ['phone:0791234567', 'email:ada@example.org']],
  ])('%s', (text, found) => {
    expect(find(text)).toEqual(found);
  });
});

describe('finds what only looks like it', () => {
  test.each([
    [
      'full-width signs and digits',
      'ａｄａ＠example.org ０７９１２３４５６７',
      ['email:ａｄａ＠example.org', 'phone:０７９１２３４５６７'],
    ],
    ['Arabic digits', 'هاتف ٠٧٩١٢٣٤٥٦٧', ['phone:٠٧٩١٢٣٤٥٦٧']],
    ['no-break spaces', '+41\u00a079\u202f123\u00a045\u00a067', ['phone:+41\u00a079\u202f123\u00a045\u00a067']],
    ['no-break hyphens', '219\u201109\u20119999', ['ssn:219\u201109\u20119999']],
    ['soft hyphens', '4111\u00ad1111\u00ad1111\u00ad1111', ['card:4111\u00ad1111\u00ad1111\u00ad1111']],
    ['zero-width spaces', 'ad\u200ba@exam\u200bple.org', ['email:ad\u200ba@exam\u200bple.org']],
    ['bold digits', '𝟎𝟕𝟗𝟏𝟐𝟑𝟒𝟓𝟔𝟕', ['phone:𝟎𝟕𝟗𝟏𝟐𝟑𝟒𝟓𝟔𝟕']],
  ])('%s', (_, text, found) => {
    expect(find(text)).toEqual(found);
  });
});

describe('passes over', () => {
  test.each([
    ['in 1984 there were 12 people'],
    ['2024-02-29 12:34:56'],
    ['29.02.2024 and 2/29/2024'],
    ['12.50 13.99 17.20 100'],
    ['3.14159265'],
    ['1.000.000 or 12 345 678'],
    ['order 1234567'],
    ['std::vector<int> a::b(c);'],
    ['a:b c@ @d 10:30'],
    ['4111 ok'],
    ['6f9619ff-8b86-4011-b42d-00c04fc964ff'],
    ['GB82 is a code'],
    [''],
  ])('%s', text => {
    expect(find(text)).toEqual([]);
  });
});

describe('finds names', () => {
  test.each([
    ['in any case', 'ADA met ada.', ['Ada'], ['name:ADA', 'name:ada']],
    ['whatever the accents', 'Jose\u0301 and José and Jose', ['José'], ['name:Jose\u0301', 'name:José', 'name:Jose']],
    ['before an apostrophe', "Ada's and O’Neil", ['Ada', "O'Neil"], ['name:Ada', 'name:O’Neil']],
    ['of several words', 'Mary  Ann, mary-ann', ['Mary Ann'], ['name:Mary  Ann', 'name:mary-ann']],
    ['the longest that fits', 'Anna Maria', ['Anna', 'Anna Maria'], ['name:Anna Maria']],
    ['without spaces around, in Chinese', '我是山田太郎。', ['山田'], ['name:山田']],
    ['not inside of words', 'Adalbert, Canada, Âda', ['Ada'], ['name:Âda']],
    ['not of one letter', 'A plan', ['A'], []],
    ['not of blanks or signs', 'a - b', [' ', '-'], []],
    ['not where an address holds them', 'ada@example.org', ['Ada'], ['email:ada@example.org']],
    ['in Cyrillic', 'Здравствуйте, ИВАН!', ['Иван'], ['name:ИВАН']],
    ['with letters that are hidden', 'A\u200bda', ['Ada'], ['name:A\u200bda']],
  ])('%s', (_, text, names, found) => {
    expect(find(text, names)).toEqual(found);
  });
});

test('a recogniser that is off leaves its parts to no other', () => {
  expect(find('4111 1111 1111 1111, 219-09-9999', [], ['phone'])).toEqual([]);
  expect(find('https://x.example/?m=ada@example.org', [], ['email'])).toEqual(['email:ada@example.org']);
});

test('whatever stands around it, an address or a number is found', () => {
  const parts = ['ada@example.org', '+41 79 123 45 67', '4111111111111111', '219-09-9999', 'https://x.example/ada'];
  const around = fc.string({ unit: anyPoint, maxLength: 20 });
  fc.assert(
    fc.property(fc.constantFrom(...parts), around, around, (part, before, after) => {
      const found = find(`${before} ${part} ${after}`);
      expect(found.some(one => one.includes(part))).toBe(true);
    }),
  );
});

test('100 kB of any one character, or of an address again and again, take no more than linear time', () => {
  const start = process.threadCpuUsage();
  for (const unit of [
    '1',
    '@',
    ':',
    'a@',
    'w',
    'www.',
    '1.',
    '::',
    'a:',
    '"@',
    '1 ',
    '+',
    'GB82 ',
    'ada ',
    'é',
    '[',
    'h://',
  ]) {
    find(unit.repeat(100_000 / unit.length), ['Ada', 'Éa']);
  }
  const { user, system } = process.threadCpuUsage(start);
  expect((user + system) / 1000).toBeLessThan(3000); // milliseconds
});
