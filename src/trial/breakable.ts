// Which tables a trial pays for: those with a constraint that replaced values could break, where no proof stands against it.

import type { Catalog } from '../pg/catalog-types.ts';
import { findTable } from '../pg/find-table.ts';
import { isKept, type PlannedColumn, type PlannedTable } from '../plan/plan-types.ts';
import type { TableConstraints } from './target-constraints.ts';

export interface Catalogs {
  readonly source: Catalog;
  readonly target: Catalog;
}

/**
 * Whether a sample of the table should be tried. What the plan has proved needs no trial: unique indexes over plain columns
 * (check-uniqueness.ts), outputs that are known to fit, NOT NULL where strategies yield no NULL.
 */
export function isBreakable(table: PlannedTable, own: TableConstraints, catalogs: Catalogs): boolean {
  if (table.action !== 'copy') return false;
  const replaced = table.columns.filter(column => !isKept(column));
  const names = new Set(replaced.map(column => column.name));
  return (
    replaced.some(column => mayNotFit(column, catalogs.source)) ||
    own.constraints.some(({ isComputed, columns, kind }) => {
      const isTouched = columns.some(column => names.has(column));
      return isTouched && (isComputed || kind === 'exclusion');
    }) ||
    isStricter(table, catalogs)
  );
}

/** A length that its strategy does not promise to keep, or a domain, which may want anything. */
function mayNotFit({ type, typeOid, longest }: PlannedColumn, { types }: Catalog): boolean {
  const { maxLength } = type.element ?? type;
  const isLong = maxLength !== undefined && (longest === undefined || longest > maxLength);
  const own = types.get(typeOid);
  const element = own?.element === null || own?.element === undefined ? undefined : types.get(own.element);
  return isLong || own?.kind === 'domain' || element?.kind === 'domain';
}

/** The target wants values where the source has NULLs, perhaps. */
function isStricter({ schema, name, into, columns }: PlannedTable, { source, target }: Catalogs): boolean {
  const open = new Set(findTable(source, { schema, name })?.columns.flatMap(one => (one.notNull ? [] : [one.name])));
  const planned = new Set(columns.map(column => column.name));
  const wanted = findTable(target, into)?.columns ?? [];
  return wanted.some(column => column.notNull && planned.has(column.name) && open.has(column.name));
}
