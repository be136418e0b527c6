// After a failure, an interruption or a kill: the tables that were being loaded are emptied again, so that none looks
// complete, and everything that was put aside comes back.

import type { AnonymizeError } from '../errors.ts';
import { dropStructure } from './built-structure.ts';
import { isDiskFull, makeRoom } from './make-room.ts';
import { putAsideIn } from './put-aside.ts';
import { type RestoreOptions, restore } from './restore.ts';
import { type Connect, inTransaction, oneStatement, type TargetTable } from './target-session.ts';

const LEFTOVERS = `
select run from pgveil.put_aside where restored_at is null group by run order by run`;

/** Runs that left something undone: definitions that are not back, or tables that are not complete. */
export async function leftovers(connect: Connect): Promise<readonly string[]> {
  const found = await oneStatement<{ run: string }>(connect, 'pgveil.put_aside', LEFTOVERS);
  return found.rows.map(row => row.run);
}

const INCOMPLETE = `
select schema_name as schema, table_name as name
from pgveil.put_aside
where run = $1 and kind = 'rows' and restored_at is null
  and to_regclass(format('%I.%I', schema_name, table_name)) is not null
group by schema_name, table_name
order by min(position)`;

/**
 * Empties the tables that `run` emptied and did not complete, and brings back what it put aside. The tables are known from
 * the ledger, so that any later session can do it. Foreign keys that came back already leave once more, or TRUNCATE would
 * be refused. A run that built the structure loses that, too; one that put nothing aside changes nothing.
 * @returns what could not come back as it was, such as a foreign key of a table that is not planned, whose rows stay
 */
export async function abandon(connect: Connect, options: RestoreOptions): Promise<readonly AnonymizeError[]> {
  const begin = () => emptyAgain(connect, options.run);
  await begin().catch(async (cause: unknown) => {
    if (!isDiskFull(cause)) throw cause;
    await makeRoom(connect, await incomplete(connect, options.run));
    await begin();
  });
  const problems = await restore(connect, options);
  await markComplete(connect, options.run);
  return problems;
}

async function emptyAgain(connect: Connect, run: string): Promise<void> {
  await dropStructure(connect, run);
  await inTransaction(connect, 'the planned tables', async client => {
    const { rows } = await client.query<TargetTable>(INCOMPLETE, [run]);
    if (rows.length > 0) await putAsideIn(client, run, rows);
  });
}

async function incomplete(connect: Connect, run: string): Promise<readonly TargetTable[]> {
  const found = await oneStatement<TargetTable>(connect, 'pgveil.put_aside', INCOMPLETE, [run]);
  return found.rows;
}

const MARK_COMPLETE = `
update pgveil.put_aside set restored_at = clock_timestamp() where run = $1 and kind = 'rows' and restored_at is null`;

/** Notes that the tables which a run emptied are what they are meant to be: loaded, or empty again. */
export async function markComplete(connect: Connect, run: string): Promise<void> {
  await oneStatement(connect, 'pgveil.put_aside', MARK_COMPLETE, [run]);
}
