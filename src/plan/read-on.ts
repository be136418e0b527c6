// Whether a table of the source can be read on, on a snapshot from before somebody changed it. A table that was emptied or
// rewritten looks empty to the snapshot; columns that were dropped, renamed or given another type are read wrongly or not at all.

import type { ClientBase } from 'pg';
import { readCatalog } from '../pg/catalog.ts';
import type { Catalog, CatalogTable } from '../pg/catalog-types.ts';
import { findTable } from '../pg/find-table.ts';
import { displayName, type TableName } from '../pg/identifiers.ts';
import { tableKey } from '../pg/table-key.ts';
import { lockedTables } from './hold-source.ts';
import type { Plan } from './plan-types.ts';

/** A table as the plan found it, and what of it is read. */
export interface ReadTable extends TableName {
  readonly found: CatalogTable;
  readonly columns: readonly string[];
}

/** What a plan reads. Of tables that a subset only looks at, no column is read after it is selected. */
export function readTables(plan: Plan, catalog: Catalog): ReadTable[] {
  const columnsOf = new Map(plan.tables.map(table => [tableKey(table), table.columns.map(column => column.name)]));
  return lockedTables(plan).map(table => ({
    ...table,
    columns: columnsOf.get(tableKey(table)) ?? [],
    found: findTable(catalog, table)!, // planned from it
  }));
}

/** Of `tables`, those whose rows of the snapshot cannot be had any more, as names for messages. */
export async function unreadable(client: ClientBase, tables: readonly ReadTable[]): Promise<string[]> {
  const now = await readCatalog(client);
  return tables
    .filter(({ found, columns, ...table }) => essence(found, columns) !== essence(findTable(now, table), columns))
    .map(({ schema, name }) => displayName(schema, name));
}

/** What must stay as it is. Columns that came later, indexes, constraints and statistics change no row of the snapshot. */
function essence(table: CatalogTable | undefined, read: readonly string[]): string {
  if (!table) return 'gone';
  const { oid, fileNode, relkind, hasRowSecurity } = table;
  const columns = read.map(name => {
    const column = table.columns.find(one => one.name === name);
    return column && [column.name, column.type, column.typeModifier, column.isReadable];
  });
  return JSON.stringify([oid, fileNode, relkind, hasRowSecurity, columns]);
}
