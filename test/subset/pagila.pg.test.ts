// Subsets of a database that nobody here wrote.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LoadedConfig, parseConfig } from '../../src/index.ts';
import { createDatabase } from '../database.ts';
import { hasDatasets, loadDataset } from '../datasets/load.ts';
import { configOf, dropPair, type Pair } from '../sync.ts';
import { type Counts, syncSubset } from './world.ts';

const TABLES = readFileSync(join(import.meta.dirname, '../datasets/pagila.yaml'), 'utf8');

function maskedSubset(subset: object): LoadedConfig {
  return parseConfig(`${TABLES}\nsubset: ${JSON.stringify(subset)}\n`, { baseDir: '.' });
}
const keptSubset = (subset: object): LoadedConfig => configOf({ 'public.*': 'keep' }, { subset });

describe.skipIf(!hasDatasets)('a subset of pagila', () => {
  let pair: Pair;
  beforeAll(async () => {
    const source = await createDatabase();
    await loadDataset(source.url, ['pagila/pagila-schema.sql', 'pagila/pagila-data.sql']);
    // The original has one half of the circle: staff belong to a store, and a store has a manager.
    await source.query(`alter table public.store add constraint store_manager_staff_id_fkey
      foreign key (manager_staff_id) references public.staff (staff_id)`);
    pair = { source, target: await createDatabase({ template: source }) };
  });
  afterAll(() => dropPair(pair));

  const customers = async (): Promise<number[]> =>
    (await pair.target.query<{ id: number }>('select customer_id as id from customer')).map(({ id }) => id);
  const rentals = async (): Promise<number> =>
    (await pair.target.query<{ n: number }>('select count(*)::int as n from rental'))[0]!.n;

  test('of 5 % and 20 % of the customers, masked, has all of theirs and all that these need', async () => {
    const starts: ReadonlySet<number>[] = [];
    for (const percent of [5, 20]) {
      const tables = { 'public.customer': { percent } };
      await syncSubset(pair, keptSubset({ tables, children: 'none' }));
      const ids = await customers();
      starts.push(new Set(ids));
      const counts = await syncSubset(pair, maskedSubset({ tables }), { parallel: 2 });
      expect(counts['public.actor']).toBe(0); // reached by film_actor alone, which references no customer
      const share = ids.length / 599;
      expect(Math.abs(share - percent / 100)).toBeLessThan(0.04);
      // Others that are there are only needed: somebody paid for the rental of another.
      for (const table of ['rental', 'payment']) {
        const own = `select count(*)::int as n, sum(${table}_id)::int as sum from ${table} where customer_id = any ($1)`;
        // The last partition has no foreign keys, so that nothing leads to its rows.
        const where = table === 'rental' ? '' : ` and payment_date < '2022-07-01'`;
        expect((await pair.target.query(own, [ids]))[0], table).toEqual(
          (await pair.source.query(own + where, [ids]))[0],
        );
      }
    }
    const [small, large] = starts as [ReadonlySet<number>, ReadonlySet<number>];
    expect(
      [...small].filter(id => !large.has(id)),
      'a part of the larger share',
    ).toEqual([]);
    await syncSubset(pair, keptSubset({ tables: { 'public.customer': '5%' }, children: 'none' }));
    expect(new Set(await customers()), 'the same in every run').toEqual(small);
  });

  test('by a condition has exactly the rows that meet it', async () => {
    const where = `last_name like 'S%' and store_id = 1`;
    await syncSubset(pair, keptSubset({ tables: { 'public.customer': { where } } }));
    const wanted = `select count(*)::int as n, sum(customer_id)::int as sum from customer`;
    expect(await pair.target.query(wanted)).toEqual(await pair.source.query(`${wanted} where ${where}`));
    expect(await rentals()).toBeGreaterThan(0);
  });

  test('takes children as far as they are asked for', async () => {
    const start = { tables: { 'public.customer': { where: 'customer_id <= 20' } } };
    const none = await syncSubset(pair, keptSubset({ ...start, children: 'none' }));
    expect(none).toMatchObject({ 'public.customer': 20, 'public.rental': 0, 'public.inventory': 0 });
    const few = await syncSubset(pair, keptSubset({ ...start, children: { 'public.rental': { limit: 3 } } }));
    expect(few).toMatchObject({ 'public.customer': 20, 'public.rental': 60 });
    expect(few['public.inventory']).toBeGreaterThan(0);
    const paid = await syncSubset(
      pair,
      keptSubset({
        ...start,
        children: { 'public.rental': { limit: 3 }, 'public.payment': { of: ['public.rental'] } },
      }),
    );
    expect(sum(paid, 'public.payment_p')).toBeGreaterThan(0);
    expect(sum(paid, 'public.payment_p')).toBeLessThanOrEqual(60);
  });

  test('has other tables whole where that is asked for', async () => {
    const subset = { tables: { 'public.customer': '5%', 'public.actor': 'whole' }, children: 'none' };
    const counts = await syncSubset(pair, keptSubset(subset));
    expect(counts).toMatchObject({ 'public.actor': 200, 'public.film_actor': 0, 'public.film': 0 });
    const whole = await syncSubset(
      pair,
      keptSubset({ ...subset, tables: { 'public.customer': '5%' }, others: 'whole' }),
    );
    expect(whole).toMatchObject({ 'public.actor': 200, 'public.film': 1000, 'public.rental': 16044 });
    expect(whole['public.customer']).toBe(599); // each of them is referenced
  });
});

const sum = (counts: Counts, prefix: string): number =>
  Object.entries(counts).reduce((total, [name, rows]) => total + (name.startsWith(prefix) ? rows : 0), 0);
