// What strategies may know of a table: its name and its keys.

import { tableKey } from '../pg/table-key.ts';
import type { TableFacts } from '../strategy.ts';
import type { MatchedTable } from './match-tables.ts';

/** The facts of one matched table. */
export function tableFacts({ table, root }: MatchedTable): TableFacts {
  const notNull = new Set(table.columns.filter(column => column.notNull).map(column => column.name));
  const isSaid = (column: string | null): column is string => column !== null && notNull.has(column);
  const unique = table.uniqueIndexes.flatMap(({ columns, isPartial, isPrimary }) =>
    !isPartial && columns.every(isSaid) ? [{ columns, isPrimary }] : [],
  );
  return {
    name: tableKey(root),
    isPartition: table !== root,
    primaryKey: unique.find(({ isPrimary }) => isPrimary)?.columns ?? [],
    keys: unique.map(({ columns }) => columns),
  };
}
