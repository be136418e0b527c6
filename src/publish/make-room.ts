// Undoing on a disk that is full. Emptying a table gives its space back only when that commits, and takes some before: a page
// for each of its indexes, and for what the ledger notes. So the ledger keeps a reserve, and tables are emptied one by one.

import { AnonymizeError } from '../errors.ts';
import { quoteTable } from '../pg/identifiers.ts';
import { type Connect, oneStatement, type TargetTable, tableArrays } from './target-session.ts';

/** 256 KB, in rows that are too small to be compressed. What it holds is never read. */
export const CREATE_RESERVE = `
create table if not exists pgveil.reserve as
select repeat('x', 1900) as filler from pg_catalog.generate_series(1, 128)`;

const DROP_RESERVE = 'drop table if exists pgveil.reserve';

const LARGEST_FIRST = `
select wanted.schema, wanted.name
from unnest($1::text[], $2::text[]) as wanted (schema, name)
order by pg_catalog.pg_total_relation_size(format('%I.%I', wanted.schema, wanted.name)::regclass) desc`;

/** Whether the disk of a database is full. */
export const isDiskFull = (cause: unknown): boolean =>
  cause instanceof AnonymizeError && cause.code === 'ANON_DISK_FULL';

/** Gives the reserve back to the disk, then the space of these tables. What cannot be had this way is left to who comes after. */
export async function makeRoom(connect: Connect, tables: readonly TargetTable[]): Promise<void> {
  await asFarAsPossible(connect, DROP_RESERVE);
  const { rows } = await oneStatement<TargetTable>(connect, 'the planned tables', LARGEST_FIRST, tableArrays(tables));
  for (const table of rows) await asFarAsPossible(connect, `truncate only ${quoteTable(table)}`);
}

/** A foreign key that is back already, a right that is missing, or no room even for this. */
async function asFarAsPossible(connect: Connect, sql: string): Promise<void> {
  await oneStatement(connect, 'the planned tables', sql).catch((cause: unknown) => {
    if (!(cause instanceof AnonymizeError) || !PASSED_OVER.has(cause.code)) throw cause;
  });
}

const PASSED_OVER: ReadonlySet<string> = new Set(['ANON_DATABASE', 'ANON_PRIVILEGE', 'ANON_DISK_FULL']);
