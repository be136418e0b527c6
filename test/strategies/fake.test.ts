import { describe, expect, test } from 'vitest';
import { replace, replaceOne, tryStrategy, useStrategy } from './replace.ts';

const many = Array.from({ length: 5000 }, (_, row) => `value ${row}`);
const fake = (kind: string, options: Record<string, unknown> = {}) => ({ options: { kind, ...options } });

describe('a method of faker by name, in the type of the column', () => {
  test.each([
    ['person.firstName', 'text', /^\p{L}[\p{L}'. -]*$/u],
    ['location.city', 'text', /\p{L}/u],
    ['lorem.paragraph', 'text', /\. /],
    ['string.uuid', 'uuid', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/],
    ['number.int', 'bigint', /^\d+$/],
    ['number.float', 'double precision', /^[\d.e-]+$/],
    ['datatype.boolean', 'boolean', /^[tf]$/],
    ['date.birthdate', 'date', /^(19|20)\d\d-\d\d-\d\d$/],
    ['date.past', 'timestamp with time zone', /^2024-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,3})?\+00$/],
    ['location.zipCode', 'text', /^\d{5}/],
  ])('%s as %s', async (kind, type, shape) => {
    const replaced = await replace('fake', many.slice(0, 200), { ...fake(kind), type });
    for (const value of replaced) expect(value).toMatch(shape);
  });

  test('numeric(6,2) gets two places', async () => {
    const use = { ...fake('finance.amount'), type: 'numeric(6,2)' };
    for (const value of await replace('fake', many.slice(0, 200), use)) expect(value).toMatch(/^\d{1,4}\.\d\d$/);
  });

  test('of a locale', async () => {
    const ja = await replace('fake', many.slice(0, 200), fake('person.lastName', { locale: 'ja' }));
    for (const name of ja) expect(name).toMatch(/^\p{Script=Han}+$/u);
  });

  test('with arguments', async () => {
    const use = { ...fake('number.int', { args: [{ min: 5, max: 30 }] }), type: 'smallint' };
    const numbers = (await replace('fake', many, use)).map(Number);
    expect([Math.min(...numbers), Math.max(...numbers)]).toEqual([5, 30]);
  });
});

test('values spread evenly over the dictionary', async () => {
  const use = fake('helpers.arrayElement', { args: [[...'abcdefghijklmnopqrst']] });
  const counts = new Map<string | null, number>();
  for (const value of await replace('fake', many, use)) counts.set(value, (counts.get(value) ?? 0) + 1);
  expect(counts.size).toBe(20);
  for (const count of counts.values()) expect(Math.abs(count - 250)).toBeLessThan(80); // five standard deviations
});

describe('a value that is in the dictionary', () => {
  const letters = [...'abcdefghijklmnop'];

  test('is never its own fake where there are 16 entries or more', async () => {
    for (const domain of letters) {
      const use = { ...fake('helpers.arrayElement', { args: [letters] }), domain };
      const replaced = await replace('fake', letters, use);
      expect(letters.filter((letter, index) => replaced[index] === letter)).toEqual([]);
    }
  });

  test('may be its own fake in a smaller one, since never to be would tell what it was', async () => {
    const same = await Promise.all(
      letters.map(domain => replaceOne('fake', 't', { ...fake('datatype.boolean'), type: 'boolean', domain })),
    );
    expect(new Set(same)).toEqual(new Set(['t', 'f']));
  });
});

describe('unique: true', () => {
  const unique = (kind: string, options = {}) => fake(kind, { ...options, unique: true });

  test.each([
    ['person.firstName', /^.+-[a-z2-7]{12}$/],
    ['internet.exampleEmail', /^[^@]+\.[a-z2-7]{12}@example\.(com|org|net)$/],
    ['internet.url', /^https?:\/\/.+\/[a-z2-7]{12}$/],
    ['string.numeric', /^\d{21}$/],
    ['phone.imei', /^[\d-]{18}\d{18}$/],
  ])('widens %s in its own shape, without a collision', async (kind, shape) => {
    const replaced = await replace('fake', many, unique(kind));
    for (const value of replaced) expect(value).toMatch(shape);
    expect(new Set(replaced).size).toBe(many.length);
  });

  test.each([1e6, 1e9, 1e12])('keeps the collision bound under 10^-9 at %d rows', async rows => {
    const { instance } = await useStrategy('fake', { ...unique('person.fullName'), rows });
    const bound = rows ** 2 / 2 / 2 ** instance.bits!; // unique gives bits
    expect(bound).toBeLessThan(1e-9);
    expect(bound).toBeGreaterThan(1e-9 / 32 / 2); // not wider than one character of base32 more
  });

  test.each([
    ['integer', 'number.int'],
    ['date', 'date.birthdate'],
    ['uuid', 'string.uuid'],
  ])('is refused on %s, with a way out', async (type, kind) => {
    const found = await tryStrategy('fake', { ...unique(kind, type === 'integer' ? { args: [999] } : {}), type });
    expect(found).toContain(`${type} cannot be widened`);
    expect(found).toContain('Use hash');
  });
});

describe('max_length', () => {
  test('leaves longer fakes out', async () => {
    const use = fake('location.city', { max_length: 8 });
    for (const city of await replace('fake', many, use)) expect(city?.length).toBeLessThanOrEqual(8);
    expect((await useStrategy('fake', use)).instance.maxLength).toBe(8);
  });

  test('that leaves nothing is refused', async () => {
    expect(await tryStrategy('fake', fake('lorem.paragraph', { max_length: 5 }))).toContain('no value of 5 characters');
  });
});

describe('refused while planning', () => {
  test.each([
    ['an unknown module', fake('persona.firstName'), 'faker has no module "persona"'],
    ['an unknown method', fake('person.first'), 'faker has no method "person.first" Use one of: person.bio, person.'],
    ['what is inherited', fake('person.constructor'), 'faker has no method'],
    ['what is inside', fake('fakerCore.locale'), 'faker has no module'],
    ['what is no name', fake('person'), 'must be a faker method'],
    ['an unknown locale', fake('person.firstName', { locale: 'xx' }), 'faker has no locale "xx"'],
    ['a locale that is a path', fake('person.firstName', { locale: '../index' }), 'faker has no locale'],
    ['args that the method refuses', fake('number.int', { args: [{ min: 9, max: 1 }] }), 'refuses these args'],
    ['a method that gives objects', fake('airline.airline'), 'what the column cannot hold'],
    ['one value for all', fake('helpers.arrayElement', { args: [['a']] }), 'only one value'],
    ['text for numbers', { ...fake('person.firstName'), type: 'integer' }, 'what the column cannot hold'],
    ['numbers beyond the type', { ...fake('number.int'), type: 'smallint' }, 'what the column cannot hold'],
  ])('%s', async (_, use, found) => {
    expect((await tryStrategy('fake', use)).toString().replace('the type of the column', 'the column')).toContain(
      found,
    );
  });
});

test('the dictionary depends on kind, locale and args, and never on the secret', async () => {
  const noteOf = async (use: Parameters<typeof useStrategy>[1]) => (await useStrategy('fake', use)).instance.note;
  const usual = await noteOf(fake('person.firstName'));
  expect(usual).toBe('dictionary 539db46b5567 of 2285 entries');
  expect(await noteOf({ ...fake('person.firstName'), secret: 'another secret, also of more than 32 bytes' })).toBe(
    usual,
  );
  expect(await noteOf(fake('person.firstName', { locale: 'de' }))).not.toBe(usual);
  expect(await noteOf(fake('person.firstName', { args: ['female'] }))).not.toBe(usual);
});

test('kinds have domains of their own unless one is named', async () => {
  const use = { args: [[...'abcdefghijklmnopqrstuvwxyz']] };
  expect((await useStrategy('fake', fake('person.firstName'))).domain).toBe('fake.person.firstName');
  expect((await useStrategy('fake', fake('helpers.arrayElement', use))).domain).toBe('fake.helpers.arrayElement');
});
