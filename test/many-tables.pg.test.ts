// Small tables share transactions and connections, and are still told apart: in the ledger, in the report, in errors.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashTable } from './database.ts';
import { configOf, createPair, dropPair, type Pair, syncPair } from './sync.ts';

const TABLES = Array.from({ length: 60 }, (_, n) => `t${n}`);
const RULES = Object.fromEntries(
  TABLES.map(name => [`public.${name}`, { keep: ['id'], columns: { owner: { strategy: 'hash', length: 12 } } }]),
);

let pair: Pair;
beforeAll(async () => {
  pair = await createPair(
    TABLES.map(name => `create table public.${name} (id int primary key, owner text unique)`).join(';'),
  );
  await pair.source.query(
    TABLES.map((name, n) => `insert into public.${name} select i, 'owner ' || i from generate_series(1, ${n}) i`).join(
      ';',
    ),
  );
});
afterAll(() => dropPair(pair));

test.each([
  [1, 20, 3],
  [2, 10, 6],
])('%i worker(s) copy %i small tables in a transaction', async (parallel, together, transactions) => {
  const report = await syncPair(pair, configOf(RULES), { parallel });
  expect(Object.fromEntries(report.tables.map(table => [table.name, [table.rows, table.slices]]))).toEqual(
    Object.fromEntries(TABLES.map((name, n) => [`public.${name}`, [n, 1]])),
  );
  const commits = await pair.target.query<{ slices: number }>(
    `select count(*)::int as slices from pgveil.slice where run = '${report.run}' group by xmin::text`,
  );
  expect(commits.map(commit => commit.slices)).toEqual(Array.from({ length: transactions }, () => together));
  for (const name of TABLES) {
    const kept = await hashTable(pair.target.query, `public.${name}`, ['id']);
    expect(kept).toEqual(await hashTable(pair.source.query, `public.${name}`, ['id']));
  }
});

test('a table that the target refuses is named, and the others of its transaction are empty again', async () => {
  await pair.target.query(`alter table public.t41 add constraint short check (length(owner) < 12) not valid`);
  try {
    await expect(syncPair(pair, configOf(RULES, { trial_rows: 0 }), { parallel: 1 })).rejects.toMatchObject({
      code: 'ANON_TARGET_CHECK',
      message: expect.stringContaining('public.t41: a row violates check constraint short'),
    });
    const [{ rows } = { rows: -1 }] = await pair.target.query<{ rows: number }>(
      `select (${TABLES.map(name => `(select count(*) from public.${name})`).join(' + ')})::int as rows`,
    );
    expect(rows).toBe(0);
  } finally {
    await pair.target.query('alter table public.t41 drop constraint short');
  }
});
