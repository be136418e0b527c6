// The identity run: a plan of `keep` copies every table byte for byte.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tableKey } from '../../src/pg/table-key.ts';
import { createDatabase, hashTable } from '../database.ts';
import { configOf, dropPair, type Pair, syncPair } from '../sync.ts';
import { createTable, insertRows, leavesOf, quote, schemas, type Table } from './schema.ts';
import { USER_TYPES } from './values.ts';

test.each([
  ['copy', 1],
  ['copy', 3],
  ['cursor', 1],
  ['cursor', 3],
] as const)('every table arrives byte for byte by %s with %i worker(s)', async (read, parallel) => {
  const copiesAll = fc.asyncProperty(schemas, async tables => {
    // No template: types of users must have other OIDs in the target.
    const pair = { source: await createDatabase(), target: await createDatabase() };
    try {
      await make(pair, tables);
      const source = { url: 'env:SOURCE_URL', read };
      const keys = tables.flatMap(table => [table, ...leavesOf(table)]).map(tableKey);
      const config = configOf(Object.fromEntries(keys.map(key => [key, 'keep'])), { source });
      const report = await syncPair(pair, config, { parallel });
      await expectEqual(pair, tables);
      expect(report.rows).toBe(tables.reduce((sum, table) => sum + table.rows.length, 0));
    } finally {
      await dropPair(pair);
    }
  });
  await fc.assert(copiesAll, { numRuns: 3, endOnFailure: true });
});

/** The target has old rows: some of those that the source has. */
async function make({ source, target }: Pair, tables: readonly Table[]): Promise<void> {
  for (const database of [source, target]) await database.query(USER_TYPES);
  for (const table of tables) {
    await source.query(createTable(table, 'source'));
    await source.query(insertRows(table));
    await target.query(createTable(table, 'target'));
    await target.query(insertRows({ ...table, rows: table.rows.slice(1) }));
  }
}

async function expectEqual({ source, target }: Pair, tables: readonly Table[]): Promise<void> {
  for (const { schema, name, columns } of tables.flatMap(leavesOf)) {
    const from = `only ${quote(schema)}.${quote(name)}`;
    const list = columns.map(quote);
    const expected = await hashTable(source.query, from, list);
    expect(await hashTable(target.query, from, list), from).toEqual(expected);
  }
}
