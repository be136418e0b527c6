// Tables of a catalogue by their names. A plan looks them up for each of its own, so each catalogue is indexed once.

import type { Catalog, CatalogTable } from './catalog-types.ts';
import type { TableName } from './identifiers.ts';
import { tableKey } from './table-key.ts';

interface TableIndex {
  readonly byKey: ReadonlyMap<string, CatalogTable>;
  /** The partitions directly below a partitioned table. */
  readonly below: ReadonlyMap<string, readonly CatalogTable[]>;
}

/** Goes with the catalogue that it is of; catalogues do not change. */
const indexes = new WeakMap<Catalog, TableIndex>();

/** Finds a table by its exact name. */
export function findTable(catalog: Catalog, table: TableName): CatalogTable | undefined {
  return indexOf(catalog).byKey.get(tableKey(table));
}

/** The partitions directly below a partitioned table. */
export function partitionsOf(catalog: Catalog, table: TableName): readonly CatalogTable[] {
  return indexOf(catalog).below.get(tableKey(table)) ?? [];
}

function indexOf(catalog: Catalog): TableIndex {
  const known = indexes.get(catalog);
  if (known) return known;
  const index = indexed(catalog);
  indexes.set(catalog, index);
  return index;
}

function indexed({ tables }: Catalog): TableIndex {
  const below = new Map<string, CatalogTable[]>();
  for (const table of tables) {
    if (!table.parent) continue;
    const key = tableKey(table.parent);
    const siblings = below.get(key);
    if (siblings) siblings.push(table);
    else below.set(key, [table]);
  }
  return { byKey: new Map(tables.map(table => [tableKey(table), table])), below };
}
