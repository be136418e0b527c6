// Statistics for the planner, after the load: without them the first queries on the target would be planned blindly.

import type { ClientBase } from 'pg';
import { databaseError } from '../pg/errors.ts';
import { quoteTable } from '../pg/identifiers.ts';
import { type Connect, type TargetTable, tableArrays } from './target-session.ts';
import { type WorkOptions, workThrough } from './work-through.ts';

/**
 * Tables to analyse, largest first. ANALYZE of a partitioned table goes through all its partitions, so where those are all
 * planned, it stands for them; else they are analysed alone.
 */
const TO_ANALYZE = `
with planned as (
  select t.oid
  from unnest($1::text[], $2::text[]) as wanted (schema, name)
  join pg_catalog.pg_namespace n on n.nspname = wanted.schema
  join pg_catalog.pg_class t on t.relnamespace = n.oid and t.relname = wanted.name
),
whole as (
  select distinct pg_catalog.pg_partition_root(p.oid)::oid as oid
  from planned p
  where pg_catalog.pg_partition_root(p.oid) is not null
    and not exists (select from pg_catalog.pg_partition_tree(pg_catalog.pg_partition_root(p.oid)) leaf
                    where leaf.isleaf and leaf.relid::oid not in (select oid from planned))
),
tops as (
  select oid from whole
  union
  select oid from planned where coalesce(pg_catalog.pg_partition_root(oid)::oid, 0) not in (select oid from whole)
)
select n.nspname as schema, t.relname as name, sized.bytes::float8 as bytes
from tops
join pg_catalog.pg_class t on t.oid = tops.oid
join pg_catalog.pg_namespace n on n.oid = t.relnamespace
cross join lateral (
  select case t.relkind
    when 'p' then (select coalesce(sum(pg_catalog.pg_table_size(leaf.relid)), 0) from pg_catalog.pg_partition_tree(t.oid) leaf)
    else pg_catalog.pg_table_size(t.oid) end as bytes
) sized
order by bytes desc, 1, 2`;

interface SizedTable extends TargetTable {
  readonly bytes: number;
}

// ANALYZE reads a sample, so a table costs little more than its round trip; the large ones are spread over the sessions.
const LARGE_TABLE_BYTES = 4 * 1024 * 1024;
const BATCH_TABLES = 64;

/** Analyses the planned tables, over several sessions. */
export async function analyze(
  connect: Connect,
  { tables, ...options }: WorkOptions & { readonly tables: readonly TargetTable[] },
): Promise<void> {
  if (tables.length === 0) return;
  const work = (client: ClientBase, batch: readonly TargetTable[]) =>
    client.query(`analyze ${batch.map(quoteTable).join(', ')}`).then(() => {});
  try {
    const { rows } = await connect(client => client.query<SizedTable>(TO_ANALYZE, tableArrays(tables)));
    await workThrough(connect, batchesOf(rows), { ...options, work });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw databaseError(error, { side: 'target', place: 'ANALYZE' });
  }
}

function batchesOf(tables: readonly SizedTable[]): readonly (readonly TargetTable[])[] {
  const large = tables.filter(table => table.bytes >= LARGE_TABLE_BYTES);
  const small = tables.slice(large.length); // they are sorted
  const batches = Array.from({ length: Math.ceil(small.length / BATCH_TABLES) }, (_, n) =>
    small.slice(n * BATCH_TABLES, (n + 1) * BATCH_TABLES),
  );
  return [...large.map(table => [table]), ...batches];
}
