// A masked key is masked equally wherever its values stand: foreign keys, columns that the configuration declares, documents.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AnonymizeError, plan } from '../../src/index.ts';
import { configOf, createPair, dropPair, environmentOf, type Pair, syncPair } from '../sync.ts';

const SCHEMA = `
create table person (id bigint primary key, code varchar(20) not null unique, name text);
create table company (id int primary key, name text);
create table orders (id int primary key, person_id int, person_code text, owner_type text, owner_id text, details jsonb, history text);
create table staff (region text, id int, boss_region text, boss_id int, primary key (region, id),
  foreign key (boss_region, boss_id) references staff);
create table shift (id int primary key, region text, staff_id int, foreign key (region, staff_id) references staff);
create table shift_note (shift_id bigint references shift, body text);
create table padded (id int primary key, code char(20));
insert into person select n * 1001, 'P-' || n, 'n' from generate_series(1, 200) n;
insert into company select n * 1001, 'c' from generate_series(1, 150) n;
insert into orders select n, case when n % 9 > 0 then 1001 * (1 + n % 200) end, 'P-' || 1 + n * 7 % 200,
  case n % 3 when 0 then 'person' when 1 then 'company' else 'nobody' end, 1001 * (1 + n * 5 % 130),
  case when n % 7 > 0 then jsonb_build_object('by', 1001 * (1 + n * 3 % 200), 'also', jsonb_build_array(
    jsonb_build_object('code', 'P-' || 1 + n * 11 % 50), jsonb_build_object('none', 1), jsonb_build_object('code', 'P-' || 1 + n * 17 % 60))) end,
  '{"old": "' || 1001 * (1 + n * 13 % 70) || '"}'
from generate_series(1, 600) n;
insert into staff select chr(65 + n % 4), n, case when n > 4 then chr(65 + n / 5 % 4) end, case when n > 4 then n / 5 end
  from generate_series(1, 80) n where n > 0 order by n;
insert into shift select n, chr(65 + (1 + n % 80) % 4), 1 + n % 80 from generate_series(1, 300) n;
insert into shift_note select 1 + n % 300, 'b' from generate_series(1, 400) n`;

const owner = (rule: object) => [
  { when: { column: 'owner_type', equals: 'person' }, references: 'public.person.id' },
  { when: { column: 'owner_type', equals: 'company' }, references: 'public.company.id' },
  rule,
];
const PERSON = {
  keep: ['name'],
  columns: { id: { strategy: 'fpe', preset: 'integer' }, code: { strategy: 'hash', length: 16 } },
};
const TABLES = {
  'public.person': PERSON,
  'public.company': { keep: ['name'], columns: { id: { strategy: 'fpe', preset: 'integer', domain: 'company' } } },
  'public.orders': {
    keep: ['id', 'owner_type'],
    columns: {
      person_id: { references: 'public.person.id' },
      person_code: { references: 'public.person.code' },
      owner_id: owner({ strategy: 'nullify' }),
      details: {
        strategy: 'json',
        paths: {
          '$.by': { references: 'public.person.id' },
          '$.also[*].code': { references: 'public.person.code' },
          '$.also[*].none': 'keep',
        },
      },
      history: { strategy: 'json', paths: { '$.old': { references: 'public.person.id' } } },
    },
  },
  'public.staff': { columns: { region: { strategy: 'hash', length: 12 }, id: { strategy: 'fpe', preset: 'integer' } } },
  'public.shift': { columns: { id: { strategy: 'fpe', preset: 'integer', domain: 'shift' } } },
  'public.shift_note': { keep: ['body'] },
  'public.padded': 'keep',
};

/** Joins, with what tells whether other rows were joined than before. */
const JOINS = [
  'orders o join person p on p.id = o.person_id',
  'orders o join person p on p.code = o.person_code',
  `orders o join person p on p.id::text = o.owner_id and owner_type = 'person'`,
  `orders o join company p on p.id::text = o.owner_id and owner_type = 'company'`,
  `orders o join person p on p.id::text = o.details ->> 'by'`,
  `orders o join person p on p.id = (o.details -> 'by')::bigint and jsonb_typeof(o.details -> 'by') = 'number'`,
  `orders o cross join lateral jsonb_array_elements(o.details -> 'also') a join person p on p.code = a ->> 'code'`,
  `orders o join person p on p.id::text = o.history::jsonb ->> 'old'`,
  'staff o join staff p on p.region = o.boss_region and p.id = o.boss_id',
  'shift o join staff p on p.region = o.region and p.id = o.staff_id',
  'shift_note o join shift p on p.id = o.shift_id',
];

let pair: Pair;
beforeAll(async () => {
  pair = await createPair(SCHEMA);
});
afterAll(() => dropPair(pair));

test('every join gives as many rows as before, and the keys are others', async () => {
  await syncPair(pair, configOf(TABLES), { parallel: 2 });
  for (const join of JOINS) {
    // How often each row of the key is met tells joins apart that happen to have as many rows.
    const sql = `select n, count(*)::int as keys from (select count(*)::int as n from ${join} group by p) met group by n order by n`;
    const before = await pair.source.query<{ n: number }>(sql);
    expect(before.length, join).toBeGreaterThan(0);
    expect(await pair.target.query(sql), join).toEqual(before);
  }
  const [same] = await pair.target.query(
    `select count(*) filter (where id % 1001 = 0 and id between 1001 and 200200)::int as ids,
      count(*) filter (where code like 'P-%')::int as codes from person`,
  );
  expect(same).toEqual({ ids: 0, codes: 0 });
  expect(await pair.target.query(`select distinct owner_id from orders where owner_type = 'nobody'`)).toEqual([
    { owner_id: null },
  ]);
});

test('a subset follows declared references, too, into documents and by the type of a row', async () => {
  const subset = { tables: { 'public.orders': { where: 'id in (3, 4, 5, 6, 9)' } } };
  await syncPair(pair, configOf(TABLES, { subset }));
  for (const join of JOINS.slice(0, 8)) {
    const sql = `select o.id, count(*)::int as n from ${join} where o.id is not null group by o.id order by 2`;
    const before = await pair.source.query(sql.replace('where', 'where o.id in (3, 4, 5, 6, 9) and'));
    expect((await pair.target.query(sql)).length, join).toBe(before.length);
  }
  const [{ n } = { n: 0 }] = await pair.target.query<{ n: number }>('select count(*)::int as n from person');
  expect(n).toBeGreaterThan(15);
  expect(n).toBeLessThan(30);
});

test('children come along through declared references', async () => {
  const subset = {
    tables: { 'public.company': { where: 'id = 6006' } },
    children: { 'public.orders': { of: ['public.company'] } },
  };
  await syncPair(pair, configOf(TABLES, { subset }));
  const [found] = await pair.target.query(
    'select count(*)::int as n, count(distinct owner_type)::int as types from orders',
  );
  const [wanted] = await pair.source.query(
    `select count(*)::int as n, 1 as types from orders where owner_type = 'company' and owner_id = '6006'`,
  );
  expect(found).toEqual(wanted);
});

describe('a finding is', () => {
  const refused = async (tables: object, settings = {}): Promise<string[]> => {
    const error = await plan(configOf({ ...TABLES, ...tables }, settings), { env: environmentOf(pair) }).catch(
      cause => cause,
    );
    expect(error).toBeInstanceOf(AnonymizeError);
    return (error as AnonymizeError).findings.map(({ code, message }) => `${code} ${message}`);
  };
  const orders = (columns: object) => ({
    'public.orders': { ...TABLES['public.orders'], columns: { ...TABLES['public.orders'].columns, ...columns } },
  });

  test('a reference to what is not there', async () => {
    expect(await refused(orders({ person_id: { references: 'public.person.di' } }))).toEqual([
      'ANON_PLAN_REFERENCE public.orders.person_id: `references: public.person.di`: no table that is copied has this column. Did you mean "public.person.id"?',
      expect.stringContaining('ANON_PLAN_COLUMN_UNDECIDED public.orders.person_id'),
    ]);
  });

  test('a declared reference with another rule than its key', async () => {
    const found = await refused(
      orders({ person_code: { strategy: 'hash', length: 12, references: 'public.person.code' } }),
    );
    expect(found).toEqual([
      'ANON_PLAN_REFERENCE public.orders.person_code: `references: public.person.code`: that key has another rule.',
    ]);
  });

  test('the same in a case, and in a document', async () => {
    const rules = owner({ strategy: 'nullify' });
    const found = await refused(
      orders({
        owner_id: [{ ...rules[0], strategy: 'hash' }, ...rules.slice(1)],
        history: { strategy: 'json', paths: { '$.old': { strategy: 'hash', references: 'public.person.id' } } },
      }),
    );
    expect(found.map(text => text.split(':')[0])).toEqual([
      'ANON_PLAN_REFERENCE public.orders.owner_id',
      'ANON_PLAN_REFERENCE public.orders.history $.old',
    ]);
  });

  test('a key whose replacements do not follow from its values', async () => {
    const found = await refused({
      'public.person': { ...PERSON, columns: { ...PERSON.columns, id: { strategy: 'sequence' } } },
    });
    expect(found.join('\n')).toMatch(
      /public\.person\.id: strategy "sequence": .*reference of public\.orders\.\w+ to it would be lost/,
    );
  });

  test('a reference whose type writes the same values in another way', async () => {
    const found = await refused({
      'public.padded': { keep: ['id'], columns: { code: { references: 'public.person.code' } } },
    });
    expect(found).toEqual([
      'ANON_PLAN_REFERENCE_TYPE public.padded.code (character(20)) references public.person.code (character varying(20)), which writes equal values in another way: their replacements would differ.',
    ]);
  });

  test('a subset that starts where nothing is copied, or asks for children of strangers', async () => {
    const subset = {
      tables: { 'public.padded': '5%', 'public.persn': '5%' },
      children: { 'public.orders': { of: ['public.staff'] } },
    };
    expect(await refused({ 'public.padded': 'skip' }, { subset })).toEqual([
      'ANON_PLAN_SUBSET subset.tables."public.padded": the rows of this table are not copied.',
      'ANON_PLAN_UNKNOWN_TABLE subset.tables."public.persn": the source has no such table. Did you mean "public.person"?',
      'ANON_PLAN_SUBSET subset.children."public.orders".of: public.staff is not referenced from here.',
    ]);
  });

  test('a condition of a subset that the source does not understand', async () => {
    const found = await refused({}, { subset: { tables: { 'public.person': { where: 'nope = 1' } } } });
    expect(found).toEqual([expect.stringMatching(/^ANON_PLAN_WHERE public\.person: /)]);
  });
});
