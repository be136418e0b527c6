// A temporary table with the constraints of a table of the target: what it refuses, the target would refuse.

import type { ClientBase } from 'pg';
import type { CatalogTable } from '../pg/catalog-types.ts';
import { quoteName, quoteTable, type TableName } from '../pg/identifiers.ts';
import type { PlannedTable } from '../plan/plan-types.ts';
import type { TargetConstraint } from './target-constraints.ts';

/** Makes the table, in the transaction that the caller has begun and rolls back. */
export async function makeTrialTable(
  target: ClientBase,
  planned: PlannedTable,
  like: { readonly table: CatalogTable; readonly constraints: readonly TargetConstraint[] },
): Promise<TableName> {
  const trial = { schema: 'pg_temp', name: 'pgveil_trial' };
  const name = quoteTable(trial);
  const isPlanned = new Set(planned.columns.map(column => column.name));
  const isThere = new Set(
    like.table.columns.filter(one => one.isGenerated || isPlanned.has(one.name)).map(c => c.name),
  );
  const absent = like.table.columns.filter(column => column.notNull && !isThere.has(column.name));
  await target.query(
    [
      `create temporary table ${quoteName(trial.name)} (like ${quoteTable(planned.into)} including generated) on commit drop`,
      // The target fills those by itself; its defaults stay untouched, as a sequence would not.
      ...absent.map(column => `alter table ${name} alter ${quoteName(column.name)} drop not null`),
      ...like.constraints.filter(one => one.columns.every(column => isThere.has(column))).map(one => add(name, one)),
    ].join(';\n'),
  );
  return trial;
}

function add(table: string, { isIndex, kind, name, definition }: TargetConstraint): string {
  if (isIndex) return `create unique index ${quoteName(name)} on ${table}${definition}`;
  // Bounds have no name of their own, and may be told from a check by the one that they get.
  return `alter table ${table} add constraint ${quoteName(kind === 'bounds' ? BOUNDS : name)} ${definition}`;
}

/** What the bounds of a partition are called in a trial. */
export const BOUNDS = 'pgveil partition bounds';
