import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { replace, replaceWith, tryStrategy, type Use, useStrategy } from './replace.ts';

const digitsOf = (text: string): string => text.replace(/\D/g, '');
const shapeOf = (text: string): string => text.replace(/\d/g, '9').replace(/[A-Z]/g, 'A').replace(/[a-z]/g, 'a');

/** Luhn's formula as ISO/IEC 7812-1 describes it: double every other digit from the right, add the digits of the products. */
function luhnSum(text: string): number {
  const digits = [...digitsOf(text)].reverse().map(Number);
  const terms = digits.map((digit, index) => (index % 2 === 0 ? digit : 2 * digit));
  return terms.reduce((sum, term) => sum + Math.floor(term / 10) + (term % 10), 0) % 10;
}

/** ISO 7064: the number of an IBAN with its head at the end is 1 mod 97. */
function isIban(text: string): boolean {
  const compact = text.replaceAll(' ', '').toUpperCase();
  const moved = compact.slice(4) + compact.slice(0, 4);
  return BigInt([...moved].map(character => Number.parseInt(character, 36)).join('')) % 97n === 1n;
}

/** Encrypts, checks that decryption leads back, and returns what was encrypted. */
async function encrypt(values: readonly string[], use: Use): Promise<string[]> {
  const encrypted = (await replace('fpe', values, use)).map(String); // never NULL
  expect(await replace('fpe', encrypted, { ...use, direction: 'reverse' })).toEqual(values);
  return encrypted;
}

describe('card numbers', () => {
  const card = (luhn?: boolean): Use => ({ options: { preset: 'card', ...(luhn !== undefined && { luhn }) } });

  test.each([
    ['19 digits: 6 and 4', '6304000000000000000', 6, 4],
    ['18 digits: 6 and 4', '630400000000000008', 6, 4],
    ['17 digits: 6 and 4', '63040000000000004', 6, 4],
    ['16 digits: 6 and 3', '4111-1111-1111-1111', 6, 3],
    ['15 digits: 6 and 2', '378282246310005', 6, 2],
    ['13 digits: 6', '4222222222222', 6, 0],
    ['12 digits: 5', '630495060000', 5, 0],
  ])('%s stay', async (_, value, first, last) => {
    const digits = digitsOf(value);
    const changed = new Set<number>();
    for (const domain of 'abcdefghijklmnopqrst') {
      const [text] = (await encrypt([value], { ...card(), domain })) as [string];
      expect(shapeOf(text)).toBe(shapeOf(value));
      for (const [index, digit] of [...digitsOf(text)].entries()) if (digit !== digits[index]) changed.add(index);
    }
    const expected = Array.from({ length: digits.length - first - last }, (_, index) => first + index);
    expect([...changed].sort((a, b) => a - b)).toEqual(expected);
  });

  test('16 digits without Luhn: 6 and 4 stay', async () => {
    const [text] = (await encrypt(['4111111111111111'], card(false))) as [string];
    expect(text).toMatch(/^411111\d{6}1111$/);
  });

  test('valid numbers stay valid, and others as wrong as they are', async () => {
    const values = Array.from({ length: 3000 }, (_, row) => `4${String(row * 7919).padStart(11 + (row % 8), '3')}`);
    const encrypted = await encrypt(values, card());
    expect(new Set(values.map(luhnSum)).size).toBe(10);
    expect(encrypted.map(luhnSum)).toEqual(values.map(luhnSum));
  });

  test('the same middle digits under another BIN or other last digits are encrypted otherwise', async () => {
    const values = Array.from({ length: 50 }, (_, bin) => `4${String(bin).padStart(5, '1')}123456${1000 + bin}`);
    const encrypted = await encrypt(values, card(false));
    expect(new Set(encrypted.map(text => text.slice(6, 12))).size).toBeGreaterThan(45);
  });
});

describe('social security numbers', () => {
  const use: Use = { options: { preset: 'ssn' } };
  const isIssuable = (text: string): boolean => /^(?!000|666|9)\d{3}-?(?!00)\d{2}-?(?!0000)\d{4}$/.test(text);

  test('those that can be issued become such, others become others', async () => {
    const issuable = Array.from({ length: 2000 }, (_, row) => `${100 + (row % 500)}-${10 + (row % 90)}-${1000 + row}`);
    const others = [
      '000-12-3456',
      '666-12-3456',
      '900-12-3456',
      '123-00-4567',
      '123-45-0000',
      '000000000',
      '999999999',
    ];
    expect(issuable.every(isIssuable)).toBe(true);
    expect((await encrypt(issuable, use)).every(isIssuable)).toBe(true);
    expect((await encrypt(others, use)).some(isIssuable)).toBe(false);
  });
});

describe('IBANs', () => {
  const use: Use = { options: { preset: 'iban' } };
  const IBANS = [
    'DE89370400440532013000',
    'GB82 WEST 1234 5698 7654 32',
    'FR14 2004 1010 0505 0001 3M02 606',
    'NO9386011117947',
    'MT84MALT011000012345MTLCAST001S',
    'LC55HEMM000100010012001200023015',
    'gb82west12345698765432',
  ];

  test('stay valid, with their country, in their shape', async () => {
    const encrypted = await encrypt(IBANS, use);
    expect(IBANS.every(isIban)).toBe(true);
    encrypted.forEach((text, index) => {
      expect(isIban(text)).toBe(true);
      expect(text).not.toBe(IBANS[index]);
      expect(text.slice(0, 2)).toBe(IBANS[index]?.slice(0, 2));
      expect(shapeOf(text)).toBe(shapeOf(IBANS[index]!)); // as many
    });
  });

  test('a wrong pair of check digits stays wrong, whatever it is', async () => {
    const values = Array.from({ length: 100 }, (_, check) => `DE${String(check).padStart(2, '0')}370400440532013000`);
    const encrypted = await encrypt(values, use);
    expect(values.filter(isIban)).toHaveLength(1);
    expect(encrypted.filter(isIban)).toHaveLength(1);
  });
});

describe('telephone numbers', () => {
  test.each([
    ['+41 79 123 45 67', /^\+41 \d\d \d{3} \d\d \d\d$/],
    ['+1 (212) 555-0123', /^\+1 \(\d{3}\) \d{3}-\d{4}$/],
    ['+351 21 123 4567', /^\+351 \d\d \d{3} \d{4}$/],
    ['030/123.456', /^\d{3}\/\d{3}\.\d{3}$/],
  ])('%s keeps country code and punctuation', async (value, shape) => {
    const values = [value, value.replace(/\d$/, '8')];
    for (const text of await encrypt(values, { options: { preset: 'phone' } })) expect(text).toMatch(shape);
  });

  test('keep_first counts from behind the country code', async () => {
    const [text] = await encrypt(['+41 79 123 45 67'], { options: { preset: 'phone', keep_first: 2 } });
    expect(text).toMatch(/^\+41 79 /);
  });
});

describe('letters and digits', () => {
  test('stay in their classes, place by place', async () => {
    const values = [
      'QX-12345-ab',
      'qx-12345-AB',
      'abcde',
      'ABCDE',
      '123456',
      'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5',
      'ZZZZZ0',
      '0zzzzz',
    ];
    const encrypted = await encrypt(values, { options: { preset: 'alphanumerics' } });
    expect(encrypted.map(shapeOf)).toEqual(values.map(shapeOf));
  });

  test('come back from every batch, whatever patterns are mixed', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.stringMatching(/^[A-Za-z0-9]{6,24}$/), { maxLength: 30 }), async values => {
        const encrypted = await encrypt(values, { options: { preset: 'alphanumerics' } });
        expect(encrypted.map(shapeOf)).toEqual(values.map(shapeOf));
      }),
      { numRuns: 30 },
    ));
});

describe('an alphabet of one\u2019s own', () => {
  test.each([
    ['αβγδεζηθικλμνξοπρστυφχψω', ' ', 'λογοσ λογοσ'],
    ['😀😁😂🤣😃😄😅😆😉😊', '-', '😀😁-😂🤣-😃😄-😅'],
    ['ab', '', 'ab'.repeat(10)],
    ['01234567', '.', '0755.0644.1777'],
    ['aé日😀', '', 'aé日😀'.repeat(5)],
  ])('%s', async (alphabet, separators, value) => {
    const [text] = (await encrypt([value], { options: { alphabet, separators } })) as [string];
    expect([...text]).toHaveLength([...value].length);
    [...value].forEach((character, index) => {
      const is = [...text][index]!; // as long
      if (separators.includes(character)) expect(is).toBe(character);
      else expect([...alphabet]).toContain(is);
    });
    expect(text).not.toBe(value);
  });

  test('of 65,536 symbols, two of which are a value', async () => {
    const alphabet = Array.from({ length: 65_536 }, (_, index) => String.fromCodePoint(0x10000 + index)).join('');
    const value = '\u{10000}\u{1ffff}';
    const [text] = (await encrypt([value], { options: { alphabet } })) as [string];
    expect([...text]).toHaveLength(2);
  });

  test('keeps its first and last symbols, which the rest depends on', async () => {
    const options = { alphabet: '0123456789abcdef', separators: ':', keep_first: 2, keep_last: 1 };
    const [a, b] = (await encrypt(['00:1b:44:11:3a:b7', '01:1b:44:11:3a:b7'], { options })) as [string, string];
    expect(a).toMatch(/^00:.*7$/);
    expect(a.slice(3)).not.toBe(b.slice(3));
  });
});

describe('UUIDs', () => {
  const text: Use = { options: { preset: 'uuid' } };

  test('keep version, variant, hyphens and case', async () => {
    const values = Array.from({ length: 400 }, (_, row) => {
      const hex = (BigInt(row) * 0x9e3779b97f4a7c15f39cc0605cedc835n).toString(16).padStart(32, '0').slice(-32);
      const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
      return row % 3 === 0 ? uuid.toUpperCase() : row % 3 === 1 ? uuid : hex;
    });
    const encrypted = await encrypt(values, text);
    const frame = (uuid: string): string => {
      const hex = uuid.replaceAll('-', '');
      return `${hex[12]} ${Number.parseInt(hex[16]!, 16) >> 2} ${uuid.replace(/[^-]/g, 'x')}`; // 32 digits
    };
    expect(encrypted.map(frame)).toEqual(values.map(frame));
    for (const [index, uuid] of encrypted.entries()) {
      if (index % 3 === 0 && /[A-F]/.test(values[index]!))
        expect(uuid).toBe(uuid.toUpperCase()); // as many
      else expect(uuid).toBe(uuid.toLowerCase());
    }
  });

  test('in capitals, one whose only letter is encrypted keeps a capital', async () => {
    const values = Array.from({ length: 200 }, (_, row) => `A0000000-0000-4000-8000-${String(row).padStart(12, '0')}`);
    for (const uuid of await encrypt(values, text)) expect(uuid).toMatch(/[A-F]/);
  });
});

describe('integers', () => {
  test.each([
    ['integer', undefined, undefined, ['0', '1', '-1', '2147483647', '-2147483648']],
    ['bigint', undefined, undefined, ['0', '-1', '9223372036854775807', '-9223372036854775808']],
    ['bigint', 1, undefined, ['1', '9223372036854775807']],
    ['bigint', '-9007199254740991', 0, ['-9007199254740991', '0', '-1']],
    ['bigint', 0, '9007199254740990', ['0', '9007199254740990']],
    ['integer', 1, 1_000_000, ['1', '999999', '1000000']],
    ['integer', -500_000, 499_999, ['-500000', '0', '499999']],
    ['numeric', '0', '9'.repeat(30), ['0', '9'.repeat(30), '12345678901234567890']],
    ['text', 0, 99_999_999, ['0', '99999999']],
  ])('%s from %s to %s stay within', async (type, min, max, values) => {
    const options = { preset: 'integer', ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
    const encrypted = await encrypt(values, { type, options });
    for (const text of encrypted) {
      expect(text).toMatch(/^(0|-?[1-9]\d*)$/);
      if (min !== undefined) expect(BigInt(text)).toBeGreaterThanOrEqual(BigInt(min));
      if (max !== undefined) expect(BigInt(text)).toBeLessThanOrEqual(BigInt(max));
    }
  });

  test('all 1,000,003 of a range, whose root is no whole number, are a permutation of it', async () => {
    const bound = await useStrategy('fpe', { type: 'integer', options: { min: 1, max: 1_000_003 } });
    const values = Array.from({ length: 1_000_003 }, (_, row) => String(row + 1));
    const seen = new Uint8Array(1_000_004);
    let fixed = 0;
    replaceWith(bound, values, { batch: 1000 }).forEach((text, row) => {
      seen[Number(text)] = 1;
      if (Number(text) === row + 1) fixed++;
    });
    expect(seen.subarray(1).every(one => one === 1)).toBe(true);
    expect(fixed).toBeLessThan(10); // a random permutation has one on average
  });
});

describe('dates and timestamps', () => {
  test('dates stay within their range', async () => {
    const values = ['0001-01-01', '1976-02-29', '2000-01-01', '4999-12-31'];
    const encrypted = await encrypt(values, { type: 'date', options: { max: '4999-12-31' } });
    for (const text of encrypted) {
      expect(text).toMatch(/^\d{4}-\d\d-\d\d$/);
      expect(text <= '4999-12-31').toBe(true);
      expect(new Date(`${text}T00:00:00Z`).toISOString().slice(0, 10)).toBe(text);
    }
  });

  test.each([
    ['timestamp with time zone', '+00'],
    ['timestamp without time zone', ''],
  ])('%s', async (type, zone) => {
    const values = [
      '1900-01-01 00:00:00',
      '1976-02-29 23:59:59.999999',
      '2099-12-31 23:59:59.999999',
      '2000-01-01 00:00:00.5',
    ];
    const options = { min: '1900-01-01', max: '2099-12-31' };
    for (const text of await encrypt(
      values.map(value => value + zone),
      { type, options },
    )) {
      expect(text >= '1900-01-01' && text < '2100').toBe(true);
      expect(text.endsWith(zone)).toBe(true);
    }
  });
});

describe('the plan refuses', () => {
  test.each([
    ['an integer range below 1,000,000', { min: 1, max: 999_999 }, 'integer', 'domain of 1,000,000'],
    ['smallint', {}, 'smallint', 'domain of 1,000,000'],
    ['a range of two centuries of days', { min: '1900-01-01', max: '2099-12-31' }, 'date', '73,049 days'],
    ['max below min', { min: 10, max: 1 }, 'integer', 'no numbers'],
    ['digits in varchar(5)', { preset: 'digits' }, 'character varying(5)', 'at least 1,000,000 forms'],
    ['card numbers in varchar(5)', { preset: 'card' }, 'character varying(5)', 'at least 1,000,000 forms'],
    ['keeping all of varchar(20)', { preset: 'digits', keep_first: 15 }, 'character varying(20)', 'at least 1,000,000'],
    ['a text column without a word what it holds', {}, 'text', 'Give preset or alphabet'],
    ['a range beyond the type', { min: 0, max: '3000000000' }, 'integer', 'Stay within'],
    ['a range beyond numeric(6,2)', { preset: 'integer', min: 0, max: 1_000_000 }, 'numeric(6,2)', 'Stay within'],
    ['numeric without a range', { preset: 'integer' }, 'numeric', 'Give min and max'],
    ['timestamps of ten thousand years', {}, 'timestamp with time zone', '285 years'],
    ['an option of another preset', { preset: 'ssn', luhn: true }, 'text', 'luhn has no meaning'],
    ['an alphabet beside a preset', { preset: 'card', alphabet: 'ab' }, 'text', 'alphabet has no meaning'],
    ['a preset for another type', { preset: 'card' }, 'integer', 'does not go with integer'],
    ['an alphabet that has a character twice', { alphabet: 'abca' }, 'text', 'each character once'],
    ['an alphabet of one character', { alphabet: 'a' }, 'text', 'each character once'],
    ['a separator that is a symbol', { preset: 'digits', separators: '-0' }, 'text', 'Take it out'],
    ['luhn over letters', { alphabet: 'abcdef', luhn: true }, 'text', 'leave out luhn'],
    ['FF3-1 without legacy', { preset: 'digits', mode: 'ff3-1' }, 'text', 'say legacy: true'],
    [
      'a range that FF3-1 does not take',
      { preset: 'integer', min: 0, max: '9'.repeat(60), mode: 'ff3-1', legacy: true },
      'numeric',
      'Bring min and max nearer',
    ],
    ['a min that is no number', { min: 'few' }, 'integer', 'not a whole number'],
    ['a min that is no date', { min: '2024-02-30' }, 'date', 'not a date'],
    ['a tweak from a column that is not there', { preset: 'digits', tweak: 'nowhere' }, 'text', 'nowhere'],
  ])('%s', async (_, options, type, why) => {
    expect(await tryStrategy('fpe', { options, type })).toContain(why);
  });
});

test('another column makes equal values different, and NULL is a tweak like no bytes', async () => {
  const use: Use = { options: { preset: 'digits', tweak: 'customer_id' } };
  const bound = await useStrategy('fpe', use);
  expect(bound.guarantees.uniqueness).toBe('lossy');
  const values = new Array<string>(4).fill('123456789');
  const others = { customer_id: ['a', 'b', null, ''] };
  const encrypted = replaceWith(bound, values, { others }).map(String);
  expect(new Set(encrypted.slice(0, 3)).size).toBe(3);
  expect(encrypted[2]).toBe(encrypted[3]);
  const back = await useStrategy('fpe', { ...use, direction: 'reverse' });
  expect(replaceWith(back, encrypted, { others })).toEqual(values);
});

test('with FF3-1 every preset comes back too, where its values are not too long', async () => {
  const legacy = { mode: 'ff3-1', legacy: true };
  const cases: [Use, string[]][] = [
    [{ options: { preset: 'card', ...legacy } }, ['4111-1111-1111-1111']],
    [{ options: { preset: 'iban', ...legacy } }, ['GB82 WEST 1234 5698 7654 32']],
    [{ options: { preset: 'alphanumerics', ...legacy } }, ['QX-12345-ab']],
    [{ options: { preset: 'ssn', ...legacy } }, ['219-09-9999']],
    [{ type: 'uuid', options: legacy }, ['6f9619ff-8b86-4011-b42d-00c04fc964ff']],
    [{ type: 'bigint', options: legacy }, ['73500']],
  ];
  for (const [use, values] of cases) expect(await encrypt(values, use)).not.toEqual(values);
  const long: Use = { options: { preset: 'digits', ...legacy } };
  await expect(replace('fpe', ['1'.repeat(57)], long)).rejects.toThrow('it consists of digits');
});
