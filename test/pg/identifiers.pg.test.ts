import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { displayName, quoteLiteral, quoteName, quoteTable, RESERVED, sqlName } from '../../src/pg/identifiers.ts';
import { anyPoint } from '../any-point.ts';
import { createDatabase, type TestDatabase } from '../database.ts';

const HOSTILE = [
  'Mixed Case',
  'select',
  'a"b',
  '"',
  '""',
  "a'b",
  "'; drop table t; --",
  'back\\slash',
  'a.b',
  'tab\tnewline\nreturn\r',
  'größe 漢字 עברית',
  '👩‍👩‍👧‍👦 family',
  '\u202eright to left',
  '$1 $$ $tag$ %s ?',
  '/* comment */ -- too',
  ' ',
  'x'.repeat(63),
];

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

describe('a quoted name', () => {
  test.each(HOSTILE)('%j names a schema, a table and a column exactly', async name => {
    const table = { schema: name, name };
    await database.query(`create schema ${quoteName(name)}`);
    await database.query(`create table ${quoteTable(table)} (${quoteName(name)} int)`);
    const found = await database.query(
      'select table_schema, table_name, column_name from information_schema.columns where table_schema = $1',
      [name],
    );
    expect(found).toEqual([{ table_schema: name, table_name: name, column_name: name }]);
    await database.query(`drop table ${quoteTable(table)}; drop schema ${quoteName(name)}`);
  });

  test('cannot hold NUL, which would cut the statement', () => {
    expect(() => quoteName('a\0b')).toThrow(TypeError);
    expect(() => quoteLiteral('a\0b')).toThrow(TypeError);
  });
});

const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter(value => !value.includes('\0'));
const nasty = fc.string({ unit: fc.constantFrom("'", '\\', '"', 'E', '\n', '$', ' ', 'é', '👍'), maxLength: 20 });

describe.each(['on', 'off'])('a quoted literal, with standard_conforming_strings = %s', standard => {
  test('means its text', async () => {
    const values = [...HOSTILE, ...fc.sample(text, 200), ...fc.sample(nasty, 300)];
    // One statement: the setting must hold for the statement that is parsed after it.
    await database.query(`set standard_conforming_strings = ${standard}; set escape_string_warning = off`);
    const list = values.map(value => quoteLiteral(value)).join(', ');
    const [row] = await database.query<{ found: string[] }>(`select array[${list}]::text[] as found`);
    expect(row?.found).toEqual(values);
    await database.query('reset standard_conforming_strings');
  });
});

describe('a displayed name', () => {
  test.each([
    [['public', 'customer', 'email'], 'public.customer.email'],
    [['public', 'Album'], 'public.Album'],
    [['sales', 'größe_漢字$1-x'], 'sales.größe_漢字$1-x'],
    [['a.b', 'c d'], '"a.b"."c d"'],
    [['a"b'], '"a""b"'],
    [['line\nbreak'], '"line\\u{a}break"'],
    [['\u202eabc'], '"\\u{202e}abc"'],
    [['\u2028'], '"\\u{2028}"'],
    [[''], '""'],
  ])('%j is shown as %s', (parts, shown) => {
    expect(displayName(...parts)).toBe(shown);
  });

  test('is one line whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyPoint }), name => {
        expect(displayName(name)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

describe('a name in SQL that people are to run', () => {
  test('has no quotes where it needs none, and they are known by the key words of the server', async () => {
    const words = await database.query<{ word: string }>(
      `select word from pg_get_keywords() where catcode in ('R', 'T')`,
    );
    expect([...RESERVED].sort()).toEqual(words.map(({ word }) => word).sort());
    expect(sqlName('app', 'person_2')).toBe('app.person_2');
  });

  test.each(['user', 'Mixed', 'mixedCase', 'größe', 'a b', '2nd', 'a.b', 'a"b', 'between', 'interval', 'id'])(
    '%j names the same table as it does in quotes',
    async name => {
      await database.query(`create table ${quoteName(name)} ()`);
      await database.query(`drop table ${sqlName(name)}`);
    },
  );
});
