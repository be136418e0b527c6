// What a configuration says about tables, and what a sync then does with them.

import { afterEach, expect, test } from 'vitest';
import { hashTable, type Query } from './database.ts';
import { brokenForeignKeys } from './datasets/inspect.ts';
import { configOf, createPair, dropPair, type Pair, syncPair } from './sync.ts';

let pair: Pair | undefined;
afterEach(async () => {
  if (pair) await dropPair(pair);
  pair = undefined;
});

const rowsOf = async (query: Query, sql: string): Promise<unknown[][]> =>
  (await query<Record<string, unknown>>(sql)).map(row => Object.values(row));

test('rows whose partition key is replaced go where their new key belongs', async () => {
  pair = await createPair(`
    create table public.visit (id int, born date, city text) partition by range (born);
    create table public.visit_old partition of public.visit for values from (minvalue) to ('1975-01-01') partition by list (city);
    create table public.visit_old_a partition of public.visit_old for values in ('Ulm');
    create table public.visit_old_b partition of public.visit_old default;
    create table public.visit_new partition of public.visit for values from ('1975-01-01') to (maxvalue);
    insert into public.visit select n, date '1930-01-01' + n, case n % 2 when 0 then 'Ulm' end from generate_series(1, 500) n`);
  const columns = { born: { strategy: 'fake', kind: 'date.birthdate' } };
  const report = await syncPair(pair, configOf({ 'public.visit': { keep: ['id', 'city'], columns } }), { parallel: 2 });
  expect(report.rows).toBe(500);
  const { source, target } = pair;
  expect(await hashTable(target.query, 'public.visit', ['id', 'city'])).toEqual(
    await hashTable(source.query, 'public.visit', ['id', 'city']),
  );
  const moved = await rowsOf(target.query, 'select count(*)::int from public.visit_new');
  expect(moved).not.toEqual([[0]]);
  const misplaced = `select count(*)::int from public.visit where (born < '1975-01-01') <> (tableoid <> 'public.visit_new'::regclass)`;
  expect(await rowsOf(target.query, misplaced)).toEqual([[0]]);
});

test('a filter, an emptied table, a skipped one and a foreign key through three tables do what they say', async () => {
  pair = await createPair(`
    create table public.customer (code text primary key, is_active boolean not null);
    create table public.account (code text primary key references public.customer, note text);
    create table public.login (code text references public.account, at int);
    create table public.session (id int);
    create table public.setting (name text, value text);
    insert into public.customer select 'C' || n, n % 2 = 0 from generate_series(1, 100) n;
    insert into public.account select code, 'note of ' || code from public.customer;
    insert into public.login select code, 1 from public.account;
    insert into public.session values (1);
    insert into public.setting values ('theme', 'source')`);
  const { source, target } = pair;
  await target.query(`update public.setting set value = 'target'`);
  const active = 'code in (select code from customer where is_active) -- active ones';
  const tables = {
    'public.customer': { where: 'is_active', keep: ['is_active'], columns: { code: { strategy: 'hash', length: 24 } } },
    'public.account': { where: active, columns: { note: 'mask' } },
    'public.login': { where: active, keep: ['at'] },
    'public.session': 'empty',
    'public.set*': 'skip',
  };
  const report = await syncPair(pair, configOf(tables), { parallel: 2 });
  expect(report.tables.map(({ name, rows }) => [name, rows])).toEqual([
    ['public.account', 50],
    ['public.customer', 50],
    ['public.login', 50],
    ['public.session', 0],
  ]);
  expect(await brokenForeignKeys(target.query)).toEqual([]);
  expect(await rowsOf(target.query, 'select count(*)::int from public.session')).toEqual([[0]]);
  expect(await rowsOf(target.query, 'select value from public.setting')).toEqual([['target']]);
  const joined =
    'select count(*)::int from public.login join public.account using (code) join public.customer using (code)';
  expect(await rowsOf(target.query, joined)).toEqual([[50]]);
  const codes = await rowsOf(source.query, 'select code from public.customer');
  const pseudonyms = await rowsOf(target.query, 'select code from public.customer');
  expect(pseudonyms.flat().filter(code => codes.flat().includes(code))).toEqual([]);
});

test('the target may have more than the source: columns with defaults, other tables, foreign keys of those', async () => {
  pair = await createPair(`create table public.person (id int primary key, name text);
    insert into public.person select n, 'Name ' || n from generate_series(1, 10) n`);
  const { target } = pair;
  await target.query(`
    alter table public.person add added timestamptz default now() not null, add id_text text generated always as (id::text) stored;
    create table public.badge (person_id int references public.person, label text);
    insert into public.badge select id, 'kept as it is' from public.person`);
  await syncPair(pair, configOf({ 'public.person': { keep: ['id'], columns: { name: 'mask' } } }));
  expect(
    await rowsOf(
      target.query,
      'select count(added)::int as filled, count(*)::int as all_rows, min(id_text) from public.person',
    ),
  ).toEqual([[10, 10, '1']]);
  expect(await rowsOf(target.query, 'select distinct name from public.person order by 1')).toEqual([
    ['******'],
    ['*******'],
  ]);
  expect(await rowsOf(target.query, 'select count(*)::int from public.badge')).toEqual([[10]]);
  expect(await brokenForeignKeys(target.query)).toEqual([]);
});

test('--table syncs these tables and leaves the others alone', async () => {
  pair = await createPair(`create table public.one (id int); create table public.two (id int);
    insert into public.one values (1); insert into public.two values (1)`);
  await pair.source.query('insert into public.one values (2); insert into public.two values (2)');
  await syncPair(pair, configOf({ 'public.*': 'keep' }), { only: ['public.two'] });
  expect(await rowsOf(pair.target.query, 'select id from public.one')).toEqual([[1]]);
  expect(await rowsOf(pair.target.query, 'select id from public.two order by id')).toEqual([[1], [2]]);
});

test('a second run goes over the first one, and the ledger tells of both', async () => {
  pair = await createPair(`create table public.t (id int primary key); insert into public.t values (1)`);
  const config = configOf({ 'public.t': 'keep' });
  const first = await syncPair(pair, config);
  await pair.source.query('insert into public.t values (2)');
  const second = await syncPair(pair, config);
  const { target } = pair;
  expect(await rowsOf(target.query, 'select id from public.t order by id')).toEqual([[1], [2]]);
  const slices = 'select run, rows::int from pgveil.slice order by committed_at';
  expect(await rowsOf(target.query, slices)).toEqual([
    [first.run, 1],
    [second.run, 2],
  ]);
  expect(await rowsOf(target.query, 'select distinct state from pgveil.run')).toEqual([['done']]);
});
