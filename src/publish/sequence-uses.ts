// Reads which columns take their values from sequences, and where those sequences stand.

import type { ClientBase } from 'pg';
import { displayName, quoteName, quoteTable } from '../pg/identifiers.ts';
import { type TargetTable, tableArrays } from './target-session.ts';

/** A column that takes its values from a sequence: identity, serial, or a default that calls nextval. */
export interface SequenceUse {
  /** Its sequence. */
  readonly schema: string;
  readonly name: string;
  readonly increment: string;
  readonly minimum: string;
  readonly maximum: string;
  readonly start: string;
  /** The role may read the sequence. */
  readonly isReadable: boolean;
  readonly tableSchema: string;
  readonly table: string;
  readonly column: string;
  readonly isPartitioned: boolean;
  /** The table is one of the planned ones, or a partitioned one above them. */
  readonly isPlanned: boolean;
  /** An integer (or numeric) column that row security does not hide from the role. */
  readonly isCountable: boolean;
}

/**
 * Every column of the database that has a sequence. A partition is left out where its parent has the same sequence: the
 * parent's column holds its values too.
 */
const SEQUENCE_USES = `
with planned as (
  select t.oid
  from unnest($1::text[], $2::text[]) as wanted (schema, name)
  join pg_catalog.pg_namespace n on n.nspname = wanted.schema
  join pg_catalog.pg_class t on t.relnamespace = n.oid and t.relname = wanted.name
),
tree as (
  select oid from planned
  union select a.relid::oid from planned cross join pg_catalog.pg_partition_ancestors(planned.oid) a
),
uses as (
  select s.oid as sequence, d.refobjid as relation, d.refobjsubid::int as number
  from pg_catalog.pg_depend d
  join pg_catalog.pg_class s on s.oid = d.objid and s.relkind = 'S'
  where d.classid = 'pg_catalog.pg_class'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
    and d.deptype in ('a', 'i') and d.refobjsubid > 0
  union
  select s.oid, e.adrelid, e.adnum
  from pg_catalog.pg_attrdef e
  join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_attrdef'::regclass and d.objid = e.oid
  join pg_catalog.pg_class s on s.oid = d.refobjid and s.relkind = 'S'
  where d.refclassid = 'pg_catalog.pg_class'::regclass
)
select sn.nspname as schema, s.relname as name, q.seqincrement::text as increment, q.seqmin::text as minimum,
  q.seqmax::text as maximum, q.seqstart::text as start,
  pg_catalog.has_schema_privilege(sn.oid, 'usage') and pg_catalog.has_sequence_privilege(s.oid, 'select') as "isReadable",
  tn.nspname as "tableSchema", t.relname as "table", a.attname as "column", t.relkind = 'p' as "isPartitioned",
  t.oid in (select oid from tree) as "isPlanned",
  coalesce(nullif(y.typbasetype, 0), y.oid) in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype)
    and not pg_catalog.row_security_active(t.oid) as "isCountable"
from uses u
join pg_catalog.pg_class s on s.oid = u.sequence
join pg_catalog.pg_namespace sn on sn.oid = s.relnamespace
join pg_catalog.pg_sequence q on q.seqrelid = s.oid
join pg_catalog.pg_class t on t.oid = u.relation and t.relkind in ('r', 'p')
join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace
join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum = u.number
join pg_catalog.pg_type y on y.oid = a.atttypid
where not exists (
  select from pg_catalog.pg_partition_ancestors(t.oid) above join uses p on p.relation = above.relid
  where above.relid <> t.oid and p.sequence = u.sequence)
order by 1, 2, 8, 9, 10`;

/** Where a sequence stands; not called means that `value` itself comes next. */
export interface Position {
  readonly value: bigint;
  readonly isCalled: boolean;
}

/** Names a sequence, in its database. */
export const sequenceKey = ({ schema, name }: SequenceUse): string => displayName(schema, name);
/** Names a column, in source and target alike. */
export const columnKey = ({ tableSchema, table, column }: SequenceUse): string =>
  displayName(tableSchema, table, column);

/** Reads every column of the database that has a sequence, and whether it is one of the planned `tables`. */
export async function readUses(client: ClientBase, tables: readonly TargetTable[]): Promise<readonly SequenceUse[]> {
  return (await client.query<SequenceUse>(SEQUENCE_USES, tableArrays(tables))).rows;
}

/** Where the sequences of `uses` stand, by sequenceKey; without those that the role may not read. */
export async function readPositions(
  client: ClientBase,
  uses: readonly SequenceUse[],
): Promise<ReadonlyMap<string, Position>> {
  const readable = [...new Map(uses.filter(use => use.isReadable).map(use => [sequenceKey(use), use])).entries()];
  if (readable.length === 0) return new Map();
  const parts = readable.map(
    ([, use], n) => `select ${n} as n, last_value::text as value, is_called as called from ${quoteTable(use)}`,
  );
  const { rows } = await client.query<{ n: number; value: string; called: boolean }>(parts.join(' union all '));
  const found = new Map(rows.map(row => [row.n, { value: BigInt(row.value), isCalled: row.called }]));
  return new Map(
    readable.flatMap(([key], n) => {
      const position = found.get(n);
      return position ? [[key, position]] : [];
    }),
  );
}

/** The largest loaded value (the smallest, where a sequence counts down) that the sequence can hold, by columnKey. */
export async function readLoaded(
  client: ClientBase,
  uses: readonly SequenceUse[],
): Promise<ReadonlyMap<string, Position>> {
  const countable = uses.filter(use => use.isPlanned && use.isCountable);
  if (countable.length === 0) return new Map();
  const parts = countable.map((use, n) => {
    const column = quoteName(use.column);
    const table = `${use.isPartitioned ? '' : 'only '}${quoteTable({ schema: use.tableSchema, name: use.table })}`;
    const extreme = isDescending(use) ? `ceil(min(${column})::numeric)` : `floor(max(${column})::numeric)`;
    return `select ${n} as n, (select ${extreme}::text from ${table} where ${column} between '${use.minimum}'::bigint and '${use.maximum}'::bigint) as value`;
  });
  const { rows } = await client.query<{ n: number; value: string | null }>(parts.join(' union all '));
  return new Map(
    rows.flatMap(({ n, value }) => {
      const use = countable[n];
      return use && value !== null ? [[columnKey(use), { value: BigInt(value), isCalled: true }]] : [];
    }),
  );
}

/** Whether the sequence counts down. */
export const isDescending = (use: SequenceUse): boolean => use.increment.startsWith('-');
