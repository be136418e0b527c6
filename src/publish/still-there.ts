// Whether what was copied is still in its tables: nobody but us should write to them, but somebody may empty one. Asked of the
// catalogue, without counting: a table that TRUNCATE emptied has another file, or an empty one.

import { AnonymizeError } from '../errors.ts';
import { displayName } from '../pg/identifiers.ts';
import { tableKey } from '../pg/table-key.ts';
import type { Plan } from '../plan/plan-types.ts';
import { type Connect, oneStatement, type TargetTable, tableArrays } from './target-session.ts';

interface TableFile extends TargetTable {
  readonly node: number;
  readonly bytes: number;
}

const FILES = `
select n.nspname as schema, t.relname as name, t.relfilenode::bigint::float8 as node,
  pg_catalog.pg_relation_size(t.oid)::float8 as bytes
from unnest($1::text[], $2::text[]) as wanted (schema, name)
join pg_catalog.pg_namespace n on n.nspname = wanted.schema
join pg_catalog.pg_class t on t.relnamespace = n.oid and t.relname = wanted.name and t.relkind = 'r'`;

/** The files of some tables, by tableKey. */
export type TableFiles = ReadonlyMap<string, TableFile>;

/** Finds the files that tables have now. */
export async function tableFiles(connect: Connect, tables: readonly TargetTable[]): Promise<TableFiles> {
  const { rows } = await oneStatement<TableFile>(connect, 'the planned tables', FILES, tableArrays(tables));
  return new Map(rows.map(row => [tableKey(row), row]));
}

/** What was copied of a table of the plan, by its position. */
export interface Copied {
  rowsOf(table: number): number;
  slicesOf(table: number): number;
}

/**
 * Compares the files of tables with those before their rows came. A table of one slice was emptied by that slice, and has
 * another file for that.
 * @throws {AnonymizeError} ANON_TARGET_CHANGED
 */
export async function refuseEmptied(
  connect: Connect,
  { before, plan, copied }: { readonly before: TableFiles; readonly plan: Plan; readonly copied: Copied },
): Promise<void> {
  const now = await tableFiles(connect, [...before.values()]);
  for (const [number, { into }] of plan.tables.entries()) {
    const [was, is] = [before.get(tableKey(into)), now.get(tableKey(into))];
    if (!was || copied.rowsOf(number) === 0) continue; // routed by its root, or nothing came
    const isOther = copied.slicesOf(number) > 1 && is?.node !== was.node;
    if (!is || is.bytes === 0 || isOther)
      throw new AnonymizeError('ANON_TARGET_CHANGED', { place: displayName(into.schema, into.name) });
  }
}
