// What the tests of subsets hold a target to: no reference without its row, and the counts that the plan said.

import { expect } from 'vitest';
import type { LoadedConfig } from '../../src/index.ts';
import { plan } from '../../src/index.ts';
import type { Report } from '../../src/report/report.ts';
import { brokenForeignKeys, notValidated } from '../datasets/inspect.ts';
import { environmentOf, type Pair, syncPair } from '../sync.ts';

/** Rows by table. */
export type Counts = Readonly<Record<string, number>>;

/** Plans and syncs; the target then has as many rows as the plan counted, and every foreign key holds. */
export async function syncSubset(
  pair: Pair,
  config: LoadedConfig,
  options: { parallel?: number } = {},
): Promise<Counts> {
  const planned = await plan(config, { env: environmentOf(pair) });
  const counted = Object.fromEntries(planned.tables.map(({ name, subset_rows }) => [name, subset_rows]));
  const report = await syncPair(pair, config, options);
  expect(rowsOf(report)).toEqual(counted);
  for (const { name, rows } of report.tables) {
    expect(await pair.target.query(`select count(*)::int as rows from only ${name}`), name).toEqual([{ rows }]);
  }
  expect(await notValidated(pair.target.query)).toEqual([]);
  expect(await brokenForeignKeys(pair.target.query)).toEqual([]);
  return rowsOf(report);
}

const rowsOf = ({ tables }: Report): Counts => Object.fromEntries(tables.map(({ name, rows }) => [name, rows]));
