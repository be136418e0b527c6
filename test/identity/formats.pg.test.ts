// Binary, text and a cursor give the same bytes: every type, with every strategy that accepts it, on values that are easy to
// get wrong. What a strategy is given must be PostgreSQL's own text of a value, whatever the format of the COPY was.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Report } from '../../src/index.ts';
import { hashTable, type TableHash } from '../database.ts';
import { configOf, createPair, dropPair, type Pair, syncPair } from '../sync.ts';
import { quote } from './schema.ts';
import { literal, USER_TYPES, VALUES } from './values.ts';

type Rule = string | Readonly<Record<string, unknown>>;

const fake = (kind: string, ...args: unknown[]): Rule => ({ strategy: 'fake', kind, args });
const TEXT = [{ strategy: 'hash', length: 6 }, 'mask', 'phone'];

/** Strategies by type, besides those that accept every type. */
const RULES: Readonly<Record<string, readonly Rule[]>> = {
  smallint: ['hash', fake('number.int', 100)],
  integer: ['hash', fake('number.int', 100)],
  bigint: ['hash', fake('number.int', 100)],
  numeric: ['hash', fake('number.int', 100)],
  'numeric(12,3)': ['hash', fake('number.int', 100)],
  real: [fake('number.float')],
  'double precision': [fake('number.float')],
  boolean: [fake('datatype.boolean')],
  text: [
    ...TEXT,
    'hash',
    'email',
    fake('person.firstName'),
    { strategy: 'mask', keep_first: 1, keep_separators: true },
  ],
  'varchar(12)': TEXT,
  'char(6)': TEXT,
  name: TEXT,
  date: [fake('date.birthdate')],
  timestamp: [fake('date.past')],
  'timestamp with time zone': [fake('date.past')],
  uuid: ['hash', fake('string.uuid')],
  'public.mood': [fake('helpers.arrayElement', ['glad', 'so-so 😀'])],
  'public.short': TEXT,
};

/** A constant of aclitem would name a role that not every server has. */
const types = Object.keys(VALUES).filter(type => type !== 'aclitem');
const tables = types.map((type, number) => {
  const constant = { strategy: 'constant', value: VALUES[type]?.at(-1) ?? '' };
  return { name: `t${number}`, type, rules: [constant, 'nullify', ...(RULES[type] ?? [])] };
});

let pair: Pair;
beforeAll(async () => {
  const create = tables.map(({ name, type, rules }) => {
    const columns = rules.map((_, column) => `c${column} ${type}`);
    const values = [undefined, ...(VALUES[type] ?? [])].map(value => literal(type, value));
    const rows = values.map((value, id) => `(${[id, ...rules.map(() => value), value].join(', ')})`);
    return `create table public.${name} (id int, ${columns.join(', ')}, kept ${type});
      insert into public.${name} values ${rows.join(', ')}`;
  });
  pair = await createPair(`${USER_TYPES}; ${create.join(';\n')}`);
});
afterAll(() => dropPair(pair));

const planned = Object.fromEntries(
  tables.map(({ name, rules }) => {
    const columns = Object.fromEntries(rules.map((rule, column) => [`c${column}`, rule]));
    return [`public.${name}`, { keep: ['id', 'kept'], columns }];
  }),
);

/** The types that a run copied in binary, and the content of every table but for `more`. */
async function contentAfter(
  report: Promise<Report>,
): Promise<{ binary: string[]; content: Record<string, TableHash> }> {
  const formats = new Map((await report).tables.map(table => [table.name, table.format]));
  const content: Record<string, TableHash> = {};
  for (const { name, type, rules } of tables) {
    const columns = ['id', 'kept', ...rules.map((_, column) => quote(`c${column}`))];
    content[type] = await hashTable(pair.target.query, `public.${name}`, columns);
  }
  return {
    binary: tables.filter(({ name }) => formats.get(`public.${name}`) === 'binary').map(one => one.type),
    content,
  };
}

const byCursor = { source: { url: 'env:SOURCE_URL', read: 'cursor' } };

test('COPY, a cursor in binary and a cursor in text give the same bytes', async () => {
  const usual = await contentAfter(syncPair(pair, configOf(planned), { parallel: 2 }));
  expect(usual.binary).toEqual(
    expect.arrayContaining(['text', 'numeric', 'double precision', 'timestamp', 'uuid', 'date']),
  );
  expect(await contentAfter(syncPair(pair, configOf(planned, byCursor), { parallel: 2 }))).toEqual(usual);

  const add = tables.map(({ name }) => `alter table public.${name} add without_binary aclitem`).join('; ');
  for (const { query } of [pair.source, pair.target]) await query(add);
  const wider = Object.fromEntries(
    Object.entries(planned).map(([key, table]) => [key, { ...table, keep: ['id', 'kept', 'without_binary'] }]),
  );
  // COPY in text is what the datasets are copied by, too.
  const inText = await contentAfter(syncPair(pair, configOf(wider, byCursor), { parallel: 2 }));
  expect(inText).toEqual({ binary: [], content: usual.content });
});
