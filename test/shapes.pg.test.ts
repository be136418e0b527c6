// Tables of every shape, with masked columns: what is special about them is as it should be on the target.

import { expect, test } from 'vitest';
import { AnonymizeError } from '../src/index.ts';
import { createDatabase, hashTable, type Query } from './database.ts';
import { configOf, createPair, dropPair, type Pair, syncPair } from './sync.ts';

/** Two databases with the same structure, and rows in the source. */
async function withShape(structure: string, rows: string, work: (pair: Pair) => Promise<void>): Promise<void> {
  const pair = await createPair(structure);
  try {
    await pair.source.query(rows);
    await work(pair);
  } finally {
    await dropPair(pair);
  }
}

const one = async <Row>(query: Query, sql: string): Promise<Row | undefined> => (await query<Row>(sql))[0];

const refusalOf = async (run: Promise<unknown>): Promise<AnonymizeError> => {
  const error = await run.catch((cause: unknown) => cause);
  if (!(error instanceof AnonymizeError)) throw new Error('it was not refused');
  return error;
};

test('a masked partition key lands in the right partition, by range, list and hash, nested and by default', async () => {
  const structure = `
    create table public.by_hash (id int, owner text) partition by hash (owner);
    create table public.by_hash_0 partition of public.by_hash for values with (modulus 2, remainder 0);
    create table public.by_hash_1 partition of public.by_hash for values with (modulus 2, remainder 1);
    create table public.by_range (id int, owner text) partition by range (owner);
    create table public.by_range_low partition of public.by_range for values from (minvalue) to ('8');
    create table public.by_range_high partition of public.by_range for values from ('8') to (maxvalue);
    create table public.by_list (id int, owner text) partition by list (left(owner, 1));
    create table public.by_list_0 partition of public.by_list for values in ('0', '1', '2', '3') partition by range (owner);
    create table public.by_list_0_low partition of public.by_list_0 for values from (minvalue) to ('2');
    create table public.by_list_0_rest partition of public.by_list_0 default;
    create table public.by_list_rest partition of public.by_list default`;
  const roots = ['by_hash', 'by_range', 'by_list'];
  const fill = roots.map(root => `insert into public.${root} select i, 'owner ' || i from generate_series(1, 300) i`);
  await withShape(structure, fill.join(';'), async ({ source, target }) => {
    const rule = { keep: ['id'], columns: { owner: 'hash' } };
    const tables = Object.fromEntries(roots.map(root => [`public.${root}`, rule]));
    for (const parallel of [1, 2]) await syncPair({ source, target }, configOf(tables), { parallel });
    for (const root of roots) {
      const found = await one<{ rows: number; parts: number; owners: number }>(
        target.query,
        `select count(*)::int as rows, count(distinct tableoid)::int as parts, count(distinct owner)::int as owners from public.${root}`,
      );
      expect(found, root).toEqual({ rows: 300, parts: root === 'by_list' ? 3 : 2, owners: 300 });
    }
    // PostgreSQL says of each row whether its partition is the right one.
    const bounds = await target.query<{ leaf: string; bound: string }>(`
      select leaf.relid::regclass::text as leaf, pg_get_partition_constraintdef(leaf.relid) as bound
      from unnest(array['by_hash', 'by_range', 'by_list']) root cross join pg_partition_tree(root::regclass) leaf where leaf.isleaf`);
    for (const { leaf, bound } of bounds) {
      expect(await target.query(`select id from ${leaf} where not (${bound})`), leaf).toEqual([]);
    }
  });
});

test('1,600 columns, one of them masked, arrive as they are', async () => {
  const columns = Array.from({ length: 1599 }, (_, n) => `c${n} ${n % 2 ? 'bool' : 'int2'}`);
  const structure = `create table public.wide (secret text, ${columns.join(', ')})`;
  const values = columns.map((_, n) => (n % 2 ? (n % 3 ? 'true' : 'null') : `${n}`));
  await withShape(structure, `insert into public.wide values ('s', ${values.join(', ')})`, async pair => {
    const keep = columns.map((_, n) => `c${n}`);
    for (const read of ['copy', 'cursor']) {
      const source = { url: 'env:SOURCE_URL', read };
      await syncPair(pair, configOf({ 'public.wide': { keep, columns: { secret: 'hash' } } }, { source }));
      expect(await hashTable(pair.target.query, 'public.wide', keep)).toEqual(
        await hashTable(pair.source.query, 'public.wide', keep),
      );
    }
  });
});

test('views, materialised views and foreign tables that are named are read into tables of the target', async () => {
  const structure = `create table public.base (id int primary key, name text not null);
    insert into public.base select i, 'name ' || i from generate_series(1, 50) i`;
  const source = await createDatabase();
  const target = await createDatabase();
  try {
    await source.query(`${structure};
      create view public.seen as select id, name from public.base where id > 10;
      create materialized view public.stored as select id, name from public.base where id > 20;
      create view public.unnamed as select 1 as one;
      create extension file_fdw; create server files foreign data wrapper file_fdw;
      create foreign table public.abroad (line text) server files options (program 'printf "a\\nb\\n"')`);
    await target.query(
      ['seen', 'stored'].map(name => `create table public.${name} (id int, name text)`).join(';') +
        '; create table public.abroad (line text)',
    );
    const rule = { keep: ['id'], columns: { name: 'hash' } };
    const tables = {
      'public.base': 'skip',
      'public.seen': rule,
      'public.stored': rule,
      'public.abroad': { columns: { line: 'hash' } },
    };
    for (const read of ['copy', 'cursor']) {
      const report = await syncPair({ source, target }, configOf(tables, { source: { url: 'env:SOURCE_URL', read } }));
      expect(report.tables.map(({ name, rows }) => [name, rows])).toEqual([
        ['public.abroad', 2],
        ['public.seen', 40],
        ['public.stored', 30],
      ]);
      expect(await one(target.query, `select min(id), bool_or(name like 'name%') as clear from public.seen`)).toEqual({
        min: 11,
        clear: false,
      });
    }
  } finally {
    await dropPair({ source, target });
  }
});

test('a column that refers to large objects is refused, and one that only could is not', async () => {
  const structure = `create extension lo; create domain public.handle as oid;
    create table public.file (id int primary key, body lo, other oid, third public.handle);
    create trigger drop_body before update or delete on public.file for each row execute function lo_manage(body)`;
  const rows = `insert into public.file values (1, lo_from_bytea(0, 'secret'), 7, lo_from_bytea(0, 'more'))`;
  await withShape(structure, rows, async pair => {
    const error = await refusalOf(syncPair(pair, configOf({ 'public.file': 'keep' })));
    expect(error.findings.map(({ code, message }) => [code, message.split(':')[0]])).toEqual([
      ['ANON_PLAN_LARGE_OBJECT', 'public.file.body'],
      ['ANON_PLAN_LARGE_OBJECT', 'public.file.third'],
    ]);
    const nullified = { keep: ['id', 'other'], columns: { body: 'nullify', third: 'nullify' } };
    expect(await syncPair(pair, configOf({ 'public.file': nullified }))).toMatchObject({ rows: 1 });
  });
});

test('a tsvector follows its masked column where PostgreSQL generates it, and is refused where a trigger fills it', async () => {
  const structure = `
    create function public.fill() returns trigger language plpgsql as
      $$ begin new.words = to_tsvector('simple', new.body); return new; end $$;
    create table public.made (id int, body text, words tsvector generated always as (to_tsvector('simple', body)) stored);
    create table public.fed (id int, body text, words tsvector);
    create trigger feed before insert or update on public.fed for each row
      execute function tsvector_update_trigger(words, 'pg_catalog.simple', body);
    create table public.fed_by_hand (id int, body text, words tsvector, stamp text);
    create trigger feed before insert on public.fed_by_hand for each row execute function public.fill()`;
  const rows = ['made', 'fed', 'fed_by_hand'].map(name => `insert into public.${name} (id, body) values (1, 'canary')`);
  await withShape(structure, rows.join(';'), async pair => {
    const rule = (...kept: string[]) => ({ keep: ['id', ...kept], columns: { body: 'hash' } });
    const error = await refusalOf(
      syncPair(
        pair,
        configOf({ 'public.made': rule(), 'public.fed': rule('words'), 'public.fed_by_hand': rule('words', 'stamp') }),
      ),
    );
    expect(error.findings.map(({ code, message }) => [code, message.split(' fills')[0]])).toEqual([
      ['ANON_PLAN_DERIVED', 'public.fed.words: trigger feed'],
      ['ANON_PLAN_DERIVED', 'public.fed_by_hand.words: trigger feed'],
    ]);
    const others = { 'public.fed': 'keep', 'public.fed_by_hand': 'empty' };
    await syncPair(pair, configOf({ 'public.made': rule(), ...others }));
    expect(
      await one(
        pair.target.query,
        `select words::text like '%canary%' as clear, words = to_tsvector('simple', body) as follows from public.made`,
      ),
    ).toEqual({ clear: false, follows: true });
    expect(await one(pair.target.query, `select words::text from public.fed`)).toEqual({ words: "'canary':1" });
  });
});

test.each([
  ['follow', '101'],
  ['after_rows', '4'],
  ['leave', '7'],
])('sequences %s', async (sequences, next) => {
  const structure = 'create table public.t (id serial primary key)';
  await withShape(
    structure,
    `insert into public.t select generate_series(1, 3); select setval('public.t_id_seq', 100)`,
    async pair => {
      await pair.target.query(`select setval('public.t_id_seq', 6)`);
      await syncPair(pair, configOf({ 'public.t': 'keep' }, { target: { url: 'env:TARGET_URL', sequences } }));
      expect(await one(pair.target.query, `select nextval('public.t_id_seq')`)).toEqual({ nextval: next });
    },
  );
});
