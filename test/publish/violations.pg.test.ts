import { afterEach, beforeEach, expect, test } from 'vitest';
import { abandon, leftovers, markComplete } from '../../src/publish/abandon.ts';
import { ensureLedger } from '../../src/publish/ledger.ts';
import { putAside } from '../../src/publish/put-aside.ts';
import { restore } from '../../src/publish/restore.ts';
import type { Connect } from '../../src/publish/target-session.ts';
import { createDatabase, type TestDatabase } from '../database.ts';
import { catalogState } from './catalog-state.ts';
import { withSessions } from './target.ts';

const SCHEMA = `
create table person (id int primary key, email text, period int4range);
create unique index person_email on person (lower(email));
alter table person add constraint person_period exclude using gist (period with &&);
create table pet (id int primary key, person int, constraint pet_person foreign key (person) references person);
create schema outside;
create table outside.note (id int primary key, person int constraint note_person references public.person);
insert into person values (1), (2);
insert into outside.note values (10, 1), (20, 2);
create table outside.log (id int, person int constraint log_person references public.person) partition by list (id);
create table outside.log_1 partition of outside.log for values in (1);
create table outside.log_2 partition of outside.log for values in (2);
insert into outside.log values (1, 1), (2, 2)`;

const tables = [
  { schema: 'public', name: 'person' },
  { schema: 'public', name: 'pet' },
];
const everyRow = `insert into person values (1), (2)`;

let target: TestDatabase;
let before: readonly string[];

beforeEach(async () => {
  target = await createDatabase();
  await target.query(SCHEMA);
  await withSessions(target.url, ensureLedger);
  before = await catalogState(target.query);
});
afterEach(() => target.drop());

const onTarget = <T>(callback: (connect: Connect) => Promise<T>): Promise<T> => withSessions(target.url, callback);

/** Puts aside, loads by `sql` and restores. */
async function run(connect: Connect, sql: string, id = 'r') {
  await putAside(connect, { run: id, tables });
  await target.query(sql);
  return restore(connect, { run: id, parallel: 2 });
}

test.each([
  [
    'duplicates in an index',
    `insert into person values (1, 'canary-1'), (2, 'CANARY-1')`,
    { code: 'ANON_TARGET_UNIQUE', names: ['public.person', 'person_email'] },
  ],
  [
    'duplicates in a primary key',
    `insert into person values (77123), (77123)`,
    { code: 'ANON_TARGET_UNIQUE', names: ['public.person', 'person_pkey'] },
  ],
  [
    'an overlap in an exclusion constraint',
    `insert into person values (1, null, '[77123,77125)'), (2, null, '[77124,77126)')`,
    { code: 'ANON_TARGET_EXCLUSION', names: ['public.person', 'person_period'] },
  ],
  [
    'a row without what it references',
    `${everyRow}; insert into pet values (1, 77123)`,
    { code: 'ANON_TARGET_FOREIGN_KEY', names: ['public.pet', 'pet_person'] },
  ],
])('%s: a problem with table and constraint and no value', async (_, load, { code, names }) => {
  await onTarget(async connect => {
    const problems = await run(connect, load);
    expect(problems).toMatchObject([{ code }]);
    for (const name of names) expect(problems[0]?.message).toContain(name);
    expect(JSON.stringify(problems) + problems[0]?.message + problems[0]?.stack).not.toMatch(/canary|7712/i);
    // The tables are empty then, but rows outside still reference them.
    const left = await abandon(connect, { run: 'r', parallel: 2 });
    expect(new Set(left.map(problem => problem.code))).toEqual(new Set(['ANON_TARGET_FOREIGN_KEY']));
    const invalid = await target.query(`select conname as name from pg_constraint where not convalidated order by 1`);
    expect(new Set(invalid.map(key => key.name))).toEqual(new Set(['log_person', 'note_person']));
  });
});

test('a foreign key that rows violate comes back NOT VALID, and valid with the next load that fits', async () => {
  await onTarget(async connect => {
    expect(await run(connect, `${everyRow}; insert into pet values (1, 3)`, 'first')).toHaveLength(1);
    const [key] = await target.query(`select convalidated from pg_constraint where conname = 'pet_person'`);
    expect(key).toEqual({ convalidated: false });
    await expect(target.query('insert into pet values (2, 4)')).rejects.toThrow('foreign key');
    await markComplete(connect, 'first');
    expect(await leftovers(connect)).toEqual([]);
    expect(await run(connect, `${everyRow}; insert into pet values (1, 2)`, 'second')).toEqual([]);
  });
  expect(await catalogState(target.query)).toEqual(before);
});

test('a foreign key that was NOT VALID stays so, whatever the rows', async () => {
  await target.query(`alter table pet drop constraint pet_person,
    add constraint pet_person foreign key (person) references person not valid`);
  before = await catalogState(target.query);
  await onTarget(async connect => {
    expect(await run(connect, `${everyRow}; insert into pet values (1, 3)`)).toEqual([]);
  });
  expect(await catalogState(target.query)).toEqual(before);
});

test('rows of unplanned tables stay when what they reference is gone, and their foreign keys are reported', async () => {
  await onTarget(async connect => {
    const problems = await run(connect, 'insert into person values (2)', 'first');
    expect(problems.map(({ code, message }) => [code, /note_person|log_person/.exec(message)?.[0]])).toEqual(
      expect.arrayContaining([
        ['ANON_TARGET_FOREIGN_KEY', 'note_person'],
        ['ANON_TARGET_FOREIGN_KEY', 'log_person'],
      ]),
    );
    expect(await target.query('select id from outside.note order by id')).toEqual([{ id: 10 }, { id: 20 }]);
    expect(await target.query('select id from outside.log order by id')).toEqual([{ id: 1 }, { id: 2 }]);
    await markComplete(connect, 'first');
    expect(await run(connect, everyRow, 'second')).toEqual([]);
    await markComplete(connect, 'second');
    expect(await leftovers(connect)).toEqual([]);
  });
  expect(await catalogState(target.query)).toEqual(before);
});
