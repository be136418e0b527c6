// Rows are counted before a new database takes the place of the target.

import { expect, test } from 'vitest';
import { readCatalog } from '../../src/pg/catalog.ts';
import type { Plan } from '../../src/plan/plan-types.ts';
import { expectedRows, verifyRows, verifyUnlogged } from '../../src/publish/verify-rows.ts';
import { withDatabase } from '../database.ts';
import { withSessions } from './target.ts';

const SQL = `
create table public.plain (n int); insert into public.plain select generate_series(1, 3);
create table public.child () inherits (public.plain); insert into public.child values (4);
create table public.split (n int) partition by list (n);
create table public.low partition of public.split for values in (1, 2);
create table public.high partition of public.split for values in (3, 4);
insert into public.split values (1), (2), (3)`;

const table = (name: string, into = name) => ({ schema: 'public', name, into: { schema: 'public', name: into } });

test('a table that has more or fewer rows than were copied stops the run; partitions count where they are routed', async () => {
  await withDatabase(SQL, async ({ query, url }) => {
    await withSessions(url, async connect => {
      const target = await connect(readCatalog);
      const expectedOf = (tables: readonly object[], rows: readonly number[]) =>
        expectedRows({ plan: { tables } as unknown as Plan, target }, number => rows[number] ?? 0);
      const alone = expectedOf([table('plain'), table('child'), table('low'), table('high')], [3, 1, 2, 1]);
      await verifyRows(connect, alone, { parallel: 2 });
      // Rows of one partition go through the root, so that both are counted there.
      const routed = expectedOf([table('low', 'split'), table('high')], [1, 2]);
      expect(routed).toEqual([{ schema: 'public', name: 'split', isPartitioned: true, rows: 3 }]);
      await verifyRows(connect, routed, { parallel: 2 });
      await query('delete from public.high');
      for (const expected of [alone, routed]) {
        await expect(verifyRows(connect, expected, { parallel: 2 })).rejects.toMatchObject({
          code: 'ANON_ROWS_DIFFER',
        });
      }
    });
  });
});

test('unlogged tables alone are compared after a crash could have emptied them', async () => {
  const unlogged = 'alter table public.high set unlogged; create unlogged table public.light (n int)';
  await withDatabase(`${SQL}; ${unlogged}; insert into public.light values (1)`, async ({ query, url }) => {
    await withSessions(url, async connect => {
      const target = await connect(readCatalog);
      const tables = [table('plain'), table('low'), table('high'), table('light')];
      const expected = expectedRows(
        { plan: { tables } as unknown as Plan, target },
        number => [7, 7, 1, 1][number] ?? 0,
      );
      await verifyUnlogged(connect, expected, { parallel: 2 }); // the others hold something else
      for (const name of ['light', 'high']) {
        await query(`delete from public.${name}`);
        await expect(verifyUnlogged(connect, expected, { parallel: 2 })).rejects.toMatchObject({
          code: 'ANON_ROWS_DIFFER',
          facts: { place: `public.${name}` },
        });
        await query(`insert into public.${name} values (3)`);
      }
    });
  });
});
