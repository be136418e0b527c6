import pg from 'pg';
import { expect, test } from 'vitest';
import { createDatabase, databaseUrl, hashTable, withDatabase } from './database.ts';

const exists = (name: string) =>
  withDatabase(
    '',
    async ({ query }) => (await query('select from pg_database where datname = $1', [name])).length === 1,
  );

test('a database has what its SQL made, and is gone afterwards', async () => {
  const name = await withDatabase('create table t (a int); insert into t values (1), (2)', async database => {
    expect(await database.query('select a from t order by a')).toEqual([{ a: 1 }, { a: 2 }]);
    expect(await exists(database.name)).toBe(true);
    return database.name;
  });
  expect(await exists(name)).toBe(false);
});

test('a clone has the rows of its template and is a database of its own', async () => {
  await withDatabase('create table t (a int); insert into t values (1)', async template => {
    const clone = await createDatabase({ template });
    await clone.query('insert into t values (2)');
    expect(await clone.query('select * from t')).toHaveLength(2);
    expect(await template.query('select * from t')).toHaveLength(1);
    await clone.drop();
  });
});

test('a connection that is left open fails the test, and the database goes all the same', async () => {
  const database = await createDatabase();
  const leak = new pg.Client({ connectionString: database.url, application_name: 'forgetful' });
  leak.on('error', () => {}); // it will be cut off
  await leak.connect();
  await expect(database.drop()).rejects.toThrow(/1 connection.*forgetful/);
  expect(await exists(database.name)).toBe(false);
});

test('an error in a test is reported, not the leak that it caused', async () => {
  const failing = withDatabase('', async ({ url }) => {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    await client.connect();
    throw new Error('the cause');
  });
  await expect(failing).rejects.toThrow('the cause');
});

test('a wrong password is refused', async () => {
  const client = new pg.Client({ connectionString: databaseUrl('postgres', { user: 'postgres', password: 'wrong' }) });
  await expect(client.connect()).rejects.toMatchObject({ code: '28P01' });
});

const SAMPLE = `create table t (a int, b text); insert into t values (1, 'é'), (2, ''), (3, null)`;

test('tables with the same rows in another order have the same hash', async () => {
  await withDatabase(SAMPLE, async ({ query }) => {
    await query('create table u as select * from t order by a desc');
    const { rows, hash } = await hashTable(query, 't');
    expect(rows).toBe(3);
    expect(await hashTable(query, 'u')).toEqual({ rows, hash });
  });
});

test.each([
  ['a value', `update t set b = 'e' where a = 1`],
  ['NULL for an empty text', `update t set b = null where a = 2`],
  ['a row twice', `insert into t select * from t where a = 1`],
  ['a row less', `delete from t where a = 3`],
  ['values of two rows swapped', `update t set b = case a when 1 then '' when 2 then 'é' end`],
])('a table that differs by %s has another hash', async (_, change) => {
  await withDatabase(SAMPLE, async ({ query }) => {
    const before = await hashTable(query, 't');
    await query(change);
    expect((await hashTable(query, 't')).hash).not.toBe(before.hash);
  });
});

test('a hash of some columns ignores the others', async () => {
  await withDatabase(SAMPLE, async ({ query }) => {
    const before = await hashTable(query, 't', ['a']);
    await query(`update t set b = 'changed'`);
    expect(await hashTable(query, 't', ['a'])).toEqual(before);
    expect(await hashTable(query, 't', ['b'])).not.toEqual(before);
  });
});
