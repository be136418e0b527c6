// Tries rows on a table and tells which it refuses, and for what.

import type { ClientBase } from 'pg';
import type { Fault } from '../pg/errors.ts';
import type { TableName } from '../pg/identifiers.ts';
import { loadByHalves } from '../pg/load-by-halves.ts';
import type { PlannedTable } from '../plan/plan-types.ts';

/** What rows were refused for, and how many. */
export interface Refusal {
  readonly fault: Fault;
  readonly rows: number;
}

/** Loads `rows` into `trial`; those that it refuses stay out. Each row counts once, for the first thing that it violates. */
export async function refusedRows(
  target: ClientBase,
  { trial, table }: { readonly trial: TableName; readonly table: PlannedTable },
  rows: readonly Buffer[],
): Promise<readonly Refusal[]> {
  const refusals = new Map<string, Refusal>();
  await loadByHalves(target, rows, {
    into: trial,
    columns: table.columns.map(column => column.name),
    format: table.format,
    // Constraints that may be deferred are checked now.
    afterwards: 'set constraints all immediate; set constraints all deferred',
    isRowFault: () => true,
    onRefused: (_, fault) => {
      const key = JSON.stringify(fault);
      refusals.set(key, { fault, rows: (refusals.get(key)?.rows ?? 0) + 1 });
    },
  });
  return [...refusals.values()];
}
