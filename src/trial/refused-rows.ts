// Tries rows on a table and tells which it refuses, and for what: by halves, so that a sample without a fault costs one COPY.

import { pipeline } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { CODECS } from '../codec/formats.ts';
import { CopyIn } from '../pg/copy-in.ts';
import { type Fault, faultOf } from '../pg/errors.ts';
import { quoteName, quoteTable, type TableName } from '../pg/identifiers.ts';
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
  const columns = table.columns.map(column => column.name);
  const sql = `copy ${quoteTable(trial)} (${columns.map(quoteName).join(', ')}) from stdin with (${CODECS[table.format].copyOptions})`;
  const tryRange = async (from: number, to: number): Promise<void> => {
    await target.query('savepoint trial');
    const fault = await load(target, { sql, trial, table }, rows.slice(from, to));
    if (!fault) return;
    await target.query('rollback to savepoint trial');
    if (to - from === 1) {
      const key = JSON.stringify(fault);
      refusals.set(key, { fault, rows: (refusals.get(key)?.rows ?? 0) + 1 });
      return;
    }
    const middle = (from + to) >> 1;
    await tryRange(from, middle);
    await tryRange(middle, to);
  };
  await tryRange(0, rows.length);
  return [...refusals.values()];
}

interface Loading {
  readonly sql: string;
  readonly trial: TableName;
  readonly table: PlannedTable;
}

/** @returns why the table refuses the rows, if it does */
async function load(
  target: ClientBase,
  { sql, trial, table }: Loading,
  rows: readonly Buffer[],
): Promise<Fault | undefined> {
  const { header, trailer } = CODECS[table.format];
  try {
    // One buffer of its own: CopyIn frees what it has sent.
    await pipeline([Buffer.concat([header, ...rows, trailer])], target.query(new CopyIn(sql)));
    // Constraints that may be deferred are checked now.
    await target.query('set constraints all immediate; set constraints all deferred');
    return undefined;
  } catch (cause) {
    const columns = table.columns.map(column => column.name);
    const fault = faultOf(cause, { side: 'target', table: trial, columns });
    if (!fault) throw cause;
    return fault;
  }
}
