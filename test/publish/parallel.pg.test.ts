import { expect, test } from 'vitest';
import { ensureLedger } from '../../src/publish/ledger.ts';
import { putAside } from '../../src/publish/put-aside.ts';
import { restore } from '../../src/publish/restore.ts';
import type { Connect } from '../../src/publish/target-session.ts';
import { type TestDatabase, withDatabase } from '../database.ts';
import { catalogState } from './catalog-state.ts';
import { withSessions } from './target.ts';

// Large enough (over 4 MB) that each index and each foreign key has a transaction of its own, and so tangled that sessions
// which lock tables in different orders would meet: every table references every other and itself.
const NAMES = ['a', 'b', 'c', 'd'];
const COLUMNS = NAMES.map(name => `to_${name} int`).join(', ');
const SCHEMA = [
  ...NAMES.map(name => `create table ${name} (id int primary key, ${COLUMNS}, filler text unique deferrable)`),
  ...NAMES.flatMap(from =>
    NAMES.map(to => `alter table ${from} add constraint ${from}_${to} foreign key (to_${to}) references ${to}`),
  ),
  ...NAMES.map(name => `create index ${name}_i on ${name} (to_a, to_b)`),
  'create table root (id int, to_a int references a, key int) partition by list (key)',
  'create table root_1 partition of root for values in (1)',
  'create table root_2 partition of root for values in (2)',
  'alter table root add primary key (id, key)',
].join(';\n');
const ROWS = 30_000;
const LOAD = [
  ...NAMES.map(
    name => `insert into ${name} select n, n, n, n, n, n || repeat('x', 130) from generate_series(1, ${ROWS}) n`,
  ),
  `insert into root select n, n, 1 + n % 2 from generate_series(1, ${ROWS}) n`,
].join(';\n');
const TABLES = [...NAMES, 'root_1', 'root_2'].map(name => ({ schema: 'public', name }));

/** Counts the statements that run at once over sessions of `connect`. */
function watch(connect: Connect): { readonly watched: Connect; most: () => number } {
  let running = 0;
  let most = 0;
  const watched: Connect = work =>
    connect(client => {
      const query = client.query.bind(client) as (...all: readonly unknown[]) => Promise<unknown>;
      const counted = async (...all: readonly unknown[]) => {
        most = Math.max(most, ++running);
        return query(...all).finally(() => running--);
      };
      return work(Object.assign(Object.create(client), { query: counted }));
    });
  return { watched, most: () => most };
}

const withLoaded = (callback: (connect: Connect, database: TestDatabase) => Promise<void>) =>
  withDatabase(SCHEMA, database =>
    withSessions(database.url, async connect => {
      await ensureLedger(connect);
      await callback(connect, database);
    }),
  );

test('large tables that reference each other rebuild at the same time, and nobody waits for nobody', async () => {
  await withLoaded(async (connect, { query }) => {
    const before = await catalogState(query);
    await putAside(connect, { run: 'r', tables: TABLES });
    await query(LOAD);
    const { watched, most } = watch(connect);
    expect(await restore(watched, { run: 'r', parallel: 4 })).toEqual([]);
    expect(most()).toBe(4);
    expect(await catalogState(query)).toEqual(before);
  });
});

test('what fails among parallel work is reported, each once, and what does not is back', async () => {
  await withLoaded(async (connect, { query }) => {
    await putAside(connect, { run: 'r', tables: TABLES });
    await query(`${LOAD}; update a set to_c = -1 where id = 7; update d set to_d = -1 where id = 9`);
    const problems = await restore(connect, { run: 'r', parallel: 3 });
    expect(problems.map(problem => problem.facts.constraint).sort()).toEqual(['a_c', 'd_d']);
    const invalid = await query(`select conname from pg_constraint where not convalidated order by 1`);
    expect(invalid).toEqual([{ conname: 'a_c' }, { conname: 'd_d' }]);
  });
});

/** Whether the index of a constraint was made in the constraint's own transaction. */
const MADE_TOGETHER = `
select conname as name, c.xmin = i.xmin as together
from pg_constraint c join pg_class i on i.oid = c.conindid
where contype = 'p' and connamespace = 'public'::regnamespace order by 1`;

test('the only index of a table comes back in one transaction with its key', async () => {
  const schema = `
create table alone (id int primary key, filler text);
create table many (id int primary key, other int, filler text);
create index many_other on many (other);`;
  await withDatabase(schema, ({ url, query }) =>
    withSessions(url, async connect => {
      await ensureLedger(connect);
      const tables = [
        { schema: 'public', name: 'alone' },
        { schema: 'public', name: 'many' },
      ];
      await putAside(connect, { run: 'r', tables });
      await query(`
insert into alone select n, repeat('x', 600) from generate_series(1, 10000) n;
insert into many select n, n, repeat('x', 600) from generate_series(1, 10000) n`);
      expect(await restore(connect, { run: 'r', parallel: 2 })).toEqual([]);
      expect(await query(MADE_TOGETHER)).toEqual([
        { name: 'alone_pkey', together: true },
        { name: 'many_pkey', together: false },
      ]);
    }),
  );
});

test('a key that cannot come back with its index is one problem', async () => {
  await withDatabase('create table alone (id int primary key)', ({ url, query }) =>
    withSessions(url, async connect => {
      await ensureLedger(connect);
      await putAside(connect, { run: 'r', tables: [{ schema: 'public', name: 'alone' }] });
      await query('insert into alone values (1), (1)');
      const problems = await restore(connect, { run: 'r', parallel: 2 });
      expect(problems.map(({ code, facts }) => [code, facts.constraint])).toEqual([
        ['ANON_TARGET_UNIQUE', 'alone_pkey'],
      ]);
      await query('truncate alone');
      expect(await restore(connect, { run: 'r', parallel: 2 })).toEqual([]);
    }),
  );
});
