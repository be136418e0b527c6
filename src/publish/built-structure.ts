// What the ledger holds about a structure that a run builds: when all rows are in it; and in a target that was empty, that it is
// the run's. Should that not finish, the target is emptied again, by the run itself or, after a kill, by the next one.

import type { ClientBase } from 'pg';
import { tableKey } from '../pg/table-key.ts';
import { type Connect, inTransaction, oneStatement, type TargetTable, tableArrays } from './target-session.ts';
import { displayTables, dropUserObjects, notEmpty, readUserSchemas, tablesWithRows } from './user-objects.ts';

/** One row says that the structure is the run's; `name` is empty, or a schema that was there before. */
const MARK = `
insert into pgveil.put_aside (run, position, kind, schema_name, table_name, name, restore_sql)
select $1, row_number() over (), 'structure', '', '', name, '' from unnest($2::text[]) as kept (name)`;

/** The tables that the run will fill; whatever else holds rows later is somebody else's. */
const MARK_TABLES = `
insert into pgveil.put_aside (run, position, kind, schema_name, table_name, name, restore_sql)
select $1, (select max(position) from pgveil.put_aside where run = $1) + row_number() over (), 'rows', schema, name, name, ''
from unnest($2::text[], $3::text[]) as filled (schema, name)`;

/** Notes, before anything is built, that all that will be there is the run's. */
export async function markStructure(connect: Connect, run: string, tables: readonly TargetTable[]): Promise<void> {
  await inTransaction(connect, 'pgveil.put_aside', async client => {
    await client.query(MARK, [run, ['', ...(await readUserSchemas(client))]]);
    await client.query(MARK_TABLES, [run, ...tableArrays(tables)]);
  });
}

/** Nothing is to be brought back, so it is back from the start: what reacts to rows may be there from now on. */
const MARK_LOADED = `
insert into pgveil.put_aside (run, position, kind, schema_name, table_name, name, restore_sql, restored_at)
select $1, (select coalesce(max(position), 0) + 1 from pgveil.put_aside where run = $1), 'loaded', '', '', '', '', clock_timestamp()`;

/** Notes that all rows are there: a run that goes on loads none, and goes on with what follows them. */
export async function markLoaded(connect: Connect, run: string): Promise<void> {
  await oneStatement(connect, 'pgveil.put_aside', MARK_LOADED, [run]);
}

const PENDING = `select name from pgveil.put_aside where run = $1 and kind = 'structure' and restored_at is null`;
const FILLED = `select schema_name as schema, table_name as name from pgveil.put_aside where run = $1 and kind = 'rows'`;
const DONE = `
update pgveil.put_aside set restored_at = clock_timestamp()
where run = $1 and kind in ('structure', 'rows') and restored_at is null`;

/**
 * Drops the structure that a run has built and not finished; does nothing for any other run.
 * @throws {AnonymizeError} ANON_TARGET_NOT_EMPTY when a table holds rows that the run has not loaded
 */
export async function dropStructure(connect: Connect, run: string): Promise<void> {
  const kept = await oneStatement<{ name: string }>(connect, 'pgveil.put_aside', PENDING, [run]);
  if (kept.rows.length === 0) return;
  const foreign = await inTransaction(connect, 'pgveil.put_aside', client => foreignRows(client, run));
  if (foreign.length > 0) throw notEmpty(displayTables(foreign));
  await dropUserObjects(
    connect,
    kept.rows.map(({ name }) => name),
  );
  await finishStructure(connect, run);
}

/** Tables that hold rows although the run was not to fill them. */
async function foreignRows(client: ClientBase, run: string): Promise<readonly TargetTable[]> {
  const filled = await client.query<TargetTable>(FILLED, [run]);
  const own = new Set(filled.rows.map(tableKey));
  return (await tablesWithRows(client)).filter(table => !own.has(tableKey(table)));
}

/** Notes that the structure is what it is meant to be: whole, or gone. */
export async function finishStructure(connect: Connect, run: string): Promise<void> {
  await oneStatement(connect, 'pgveil.put_aside', DONE, [run]);
}
