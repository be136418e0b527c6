// The tables of the target that a plan empties and loads: leaves and ordinary tables.

import type { Catalog } from '../pg/catalog-types.ts';
import { findTable, partitionsOf } from '../pg/find-table.ts';
import { tableKey } from '../pg/table-key.ts';
import type { Plan, PlannedTable } from '../plan/plan-types.ts';
import type { TargetTable } from './target-session.ts';

/** Rows that are routed by a partitioned table may land in any of its partitions, so all of those count. */
export function targetTables(plan: Plan, target: Catalog): TargetTable[] {
  const found = new Map<string, TargetTable>();
  const visit = (table: TargetTable): void => {
    const known = findTable(target, table);
    if (known?.relkind === 'r') found.set(tableKey(known), { schema: known.schema, name: known.name });
    if (known?.relkind === 'p') for (const child of partitionsOf(target, table)) visit(child);
  };
  for (const table of plan.tables) visit(table.into);
  return [...found.values()];
}

/** Planned tables whose rows go into an ordinary table or a leaf of the target that takes no others. */
export function loadedAlone({ tables }: Plan, target: Catalog): ReadonlySet<PlannedTable> {
  const isRouted = tables.some(({ schema, name, into }) => into.schema !== schema || into.name !== name);
  return new Set(
    tables.filter(({ into }) => {
      const known = findTable(target, into);
      return known?.relkind === 'r' && !(isRouted && known.isPartition);
    }),
  );
}
