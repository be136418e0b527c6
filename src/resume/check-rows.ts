// Before a run goes on: the rows that the ledger counts are in the target. The ledger is right about every commit, but a table
// may have been emptied since: by somebody, or, where it is unlogged, by the server itself when it recovered from a crash.

import type { ClientBase } from 'pg';
import { AnonymizeError } from '../errors.ts';
import { displayName, quoteTable } from '../pg/identifiers.ts';
import { tableKey } from '../pg/table-key.ts';
import type { Plan, PlannedTable } from '../plan/plan-types.ts';
import { type Connect, inTransaction, type TargetTable } from '../publish/target-session.ts';
import type { EarlierRun, SlicesDone } from './take-up.ts';

const IS_REBUILDING = `select from pgveil.put_aside where run = $1 and restored_at is not null limit 1`;
const FORGET_SLICES = 'delete from pgveil.slice where run = $1 and schema_name = $2 and table_name = $3';

/** A table of the target, the planned tables that its rows come from, and how many it should have by now. */
interface Filled {
  readonly into: TargetTable;
  readonly from: readonly PlannedTable[];
  readonly rows: number;
}

/**
 * @returns what is still there of what the ledger has; the slices of an unlogged table that lost rows are to be copied again
 * @throws {AnonymizeError} ANON_RESUME_ROWS
 */
export async function checkRows(
  connect: Connect,
  { run, done }: Pick<EarlierRun, 'run' | 'done'>,
  { tables }: Plan,
): Promise<SlicesDone> {
  const left = new Map(done);
  for (const from of Map.groupBy(tables, ({ into }) => tableKey(into)).values()) {
    const filled = { into: from[0]!.into, from, rows: rowsOf(done, from) }; // a group has one at least
    if (filled.rows === 0 || (await hasThem(connect, filled))) continue;
    if (!(await mayStartAgain(connect, run, filled.into))) {
      const { schema, name } = filled.into;
      throw new AnonymizeError('ANON_RESUME_ROWS', { run, place: displayName(schema, name) });
    }
    await startAgain(connect, run, filled);
    for (const table of from) left.delete(tableKey(table));
  }
  return left;
}

const rowsOf = (done: SlicesDone, tables: readonly PlannedTable[]): number =>
  tables.flatMap(table => [...(done.get(tableKey(table))?.values() ?? [])]).reduce((sum, { rows }) => sum + rows, 0);

/** A logged table has all of them or, emptied, none; of an unlogged one some may have come after the crash. */
async function hasThem(connect: Connect, { into, rows: expected }: Filled): Promise<boolean> {
  const table = quoteTable(into);
  if (!(await isUnlogged(connect, into))) return (await query(connect, `select from ${table} limit 1`)).length > 0;
  const [found] = await query<{ rows: number }>(connect, `select count(*)::float8 as rows from ${table}`);
  return found?.rows === expected;
}

const KIND = `
select relkind = 'r' and relpersistence = 'u' as "isUnlogged"
from pg_catalog.pg_class where oid = pg_catalog.to_regclass(pg_catalog.format('%I.%I', $1::text, $2::text))`;

async function isUnlogged(connect: Connect, { schema, name }: TargetTable): Promise<boolean> {
  return (await query<{ isUnlogged: boolean }>(connect, KIND, [schema, name]))[0]?.isUnlogged === true;
}

/** Once something is back that reacts to rows, a table is not simply loaded again. */
async function mayStartAgain(connect: Connect, run: string, into: TargetTable): Promise<boolean> {
  return (await isUnlogged(connect, into)) && (await query(connect, IS_REBUILDING, [run])).length === 0;
}

async function startAgain(connect: Connect, run: string, { into, from }: Filled): Promise<void> {
  await inTransaction(connect, displayName(into.schema, into.name), async client => {
    await client.query(`truncate only ${quoteTable(into)}`);
    for (const { schema, name } of from) await client.query(FORGET_SLICES, [run, schema, name]);
  });
}

async function query<Row extends object>(
  connect: Connect,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const { rows } = await connect((client: ClientBase) => client.query<Row>(sql, [...values]));
  return rows;
}
