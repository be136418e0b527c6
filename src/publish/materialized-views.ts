// Materialised views over the planned tables still hold what was there before: they are filled anew, each after those that
// it reads.

import type { ClientBase } from 'pg';
import { databaseError } from '../pg/errors.ts';
import { displayName, quoteTable } from '../pg/identifiers.ts';
import { type Connect, type TargetTable, tableArrays } from './target-session.ts';

/**
 * Populated materialised views that read a planned table, in whatever number of steps, in the order of their dependence.
 * Nobody can look into a function, so one that users wrote counts as reading every table.
 */
const STALE_VIEWS = `
with recursive planned as (
  select t.oid
  from unnest($1::text[], $2::text[]) as wanted (schema, name)
  join pg_catalog.pg_namespace n on n.nspname = wanted.schema
  join pg_catalog.pg_class t on t.relnamespace = n.oid and t.relname = wanted.name
),
parents as (
  select oid from planned
  union
  select h.inhparent from parents p join pg_catalog.pg_inherits h on h.inhrelid = p.oid
),
reads as (
  select distinct r.ev_class as reader, d.refobjid as source, d.refclassid = 'pg_catalog.pg_proc'::regclass as by_function
  from pg_catalog.pg_rewrite r
  join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::regclass and d.objid = r.oid
  where d.refobjid <> r.ev_class
    and (d.refclassid = 'pg_catalog.pg_class'::regclass
         or (d.refclassid = 'pg_catalog.pg_proc'::regclass
             and not exists (select from pg_catalog.pg_depend e
                             where e.classid = 'pg_catalog.pg_proc'::regclass and e.objid = d.refobjid and e.deptype = 'e')))
),
unfilled as (
  select v.oid
  from unnest($3::text[], $4::text[]) as wanted (schema, name)
  join pg_catalog.pg_namespace n on n.nspname = wanted.schema
  join pg_catalog.pg_class v on v.relnamespace = n.oid and v.relname = wanted.name and v.relkind = 'm'
),
stale as (
  select reader as oid, 1 as level from reads where by_function or source in (select oid from parents)
  union
  select oid, 1 from unfilled
  union
  select r.reader, s.level + 1 from stale s join reads r on r.source = s.oid and not r.by_function
)
select n.nspname as schema, v.relname as name
from stale
join pg_catalog.pg_class v on v.oid = stale.oid
join pg_catalog.pg_namespace n on n.oid = v.relnamespace
where v.relkind = 'm' and (v.relispopulated or v.oid in (select oid from unfilled))
group by n.nspname, v.relname
order by max(stale.level), 1, 2`;

// As in restore-batch.ts: names in a view are resolved already; functions that it calls rely on the database's own path.
const SETTINGS = 'set local search_path to default; set local statement_timeout = 0';

export interface RefreshOptions {
  readonly tables: readonly TargetTable[];
  /** Views that hold nothing yet, to be filled too. */
  readonly unfilled?: readonly TargetTable[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

const POPULATED_VIEWS = `
select n.nspname as schema, c.relname as name
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'm' and c.relispopulated
order by 1, 2`;

/** The materialised views of a database that hold rows. */
export async function populatedViews(client: ClientBase): Promise<readonly TargetTable[]> {
  return (await client.query<TargetTable>(POPULATED_VIEWS)).rows;
}

/** Refreshes the materialised views that read a planned table. @returns them, in the order of the refresh */
export async function refreshMaterializedViews(
  connect: Connect,
  { tables, unfilled = [], signal }: RefreshOptions,
): Promise<readonly TargetTable[]> {
  const place = 'the materialised views';
  const wanted = [...tableArrays(tables), ...tableArrays(unfilled)];
  const views = await connect(client => client.query<TargetTable>(STALE_VIEWS, wanted)).catch((error: unknown) => {
    throw databaseError(error, { side: 'target', place });
  });
  for (const view of views.rows) {
    signal?.throwIfAborted();
    await connect(client => refresh(client, view));
  }
  return views.rows;
}

async function refresh(client: ClientBase, view: TargetTable): Promise<void> {
  try {
    await client.query(`begin; ${SETTINGS}; refresh materialized view ${quoteTable(view)}; commit`);
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw databaseError(error, { side: 'target', place: displayName(view.schema, view.name) });
  }
}
