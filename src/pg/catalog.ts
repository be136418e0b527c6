// Reads the catalogue of a database in one message, whatever the number of tables.

import type { ClientBase, QueryResult } from 'pg';
import type { Catalog, CatalogTable, CatalogType } from './catalog-types.ts';

const VERSION = `select current_setting('server_version_num') as number`;

/**
 * Schemas that are PostgreSQL's or ours, and tables of extensions, are left out. The least OID of what is left spares the server most
 * of what PostgreSQL itself has, which came first.
 */
const TABLES = `
with tables as (
  select c.oid, n.nspname, c.relname, c.relkind, c.relispartition, c.relpages, c.reltuples, c.relowner, c.relnamespace, c.relfilenode,
         c.relam
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'f', 'v', 'm')
    and c.relpersistence <> 't'
    and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'pgveil')
    and not exists (select from pg_catalog.pg_depend d
                    where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
),
columns as (
  select a.attrelid,
    json_agg(json_build_object(
      'name', a.attname, 'typeName', pg_catalog.format_type(a.atttypid, a.atttypmod), 'type', a.atttypid::bigint,
      'typeModifier', case when t.typtype = 'd' then t.typtypmod else a.atttypmod end,
      'notNull', a.attnotnull or t.typnotnull, 'isGenerated', a.attgenerated <> '', 'hasDefault', a.atthasdef,
      'isIdentity', a.attidentity <> '',
      'isReadable', pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'select')) order by a.attnum) as list
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_type t on t.oid = a.atttypid
  where a.attnum > 0 and not a.attisdropped and a.attrelid >= (select min(oid) from tables)
    and a.attrelid in (select oid from tables)
  group by a.attrelid
),
foreign_keys as (
  select k.conrelid,
    json_agg(json_build_object(
      'name', k.conname,
      'columns', (select json_agg(a.attname order by u.position) from unnest(k.conkey) with ordinality u (number, position)
                  join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.number),
      'referenced', json_build_object('schema', n.nspname, 'name', r.relname),
      'referencedColumns', (select json_agg(a.attname order by u.position) from unnest(k.confkey) with ordinality u (number, position)
                  join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.number),
      -- of a PERIOD, every row of the key that overlaps counts
      'operators', (select json_agg(
                      case when (to_jsonb(k) ->> 'conperiod')::bool and u.position = pg_catalog.cardinality(k.conkey)
                           then 'operator(pg_catalog.&&)' else pg_catalog.format('operator(%I.%s)', s.nspname, o.oprname) end
                      order by u.position)
                  from unnest(k.conpfeqop) with ordinality u (number, position)
                  join pg_catalog.pg_operator o on o.oid = u.number
                  join pg_catalog.pg_namespace s on s.oid = o.oprnamespace)) order by k.conname) as list
  from pg_catalog.pg_constraint k
  join pg_catalog.pg_class r on r.oid = k.confrelid
  join pg_catalog.pg_namespace n on n.oid = r.relnamespace
  where k.contype = 'f' and k.conrelid in (select oid from tables)
    -- a key on a partitioned table is repeated for every partition of the referenced one: only what users wrote
    and (k.conparentid = 0 or (select p.conrelid from pg_catalog.pg_constraint p where p.oid = k.conparentid) <> k.conrelid)
  group by k.conrelid
),
unique_indexes as (
  select i.indrelid,
    json_agg(json_build_object(
      'name', c.relname, 'isPartial', i.indpred is not null, 'isPrimary', i.indisprimary,
      'hasDistinctNulls', coalesce(not (to_jsonb(i) ->> 'indnullsnotdistinct')::bool, true),
      'columns', (select json_agg(a.attname order by u.position)
                  from unnest(i.indkey::int2[]) with ordinality u (number, position)
                  left join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = u.number and u.number > 0
                  where u.position <= i.indnkeyatts)) order by c.relname) as list
  from pg_catalog.pg_index i
  join pg_catalog.pg_class c on c.oid = i.indexrelid
  where i.indisunique and i.indrelid >= (select min(oid) from tables) and i.indrelid in (select oid from tables)
  group by i.indrelid
)
select t.oid::bigint::text as oid, t.nspname as schema, t.relname as name, t.relkind as relkind, t.relispartition as "isPartition",
  (select json_build_object('schema', n.nspname, 'name', p.relname)
   from pg_catalog.pg_inherits h
   join pg_catalog.pg_class p on p.oid = h.inhparent
   join pg_catalog.pg_namespace n on n.oid = p.relnamespace
   where h.inhrelid = t.oid and t.relispartition) as parent,
  coalesce((select json_agg(a.attname order by u.position)
   from pg_catalog.pg_partitioned_table p
   cross join unnest(p.partattrs::int2[]) with ordinality u (number, position)
   left join pg_catalog.pg_attribute a on a.attrelid = p.partrelid and a.attnum = u.number and u.number > 0
   where p.partrelid = t.oid), '[]') as "partitionKey",
  (t.relkind = 'r' and (select m.amname = 'heap' from pg_catalog.pg_am m where m.oid = t.relam)) as "isHeap",
  pg_catalog.pg_has_role(t.relowner, 'usage') as "isOwned",
  pg_catalog.row_security_active(t.oid) as "hasRowSecurity",
  pg_catalog.has_schema_privilege(t.relnamespace, 'usage') as "isSchemaUsable",
  pg_catalog.has_schema_privilege(t.relnamespace, 'create') as "isSchemaOpen", t.relfilenode::bigint::float8 as "fileNode",
  case when t.relkind = 'r' then (pg_catalog.pg_relation_size(t.oid) / current_setting('block_size')::bigint)::int else 0 end as pages,
  greatest(t.reltuples, -1)::float8 as rows,
  case when t.relkind = 'r' then pg_catalog.pg_table_size(t.oid)::float8 else 0 end as bytes,
  coalesce(c.list, '[]') as columns, coalesce(f.list, '[]') as "foreignKeys", coalesce(u.list, '[]') as "uniqueIndexes"
from tables t
left join columns c on c.attrelid = t.oid
left join foreign_keys f on f.conrelid = t.oid
left join unique_indexes u on u.indrelid = t.oid
order by t.nspname, t.relname`;

/** Types that columns use, and the types that those are made of. */
const TYPES = `
with recursive tables as (
  select c.oid
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'f', 'v', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
),
used (oid) as (
  select distinct a.atttypid
  from pg_catalog.pg_attribute a
  where a.attnum > 0 and not a.attisdropped and a.attrelid >= (select min(oid) from tables)
    and a.attrelid in (select oid from tables)
  union
  select part.oid
  from used
  join pg_catalog.pg_type t on t.oid = used.oid
  cross join lateral (
    select t.typelem where t.typelem <> 0 and t.typcategory = 'A'
    union all select t.typbasetype where t.typbasetype <> 0
    union all select r.rngsubtype from pg_catalog.pg_range r where r.rngtypid = t.oid
    union all select a.atttypid from pg_catalog.pg_attribute a
              where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
  ) part (oid)
)
select t.oid::bigint::text as oid, t.typname as typname,
  case t.typtype when 'b' then 'base' when 'c' then 'composite' when 'd' then 'domain' when 'e' then 'enum'
    when 'r' then 'range' when 'm' then 'multirange' else 'pseudo' end as kind,
  t.typsend <> 0 and t.typreceive <> 0 as "hasBinary",
  case when t.typelem <> 0 and t.typcategory = 'A' then t.typelem::bigint::float8 end as element,
  coalesce(nullif(t.typbasetype, 0)::bigint::float8,
    (select r.rngsubtype::bigint::float8 from pg_catalog.pg_range r where r.rngtypid = t.oid)) as base,
  coalesce((select json_agg(a.atttypid::bigint order by a.attnum) from pg_catalog.pg_attribute a
    where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped), '[]') as attributes,
  coalesce((select json_agg(e.enumlabel order by e.enumsortorder) from pg_catalog.pg_enum e where e.enumtypid = t.oid), '[]') as labels
from used join pg_catalog.pg_type t on t.oid = used.oid`;

type Answers = readonly [
  QueryResult<{ number: string }>,
  QueryResult<Omit<CatalogTable, 'oid'> & { oid: string }>,
  QueryResult<Omit<CatalogType, 'oid'> & { oid: string }>,
];

/** Reads tables, columns, keys and types as they are in the session's snapshot. */
export async function readCatalog(client: ClientBase): Promise<Catalog> {
  const answers: unknown = await client.query([VERSION, TABLES, TYPES].join(';\n')); // one for each
  const [version, tables, types] = answers as Answers;
  return {
    major: Math.floor(Number(version.rows[0]?.number) / 10_000),
    tables: tables.rows.map(row => ({ ...row, oid: Number(row.oid) })),
    types: new Map(types.rows.map(row => [Number(row.oid), { ...row, oid: Number(row.oid) }])),
  };
}
