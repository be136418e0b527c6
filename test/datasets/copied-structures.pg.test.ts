// Schemas that nobody here wrote, built from nothing (`schema: copy`), and once more by a swap from their own structure.

import { expect, test } from 'vitest';
import { createDatabase, hashTable, type Query } from '../database.ts';
import { catalogState } from '../publish/catalog-state.ts';
import { configOf, syncPair } from '../sync.ts';
import { TOOLS_FOLDER, useToolsServer, WITHOUT_TOOLS } from '../tools-server.ts';
import { hasDatasets, loadDataset } from './load.ts';

const isSkipped = WITHOUT_TOOLS !== undefined || !hasDatasets;
const server = isSkipped ? () => '' : useToolsServer();

const RELATIONS = `
select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'm') and n.nspname = 'public' order by 1`;

async function stateOf(query: Query) {
  const names = (await query<{ name: string }>(RELATIONS)).map(({ name }) => name);
  const hashes: [string, unknown][] = [];
  for (const name of names) hashes.push([name, await hashTable(query, name)]);
  return { catalog: await catalogState(query), hashes };
}

test.skipIf(isSkipped).each([
  [
    'pagila',
    ['pagila/pagila-schema.sql', 'pagila/pagila-data.sql'],
    'refresh materialized view public.rental_by_category',
  ],
  ['northwind', ['northwind/northwind.sql'], ''],
])(`%s is the same in the target ${WITHOUT_TOOLS ?? ''}`, async (_, files, adjust) => {
  const source = await createDatabase({ server: server() });
  const target = await createDatabase({ server: server() });
  try {
    await loadDataset(source.url, files);
    await source.query(`${adjust}; analyze`);
    const wanted = await stateOf(source.query);
    const settings = (block: object) => ({ target: { url: 'env:TARGET_URL', pg_bin: TOOLS_FOLDER, ...block } });
    for (const block of [{ schema: 'copy' }, { publish: 'swap', keep_previous: 0 }]) {
      const report = await syncPair({ source, target }, configOf({ 'public.*': 'keep' }, settings(block)));
      expect(report.rows).toBeGreaterThan(1000);
      expect(await stateOf(target.query)).toEqual(wanted);
    }
  } finally {
    await source.drop();
    await target.drop();
  }
});
