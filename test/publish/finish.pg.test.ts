import { afterAll, beforeAll, expect, test } from 'vitest';
import { finish } from '../../src/publish/finish.ts';
import { refreshMaterializedViews } from '../../src/publish/materialized-views.ts';
import { setSequences } from '../../src/publish/sequences.ts';
import type { Connect, TargetTable } from '../../src/publish/target-session.ts';
import { createDatabase, type TestDatabase, withDatabase } from '../database.ts';
import { withSessions } from './target.ts';

/** Both databases start from `schema`; then each gets its own SQL. */
async function withBoth(
  sql: { readonly schema: string; readonly source?: string; readonly target?: string },
  callback: (target: Connect, source: Connect, database: TestDatabase) => Promise<void>,
): Promise<void> {
  await withDatabase(`${sql.schema};${sql.source ?? ''}`, source =>
    withDatabase(`${sql.schema};${sql.target ?? ''}`, target =>
      withSessions(source.url, fromSource =>
        withSessions(target.url, fromTarget => callback(fromTarget, fromSource, target)),
      ),
    ),
  );
}

const t: readonly TargetTable[] = [{ schema: 'public', name: 't' }];

test.each([
  ['a serial column', 'create table t (id serial)'],
  ['an identity column', 'create table t (id int generated always as identity)'],
  ['a default of a sequence that nothing owns', `create sequence s; create table t (id bigint default nextval('s'))`],
  ['a numeric column', `create sequence s; create table t (id numeric default nextval('s'))`],
  [
    'a domain',
    `create domain key as int check (value > 0); create sequence s; create table t (id key default nextval('s'))`,
  ],
  ['odd names', `create sequence "my ""seq"; create table t ("my ""id" int default nextval('"my ""seq"'))`],
])('%s goes on after the source', async (_, schema) => {
  const source = 'insert into t select from generate_series(1, 7)';
  await withBoth({ schema, source }, async (connect, from, target) => {
    await setSequences(connect, { tables: t, source: from });
    expect(await target.query('insert into t default values returning *')).toMatchObject([
      expect.toSatisfy((row: object) => Number(Object.values(row)[0]) === 8),
    ]);
  });
});

const next = async (target: TestDatabase, sequence = 't_id_seq'): Promise<number> => {
  const [row] = await target.query<{ next: string }>(`select nextval('${sequence}') as next`);
  return Number(row?.next);
};

const SERIAL = 'create table t (id serial, name text)';
const DESCENDING = `create sequence s increment -2 minvalue -100 maxvalue 100 start 50; create table t (id int default nextval('s'))`;
const SHARED = `create sequence s; create table t (id int default nextval('s')); create table other (id int default nextval('s'))`;

test.each([
  [
    'the source, where it is further than the rows',
    SERIAL,
    `select setval('t_id_seq', 90)`,
    'insert into t values (5)',
    91,
  ],
  ['the rows, where they are further', SERIAL, `select setval('t_id_seq', 3)`, 'insert into t values (50)', 51],
  ['a source that was never called', SERIAL, '', '', 1],
  ['a source that was set but not called', SERIAL, `select setval('t_id_seq', 40, false)`, '', 40],
  [
    'rows at the value that comes next',
    SERIAL,
    `select setval('t_id_seq', 40, false)`,
    'insert into t values (40)',
    41,
  ],
  ['what the target had before', SERIAL, '', `select setval('t_id_seq', 500)`, 1],
  [
    'rows that no sequence could have made',
    SERIAL,
    `select setval('t_id_seq', 4)`,
    'insert into t values (-5), (0)',
    5,
  ],
])('a sequence follows %s', async (_, schema, source, target, expected) => {
  await withBoth({ schema, source, target }, async (connect, from, database) => {
    await setSequences(connect, { tables: t, source: from });
    expect(await next(database)).toBe(expected);
  });
});

test.each([
  ['counts down after the smallest row', DESCENDING, `select setval('s', 20)`, 'insert into t values (10), (90)', 8],
  ['counts down after the source', DESCENDING, `select setval('s', 4)`, 'insert into t values (10), (90)', 2],
  [
    'is never set back where an unplanned table uses it too',
    SHARED,
    `select setval('s', 4)`,
    `select setval('s', 60)`,
    61,
  ],
  ['is set on where an unplanned table uses it too', SHARED, `select setval('s', 70)`, `select setval('s', 60)`, 71],
])('a sequence %s', async (_, schema, source, target, expected) => {
  await withBoth({ schema, source, target }, async (connect, from, database) => {
    await setSequences(connect, { tables: t, source: from });
    expect(await next(database, 's')).toBe(expected);
  });
});

test('a sequence of a partitioned table follows the rows of all its leaves', async () => {
  const schema = `create table t (id serial, at int) partition by list (at); create table t_1 partition of t for values in (1);
    create table t_2 partition of t for values in (2)`;
  const target = 'insert into t values (5, 1), (9, 2)';
  await withBoth({ schema, target }, async (connect, from, database) => {
    const tables = ['t_1', 't_2'].map(name => ({ schema: 'public', name }));
    await setSequences(connect, { tables, source: from });
    expect(await next(database)).toBe(10);
  });
});

test('so does the identity column of a partitioned table, from PostgreSQL 17 on', async context => {
  const [version] = await target.query<{ major: number }>(
    `select current_setting('server_version_num')::int / 10000 as major`,
  );
  if (Number(version?.major) < 17) return context.skip();
  const schema = `create table t (id int generated always as identity, at int) partition by list (at);
    create table t_1 partition of t for values in (1)`;
  const source = 'insert into t (at) select 1 from generate_series(1, 30)';
  await withBoth({ schema, source }, async (connect, from, database) => {
    await setSequences(connect, { tables: [{ schema: 'public', name: 't_1' }], source: from });
    expect(await next(database)).toBe(31);
  });
});

test('a sequence that cannot be read or is missing in the source follows the rows, or starts anew', async () => {
  const schema = 'create table t (id serial); create table u (id serial); create table empty (id serial)';
  const role = `reader_${process.pid}`;
  const source = `create role ${role}; grant select on t, empty to ${role}; drop table u`;
  const target = `insert into t values (6); insert into u values (3); select setval('empty_id_seq', 9)`;
  await withBoth({ schema, source, target }, async (connect, from, database) => {
    const asReader: Connect = work =>
      from(async client => {
        await client.query(`set role ${role}`);
        return work(client).finally(() => client.query('reset role'));
      });
    const tables = ['t', 'u', 'empty'].map(name => ({ schema: 'public', name }));
    await setSequences(connect, { tables, source: asReader });
    expect(await next(database, 't_id_seq')).toBe(7);
    expect(await next(database, 'u_id_seq')).toBe(4);
    expect(await next(database, 'empty_id_seq')).toBe(1);
    await from(client => client.query(`drop owned by ${role}; drop role ${role}`));
  });
});

test('sequences of unplanned tables are not touched', async () => {
  const schema = 'create table t (id serial); create table other (id serial)';
  await withBoth({ schema, source: `select setval('other_id_seq', 9)` }, async (connect, from, database) => {
    await setSequences(connect, { tables: t, source: from });
    expect(await next(database, 'other_id_seq')).toBe(1);
  });
});

let target: TestDatabase;
beforeAll(async () => {
  target = await createDatabase();
  await target.query(`
    create table t (a int); create table other (a int);
    create table p (a int) partition by list (a); create table p1 partition of p for values in (1);
    create function counted() returns bigint language sql stable as 'select count(*) from public.t';
    create view plain as select count(*) as n from t;
    create materialized view z_first as select n from plain;
    create materialized view a_second as select n + 1 as n from z_first;
    create view between_them as select n from a_second;
    create materialized view m_third as select b.n, z.n as m from between_them b, z_first z;
    create materialized view of_parent as select count(*) as n from p;
    create materialized view by_function as select counted() as n;
    create materialized view of_other as select count(*) as n from other;
    create materialized view unpopulated as select n from plain with no data;
    insert into t values (1); insert into p values (1); insert into other values (1)`);
});
afterAll(() => target.drop());

test('materialised views over planned tables are refreshed, each after those that it reads', async () => {
  const tables = ['t', 'p1'].map(name => ({ schema: 'public', name }));
  const views = await withSessions(target.url, connect => refreshMaterializedViews(connect, { tables }));
  expect(views.map(view => view.name)).toEqual(['by_function', 'of_parent', 'z_first', 'a_second', 'm_third']);
  const n = `select (select n from z_first) as first, (select n from a_second) as second, (select n from m_third) as third,
    (select n from of_parent) as parent, (select n from by_function) as by_function, (select n from of_other) as other`;
  expect(await target.query(n)).toEqual([
    { first: '1', second: '2', third: '2', parent: '1', by_function: '1', other: '0' },
  ]);
  await expect(target.query('select * from unpopulated')).rejects.toThrow('has not been populated');
});

test('a materialised view that cannot be refreshed is named, without a value', async () => {
  await target.query(`create table amount (a int); insert into amount values (77123);
    create materialized view broken as select 1 / (a - 77123) as b, a from amount with no data;
    truncate amount; refresh materialized view broken; insert into amount values (77123)`);
  const refreshed = withSessions(target.url, connect =>
    refreshMaterializedViews(connect, { tables: [{ schema: 'public', name: 'amount' }] }),
  );
  await expect(refreshed).rejects.toMatchObject({ message: expect.stringMatching(/public\.broken/) });
  await expect(refreshed).rejects.not.toMatchObject({ message: expect.stringMatching(/77123/) });
  await target.query('drop table amount cascade');
});

test('planned tables, the partitioned ones above them and refreshed views have statistics', async () => {
  await withSessions(target.url, connect =>
    finish(connect, {
      tables: ['t', 'p1'].map(name => ({ schema: 'public', name })),
      source: connect,
      parallel: 2,
    }),
  );
  const rows = await target.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and reltuples >= 0 order by 1`,
  );
  expect(rows.map(row => row.name)).toEqual(
    expect.arrayContaining(['t', 'p', 'p1', 'z_first', 'a_second', 'm_third', 'of_parent']),
  );
  const unanalysed = await target.query(`select reltuples from pg_class where relname = 'other'`);
  expect(unanalysed).toEqual([{ reltuples: -1 }]);
});
