// Reads the indexes of the planned tables, with all that must be said to make each of them again.

import type { ClientBase } from 'pg';

/** An index and, where it has one, its primary key, unique or exclusion constraint. */
export interface TargetIndex {
  readonly oid: number;
  /** The partitioned index that it is attached to; 0 is none. */
  readonly parent: number;
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  /** It belongs to a partitioned table. */
  readonly isPartitioned: boolean;
  /** It may go: nothing else needs it, it is valid, and the role may make it again. */
  readonly isDroppable: boolean;
  readonly isClusterMark: boolean;
  readonly isReplicaIdentity: boolean;
  /** CREATE INDEX, fully qualified, without the tablespace. */
  readonly definition: string;
  readonly options: readonly string[] | null;
  readonly tablespace: string | null;
  /** Statistics targets of expressions, by the number of the index's column. */
  readonly statistics: readonly { readonly column: number; readonly target: number }[];
  readonly comment: string | null;
  readonly constraint: IndexConstraint | null;
}

export interface IndexConstraint {
  readonly type: 'primary key' | 'unique' | 'exclude';
  /** As after ADD CONSTRAINT, without storage options, except for exclusion constraints. */
  readonly definition: string;
  readonly isDeferrable: boolean;
  readonly isDeferred: boolean;
  /** It can be made from a unique index that was built before. */
  readonly takesIndex: boolean;
  readonly comment: string | null;
}

/**
 * Tables: the planned ones, and partitioned tables all of whose leaves are planned. Whether an index may go is read from
 * pg_depend: a view that relies on a primary key, a rule or function that names a constraint, or an extension that owns an
 * index keep it in place, as do a schema or tablespace where the role could not create it again, and an index that is not
 * valid. $2 are the foreign keys that go before; `conperiod` is new in PostgreSQL 18.
 */
const INDEXES = `
with ancestors as (
  select distinct a.relid as oid from unnest($1::oid[]) planned (oid) cross join pg_partition_ancestors(planned.oid) a
),
whole as (
  select distinct member.relid as oid from ancestors cross join pg_partition_tree(ancestors.oid) member
  where not exists (select from pg_partition_tree(ancestors.oid) leaf where leaf.isleaf and leaf.relid::oid <> all ($1))
),
tables as (
  select t.oid, t.relname, t.relkind, n.nspname, has_schema_privilege(n.oid, 'create') as may_create
  from pg_class t join pg_namespace n on n.oid = t.relnamespace
  where t.oid in (select oid from whole union select unnest($1::oid[]))
)
select x.oid, coalesce(h.inhparent, 0) as parent, t.nspname as schema, t.relname as "table", x.relname as name,
  t.relkind = 'p' as "isPartitioned", i.indisclustered as "isClusterMark", i.indisreplident as "isReplicaIdentity",
  pg_get_indexdef(x.oid) as definition, x.reloptions as options, s.spcname as tablespace,
  coalesce((select json_agg(json_build_object('column', a.attnum, 'target', a.attstattarget) order by a.attnum)
            from pg_attribute a where a.attrelid = x.oid and a.attstattarget >= 0), '[]') as statistics,
  obj_description(x.oid, 'pg_class') as comment,
  case when c.oid is not null then json_build_object(
    'type', case c.contype when 'p' then 'primary key' when 'u' then 'unique' else 'exclude' end,
    'definition', pg_get_constraintdef(c.oid), 'isDeferrable', c.condeferrable, 'isDeferred', c.condeferred,
    'takesIndex', t.relkind = 'r' and c.contype in ('p', 'u') and not coalesce((to_jsonb(c) ->> 'conperiod')::boolean, false),
    'comment', obj_description(c.oid, 'pg_constraint')) end as constraint,
  i.indisvalid and i.indisready and i.indislive and t.may_create
    and (x.reltablespace = 0 or has_tablespace_privilege(x.reltablespace, 'create'))
    and not exists (
      select from pg_depend d
      where ((d.refclassid = 'pg_class'::regclass and d.refobjid = x.oid)
          or (d.refclassid = 'pg_constraint'::regclass and d.refobjid = c.oid))
        and d.deptype not in ('i', 'P', 'S')
        and not (d.classid = 'pg_constraint'::regclass and d.objid = any ($2)))
    and not exists (
      select from pg_depend d
      where ((d.classid = 'pg_class'::regclass and d.objid = x.oid)
          or (d.classid = 'pg_constraint'::regclass and d.objid = c.oid))
        and d.refclassid = 'pg_extension'::regclass) as "isDroppable"
from tables t
join pg_index i on i.indrelid = t.oid
join pg_class x on x.oid = i.indexrelid
left join pg_inherits h on h.inhrelid = x.oid
left join pg_constraint c on c.conindid = x.oid and c.conrelid = t.oid and c.contype in ('p', 'u', 'x')
left join pg_tablespace s on s.oid = x.reltablespace
order by t.oid, x.oid`;

/**
 * Reads the indexes of `tables`. `search_path` must be empty, so that definitions are fully qualified.
 * @param foreignKeys OIDs of those that are put aside before
 */
export async function readIndexes(
  client: ClientBase,
  tables: readonly number[],
  foreignKeys: readonly number[],
): Promise<readonly TargetIndex[]> {
  return (await client.query<TargetIndex>(INDEXES, [tables, foreignKeys])).rows;
}
