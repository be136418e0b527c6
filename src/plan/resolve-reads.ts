// The columns that a strategy reads beside its own: found in its table, or what is wrong with their names.

import { suggest } from '../config/suggest.ts';
import { type Finding, finding } from '../errors.ts';
import { displayName } from '../pg/identifiers.ts';
import type { ColumnType, ReadColumn } from '../strategy.ts';

/** The columns of a table by name. A generated column is null: the target computes it, so its values are not fetched. */
export type ColumnsOfTable = ReadonlyMap<string, ColumnType | null>;

/** @param place of the column whose strategy reads, for findings */
export function resolveReads(
  names: readonly string[],
  { place, columns }: { readonly place: string; readonly columns: ColumnsOfTable },
): { readonly reads: readonly ReadColumn[]; readonly findings: readonly Finding[] } {
  const reads: ReadColumn[] = [];
  const findings: Finding[] = [];
  for (const name of new Set(names)) {
    const type = columns.get(name);
    const read = `${place}: column ${displayName(name)}`;
    if (type) reads.push({ name, type });
    else if (type === null) findings.push(finding('ANON_PLAN_COLUMN_GENERATED', { place: read }));
    else findings.push(finding('ANON_PLAN_UNKNOWN_COLUMN', { place: read, suggestion: suggest(name, columns.keys()) }));
  }
  return { reads, findings };
}
