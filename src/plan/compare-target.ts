// What the plan needs of the target's schema: the tables, the columns, the same types, and nothing required besides.

import { type Finding, finding } from '../errors.ts';
import type { Catalog, CatalogTable } from '../pg/catalog-types.ts';
import { findTable } from '../pg/find-table.ts';
import { displayName, type TableName } from '../pg/identifiers.ts';

export interface TargetMatch {
  /** Where the rows go; undefined when nothing fits. */
  readonly table: CatalogTable | undefined;
  readonly findings: readonly Finding[];
}

/**
 * Compares a source table with the one that its rows go into.
 * @param into the table itself, or its partitions' root when rows may change partitions
 */
export function compareTarget(source: CatalogTable, into: TableName, target: Catalog): TargetMatch {
  const table = findTable(target, into);
  if (!table || (table.relkind !== 'r' && table.relkind !== 'p')) {
    return {
      table: undefined,
      findings: [finding('ANON_PLAN_TARGET_TABLE', { place: displayName(into.schema, into.name) })],
    };
  }
  return { table, findings: [...missingColumns(source, table), ...requiredColumns(source, table)] };
}

function missingColumns(source: CatalogTable, target: CatalogTable): Finding[] {
  const columns = new Map(target.columns.map(column => [column.name, column]));
  return source.columns.flatMap(column => {
    const place = displayName(target.schema, target.name, column.name);
    const other = columns.get(column.name);
    if (column.isGenerated) return [];
    if (!other || other.isGenerated) return [finding('ANON_PLAN_TARGET_COLUMN', { place })];
    if (other.typeName === column.typeName) return [];
    return [finding('ANON_PLAN_TARGET_TYPE', { place, sourceType: column.typeName, targetType: other.typeName })];
  });
}

function requiredColumns(source: CatalogTable, target: CatalogTable): Finding[] {
  const known = new Set(source.columns.filter(column => !column.isGenerated).map(column => column.name));
  return target.columns
    .filter(
      column =>
        column.notNull && !column.hasDefault && !column.isIdentity && !column.isGenerated && !known.has(column.name),
    )
    .map(column =>
      finding('ANON_PLAN_TARGET_REQUIRED', { place: displayName(target.schema, target.name, column.name) }),
    );
}
