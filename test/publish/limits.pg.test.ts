import { afterEach, beforeEach, expect, test } from 'vitest';
import { abandon } from '../../src/publish/abandon.ts';
import { ensureLedger } from '../../src/publish/ledger.ts';
import { putAside } from '../../src/publish/put-aside.ts';
import { restore } from '../../src/publish/restore.ts';
import type { Connect, TargetTable } from '../../src/publish/target-session.ts';
import { createDatabase, type TestDatabase } from '../database.ts';
import { catalogState } from './catalog-state.ts';
import { withSessions } from './target.ts';

let target: TestDatabase;
const suffix = `${process.pid}_${Date.now().toString(36)}`;

beforeEach(async () => {
  target = await createDatabase();
  await withSessions(target.url, ensureLedger);
  // The superuser of the tests is called like the schema of the ledger, which would be the first of the default path.
  await target.query('set search_path = public');
});
afterEach(() => target.drop());

const indexNames = async (): Promise<readonly unknown[]> => {
  const rows = await target.query<{ name: string }>(
    `select indexname as name from pg_indexes where schemaname not in ('pg_catalog', 'pgveil') order by 1`,
  );
  return rows.map(row => row.name);
};

/** Sessions of `role`, as the product would have them. */
const actingAs =
  (connect: Connect, role: string): Connect =>
  work =>
    connect(async client => {
      await client.query(`set role ${role}`);
      return work(client).finally(() => client.query('reset role'));
    });

/** Runs `callback` as a role that owns nothing yet and may write the ledger. */
async function withRole(grants: string, callback: (connect: Connect, role: string) => Promise<void>): Promise<void> {
  const role = `publisher_${suffix}`;
  await target.query(`create role ${role}; grant usage on schema pgveil to ${role};
    grant all on all tables in schema pgveil to ${role}`);
  try {
    await target.query(grants.replaceAll('ROLE', role));
    await withSessions(target.url, connect => callback(actingAs(connect, role), role));
  } finally {
    await target.query(`drop owned by ${role} cascade; drop role ${role}`);
  }
}

test('a role that could not make its indexes again keeps them in place', async () => {
  const schema = `create schema shut; create table shut.t (id int primary key, a int); create index t_a on shut.t (a);
    create schema open; create table open.t (id int primary key);
    alter table shut.t owner to ROLE; alter table open.t owner to ROLE;
    grant usage on schema shut to ROLE; grant usage, create on schema open to ROLE`;
  await withRole(schema, async connect => {
    const before = await catalogState(target.query);
    const tables = [
      { schema: 'shut', name: 't' },
      { schema: 'open', name: 't' },
    ];
    await putAside(connect, { run: 'r', tables });
    expect(await indexNames()).toEqual(['t_a', 't_pkey']);
    await target.query('insert into shut.t values (1, 1)');
    expect(await restore(connect, { run: 'r', parallel: 2 })).toEqual([]);
    expect(await catalogState(target.query)).toEqual(before);
  });
});

test('a foreign key to a table that the role may not reference again stays', async () => {
  const schema = `create table theirs (id int primary key); create schema mine authorization ROLE;
    create table mine.t (id int primary key, theirs int constraint to_theirs references theirs);
    alter table mine.t owner to ROLE`;
  await withRole(schema, async connect => {
    const before = await catalogState(target.query);
    await putAside(connect, { run: 'r', tables: [{ schema: 'mine', name: 't' }] });
    expect(await target.query(`select conname from pg_constraint where contype = 'f'`)).toEqual([
      { conname: 'to_theirs' },
    ]);
    expect(await restore(connect, { run: 'r', parallel: 2 })).toEqual([]);
    expect(await catalogState(target.query)).toEqual(before);
  });
});

test('a table of another role that references a planned one refuses the run and changes nothing', async () => {
  const schema = `create schema mine; create table mine.t (id int primary key);
    create table theirs (id int references mine.t); insert into mine.t values (1);
    alter table mine.t owner to ROLE; grant usage, create on schema mine to ROLE`;
  await withRole(schema, async connect => {
    const before = await catalogState(target.query);
    const refused = putAside(connect, { run: 'r', tables: [{ schema: 'mine', name: 't' }] });
    await expect(refused).rejects.toMatchObject({ code: 'ANON_PRIVILEGE' });
    expect(await catalogState(target.query)).toEqual(before);
    expect(await target.query('select id from mine.t')).toEqual([{ id: 1 }]);
  });
});

test('indexes and constraints come back in their tablespaces', async () => {
  const space = `space_${suffix}`;
  await target.query('set allow_in_place_tablespaces = on');
  await target.query(`create tablespace ${space} location ''`);
  try {
    await target.query(`create table t (id int primary key using index tablespace ${space}, a int);
      create index t_a on t (a) tablespace ${space}; create index t_plain on t (a desc);
      create table p (id int, a int) partition by list (id); create table p1 partition of p for values in (1);
      alter table p add primary key (id) using index tablespace ${space};
      create index p_a on p (a) tablespace ${space}`);
    const before = await catalogState(target.query);
    expect(before.filter(line => line.includes(`tablespace ${space}`))).toHaveLength(6);
    await withSessions(target.url, async connect => {
      const tables = ['t', 'p1'].map(name => ({ schema: 'public', name }));
      await putAside(connect, { run: 'r', tables });
      expect(await indexNames()).toEqual([]);
      expect(await restore(connect, { run: 'r', parallel: 2 })).toEqual([]);
    });
    expect(await catalogState(target.query)).toEqual(before);
  } finally {
    await target.query('drop table if exists t, p');
    await target.query(`drop tablespace ${space}`);
  }
});

test('an index of an extension, or one that depends on it, stays', async () => {
  await target.query(`create extension pg_trgm; create table t (id int, a text);
    create index t_own on t (a); create index t_tied on t using gin (a gin_trgm_ops);
    alter index t_tied depends on extension pg_trgm`);
  const before = await catalogState(target.query);
  await withSessions(target.url, async connect => {
    await putAside(connect, { run: 'r', tables: [{ schema: 'public', name: 't' }] });
    expect(await indexNames()).toEqual(['t_tied']);
    expect(await restore(connect, { run: 'r', parallel: 1 })).toEqual([]);
  });
  expect(await catalogState(target.query)).toEqual(before);
});

test('a function in an index that relies on the search path of the database builds', async () => {
  await target.query(`create schema lib; create function lib.fold(text) returns text language sql immutable as 'select lower($1)';
    alter database ${target.name} set search_path = lib, public`);
  await target.disconnect();
  await target.query(`create function public.twice(a text) returns text language plpgsql immutable
      as 'begin return lib.fold(a) || lib.fold(a); end';
    create table public.t (a text); create index t_a on public.t (twice(a)); insert into public.t values ('x')`);
  const before = await catalogState(target.query);
  await withSessions(target.url, connect =>
    connect(async client => {
      await client.query(`set search_path = ''`);
      const same: Connect = work => work(client);
      await putAside(same, { run: 'r', tables: [{ schema: 'public', name: 't' }] });
      await target.query(`insert into public.t values ('x')`);
      expect(await restore(same, { run: 'r', parallel: 1 })).toEqual([]);
      const { rows } = await client.query('show search_path');
      expect(rows).toEqual([{ search_path: '""' }]); // a borrowed session is given back as it was
    }),
  );
  expect(await catalogState(target.query)).toEqual(before);
});

test('the number of statements does not grow with the number of tables', async () => {
  const make = (from: number, to: number) => `do $$ begin for n in ${from} .. ${to} loop
    execute format('create table t%s (id int primary key, a int unique, b int references t%s)', n, greatest(n - 1, 1));
    execute format('create index on t%s (b)', n);
    execute format('create trigger g before insert on t%s for each row execute function noop()', n);
  end loop; end $$`;
  await target.query(`create function noop() returns trigger language plpgsql as 'begin return new; end'`);
  const sent = async (tables: readonly TargetTable[], run: string): Promise<number> => {
    let statements = 0;
    await withSessions(target.url, async connect => {
      const counting: Connect = work =>
        connect(client => {
          const query = client.query.bind(client) as (...all: readonly unknown[]) => unknown;
          const counted = (...all: readonly unknown[]) => {
            statements++;
            return query(...all);
          };
          return work(Object.assign(Object.create(client), { query: counted }));
        });
      await putAside(counting, { run, tables });
      expect(await restore(counting, { run, parallel: 2 })).toEqual([]);
      expect(await abandon(connect, { run, parallel: 2 })).toEqual([]);
    });
    return statements;
  };
  const tables = Array.from({ length: 100 }, (_, n) => ({ schema: 'public', name: `t${n + 1}` }));
  await target.query(make(1, 5));
  const few = await sent(tables.slice(0, 5), 'few');
  await target.query(make(6, 100));
  const many = await sent(tables, 'many');
  expect(many).toBeLessThan(few + 30); // 800 definitions in batches
});
