// Before a new database takes the place of the target: every planned table is counted and compared with what was copied.

import type { ClientBase } from 'pg';
import { AnonymizeError } from '../errors.ts';
import type { Catalog } from '../pg/catalog-types.ts';
import { findTable } from '../pg/find-table.ts';
import { displayName, quoteTable } from '../pg/identifiers.ts';
import { tableKey } from '../pg/table-key.ts';
import type { Plan } from '../plan/plan-types.ts';
import { type Connect, inTransaction, oneStatement, type TargetTable, tableArrays } from './target-session.ts';
import { type WorkOptions, workThrough } from './work-through.ts';

/** Rows that a table, with all its partitions, must have. */
export interface ExpectedRows extends TargetTable {
  readonly isPartitioned: boolean;
  readonly rows: number;
}

/** @param rowsOf what was copied of a table of the plan, by its position */
export function expectedRows(
  { plan, target }: { readonly plan: Plan; readonly target: Catalog },
  rowsOf: (table: number) => number,
): readonly ExpectedRows[] {
  const tops = new Map<string, { schema: string; name: string; isPartitioned: boolean; rows: number }>();
  const routed = new Set(
    plan.tables.filter(({ into }) => findTable(target, into)?.relkind === 'p').map(({ into }) => tableKey(into)),
  );
  for (const [number, { into }] of plan.tables.entries()) {
    // Where one partition's rows are routed by the root, all are counted there.
    const top = lineage(target, into).find(table => routed.has(tableKey(table))) ?? into;
    const known = tops.get(tableKey(top));
    const rows = rowsOf(number) + (known?.rows ?? 0);
    tops.set(tableKey(top), { schema: top.schema, name: top.name, isPartitioned: routed.has(tableKey(top)), rows });
  }
  return [...tops.values()];
}

function lineage(target: Catalog, table: TargetTable): readonly TargetTable[] {
  const parent = findTable(target, table)?.parent;
  return parent ? [table, ...lineage(target, parent)] : [table];
}

/** @throws {AnonymizeError} ANON_ROWS_DIFFER */
export async function verifyRows(
  connect: Connect,
  expected: readonly ExpectedRows[],
  options: WorkOptions,
): Promise<void> {
  await workThrough(connect, expected, { ...options, work: verify });
}

/** A crash empties unlogged tables, and the rows of slices that the ledger holds with them. */
const UNLOGGED = `
select n.nspname as schema, t.relname as name
from unnest($1::text[], $2::text[]) as wanted (schema, name)
join pg_catalog.pg_namespace n on n.nspname = wanted.schema
join pg_catalog.pg_class t on t.relnamespace = n.oid and t.relname = wanted.name
where t.relpersistence = 'u' or exists (
  select from pg_catalog.pg_partition_tree(t.oid) leaf
  join pg_catalog.pg_class c on c.oid = leaf.relid where c.relpersistence = 'u')`;

/** Compares the unlogged tables only: all others keep what was committed. @throws {AnonymizeError} ANON_ROWS_DIFFER */
export async function verifyUnlogged(
  connect: Connect,
  expected: readonly ExpectedRows[],
  options: WorkOptions,
): Promise<void> {
  const { rows } = await oneStatement<TargetTable>(connect, 'pg_class', UNLOGGED, tableArrays(expected));
  const unlogged = new Set(rows.map(tableKey));
  await verifyRows(
    connect,
    expected.filter(table => unlogged.has(tableKey(table))),
    options,
  );
}

async function verify(client: ClientBase, { isPartitioned, rows, ...table }: ExpectedRows): Promise<void> {
  const place = displayName(table.schema, table.name);
  const sql = `select count(*)::float8 as rows from ${isPartitioned ? '' : 'only '}${quoteTable(table)}`;
  const found = await inTransaction(
    work => work(client),
    place,
    () => client.query<{ rows: number }>(sql),
  );
  const [{ rows: written } = { rows: 0 }] = found.rows;
  if (written !== rows) throw new AnonymizeError('ANON_ROWS_DIFFER', { place, read: rows, written });
}
