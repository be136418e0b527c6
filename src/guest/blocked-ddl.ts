// Who waits on the source for a lock that the run is in the way of. The run holds ACCESS SHARE, which only ACCESS EXCLUSIVE
// waits for: ALTER TABLE, DROP, TRUNCATE, VACUUM FULL. While one of those waits, everybody after it waits too.

import type { ClientBase } from 'pg';
import { quoteLiteral, type TableName } from '../pg/identifiers.ts';
import { tableKey } from '../pg/table-key.ts';
import { holderName } from '../resume/holder-messages.ts';

/** A table, by its key, and how many wait. */
export type WaitingDdl = ReadonlyMap<string, number>;

/** Functions see what is true now, also in the transaction of the snapshot; but for pg_stat_activity, which it remembers. */
const FORGET = 'select pg_catalog.pg_stat_clear_snapshot()';

/** An index is its table's. */
const waiting = (run: string): string => `
with waiting as materialized (
  select relation, pid from pg_catalog.pg_locks
  where locktype = 'relation' and mode = 'AccessExclusiveLock' and not granted
    and database = (select oid from pg_catalog.pg_database where datname = current_database())
)
select n.nspname as schema, t.relname as name, count(distinct w.pid)::int as sessions
from waiting w
left join pg_catalog.pg_index i on i.indexrelid = w.relation
join pg_catalog.pg_class t on t.oid = coalesce(i.indrelid, w.relation)
join pg_catalog.pg_namespace n on n.oid = t.relnamespace
where pg_catalog.pg_blocking_pids(w.pid) && array(
  select pid from pg_catalog.pg_stat_activity where starts_with(application_name, ${quoteLiteral(`anonymize/${run}/`)}))
group by 1, 2`;

interface Waiting extends TableName {
  readonly sessions: number;
}

/** Finds who waits for a session of this run. */
export async function findWaitingDdl(source: ClientBase, run: string): Promise<WaitingDdl> {
  await source.query(FORGET);
  const { rows } = await source.query<Waiting>(waiting(run));
  return new Map(rows.map(row => [tableKey(row), row.sessions]));
}

const EXCLUSIVE = `
select n.nspname as schema, t.relname as name
from pg_catalog.pg_locks l
join pg_catalog.pg_class t on t.oid = l.relation
join pg_catalog.pg_namespace n on n.oid = t.relnamespace
where l.locktype = 'relation' and l.mode = 'AccessExclusiveLock'
  and l.database = (select oid from pg_catalog.pg_database where datname = current_database())`;

/** Tables, by their keys, that somebody has or waits for to change. */
export async function findExclusive(source: ClientBase): Promise<ReadonlySet<string>> {
  const { rows } = await source.query<TableName>(EXCLUSIVE);
  return new Set(rows.map(row => tableKey(row)));
}

/** Of the sessions of a run, the one that keeps its snapshot for a later attempt; it holds the same locks. */
const endSql = (run: string): string => `
select count(pg_catalog.pg_terminate_backend(pid))::int as ended from pg_catalog.pg_stat_activity
where datname = current_database() and usename = current_user
  and starts_with(application_name, ${quoteLiteral(holderName(run))})`;

/** Ends what would hold on to the locks that the run gives up. @returns whether there was anything */
export async function endHolder(source: ClientBase, run: string): Promise<boolean> {
  await source.query(FORGET);
  const { rows } = await source.query<{ ended: number }>(endSql(run));
  return (rows[0]?.ended ?? 0) > 0;
}
