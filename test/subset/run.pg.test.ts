// A subset in a run: while others write, by a cursor, within its memory, and as the plan and the command tell of it.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plan, type SyncEvent } from '../../src/index.ts';
import { renderPlan } from '../../src/report/plan-text.ts';
import { hashTable, type Query } from '../database.ts';
import { configOf, configText, createPair, dropPair, environmentOf, type Pair, runSync, syncPair } from '../sync.ts';

const SCHEMA = `
create table parent (id int primary key, name text, padding text);
create table child (id int primary key, parent int not null references parent, note text);
create index on child (parent);
insert into parent select n, 'name ' || n, repeat('p', 200) from generate_series(1, 4000) n;
insert into child select n, 1 + n * 7 % 4000, 'note' from generate_series(1, 20000) n;
delete from child where id % 3 = 0;
update child set note = 'newer' where id % 5 = 0;
analyze`;
const TABLES = { 'public.parent': { keep: ['id', 'padding'], columns: { name: 'hash' } }, 'public.child': 'keep' };
const SUBSET = { tables: { 'public.parent': '20%' } };
const IDS = ['id'];

let pair: Pair;
beforeAll(async () => {
  pair = await createPair(SCHEMA);
});
afterAll(() => dropPair(pair));

const kept = async (query: Query) => [await hashTable(query, 'parent', IDS), await hashTable(query, 'child')];

describe('a subset', () => {
  test('is of one snapshot, whatever others write after it was taken', async () => {
    await syncPair(pair, configOf(TABLES, { subset: SUBSET }), { parallel: 2 });
    const before = await kept(pair.target.query);
    let writes: Promise<unknown> = Promise.resolve();
    const onEvent = (event: SyncEvent): void => {
      if (event.event !== 'stage' || event.stage !== 'selecting') return;
      writes = pair.source
        .query(`update child set note = 'late' where id % 2 = 0; delete from child where id % 7 = 0; update parent set name = 'late';
          insert into child select 100000 + n, n, 'late' from generate_series(1, 4000) n`)
        .then(() => pair.source.query('vacuum child'));
    };
    await syncPair(pair, configOf(TABLES, { subset: SUBSET }), { parallel: 2, onEvent });
    await writes;
    expect(await kept(pair.target.query)).toEqual(before);
    await syncPair(pair, configOf(TABLES, { subset: SUBSET }));
    expect(await kept(pair.target.query), 'they did write').not.toEqual(before);
  });

  test('is the same by a cursor', async () => {
    await syncPair(pair, configOf(TABLES, { subset: SUBSET }));
    const byCopy = await kept(pair.target.query);
    const source = { url: 'env:SOURCE_URL', read: 'cursor' };
    await syncPair(pair, configOf(TABLES, { subset: SUBSET, source }));
    expect(await kept(pair.target.query)).toEqual(byCopy);
  });

  test('is the same of one table as of all', async () => {
    await syncPair(pair, configOf(TABLES, { subset: SUBSET }));
    const all = await kept(pair.target.query);
    await syncPair(pair, configOf(TABLES, { subset: SUBSET }), { only: ['public.child'] });
    expect(await kept(pair.target.query)).toEqual(all);
  });

  test('is counted in the plan and in the summary', async () => {
    const planned = await plan(configOf(TABLES, { subset: SUBSET }), { env: environmentOf(pair) });
    const [child, parent] = planned.tables;
    expect(parent?.subset_rows).toBeGreaterThan(700);
    expect(parent?.subset_rows).toBeLessThan(900);
    expect(renderPlan(planned)).toMatch(/in the subset/);
    const run = await runSync(pair, configText(TABLES, { subset: SUBSET }));
    expect(run.stderr).toContain('finding the rows of the subset');
    const report = JSON.parse(run.report ?? '');
    expect(report.rows).toBe((child?.subset_rows ?? 0) + (parent?.subset_rows ?? 0));
  });

  test('that has no rows empties the target', async () => {
    const subset = { tables: { 'public.parent': { where: 'id < 0' } } };
    const report = await syncPair(pair, configOf(TABLES, { subset }));
    expect(report.rows).toBe(0);
    expect(await pair.target.query('select from parent union all select from child')).toEqual([]);
  });

  test('that is too large for `memory:` ends the run before anything is written', async () => {
    await pair.source.query(
      'create table many (id int); insert into many select generate_series(1, 1200000); analyze many',
    );
    await pair.target.query('create table many (id int); insert into many values (1)');
    const tables = { ...TABLES, 'public.many': 'keep' };
    const config = configOf(tables, { subset: { tables: { 'public.many': 'whole' } }, memory: '224MB', parallel: 2 });
    await expect(syncPair(pair, config)).rejects.toMatchObject({
      findings: [],
      code: 'ANON_SUBSET_MEMORY',
      exitCode: 78,
    });
    expect(await pair.target.query('select id from many')).toEqual([{ id: 1 }]);
    await pair.source.query('drop table many');
    await pair.target.query('drop table many');
  });
});
