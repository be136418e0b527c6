// What tables of the target hold their rows to, as SQL that holds another table to the same, and what would react to rows.

import type { ClientBase } from 'pg';
import { displayName, type TableName } from '../pg/identifiers.ts';

/** `bounds` are those of partitions; `unique` and `exclusion` are constraints or indexes. */
export type ConstraintKind = 'check' | 'unique' | 'exclusion' | 'bounds';

/** One constraint of a table. */
export interface TargetConstraint {
  readonly kind: ConstraintKind;
  readonly name: string;
  /** All columns that it looks at. */
  readonly columns: readonly string[];
  /** An expression, not only plain columns: what strategies promise of columns proves nothing of it. */
  readonly isComputed: boolean;
  /** For `alter table … add constraint name`; of an index without a constraint, what follows the table's name. */
  readonly definition: string;
  readonly isIndex: boolean;
}

/** A trigger or rule. */
export interface Reaction {
  readonly kind: 'trigger' | 'rule';
  readonly name: string;
}

/** What stands on one table. */
export interface TableConstraints {
  readonly constraints: readonly TargetConstraint[];
  readonly reactions: readonly Reaction[];
}

/**
 * Constraints of partitions are those of the table that is asked for: a partitioned one has the bounds of any of its leaves.
 * Foreign keys are not among them, and NOT NULL goes without saying.
 */
const CONSTRAINTS = `
with wanted as (
  select t.oid, t.relkind, n.nspname, t.relname
  from unnest($1::text[], $2::text[]) as asked (schema, name)
  join pg_catalog.pg_namespace n on n.nspname = asked.schema
  join pg_catalog.pg_class t on t.relnamespace = n.oid and t.relname = asked.name
),
bounds as (
  select w.oid, l.relid, pg_catalog.pg_get_partition_constraintdef(l.relid) as definition
  from wanted w
  cross join lateral (select w.oid as relid where w.relkind = 'r'
    union all select leaf.relid from pg_catalog.pg_partition_tree(w.oid) leaf where w.relkind = 'p' and leaf.isleaf) l
)
select w.nspname as schema, w.relname as "table", c.contype as type, c.conname as name,
  pg_catalog.pg_get_constraintdef(c.oid) as definition, false as "isIndex",
  coalesce((select i.indexprs is not null or i.indpred is not null from pg_catalog.pg_index i where i.indexrelid = c.conindid), true) as "isComputed",
  coalesce((select pg_catalog.json_agg(distinct a.attname) from pg_catalog.pg_attribute a
   where a.attrelid = w.oid and a.attnum > 0 and (a.attnum = any (c.conkey) or exists (
     select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.conindid
       and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = w.oid and d.refobjsubid = a.attnum))), '[]') as columns
from wanted w
join pg_catalog.pg_constraint c on c.conrelid = w.oid and c.contype in ('c', 'u', 'p', 'x')
union all
select w.nspname, w.relname, 'i', x.relname,
  substr(pg_catalog.pg_get_indexdef(i.indexrelid), length(pg_catalog.format('CREATE UNIQUE INDEX %I ON %s%I.%I', x.relname,
    case when w.relkind = 'p' then 'ONLY ' else '' end, w.nspname, w.relname)) + 1),
  true, i.indexprs is not null or i.indpred is not null,
  coalesce((select pg_catalog.json_agg(distinct a.attname) from pg_catalog.pg_depend d
   join pg_catalog.pg_attribute a on a.attrelid = w.oid and a.attnum = d.refobjsubid
   where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = i.indexrelid
     and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = w.oid and d.refobjsubid > 0), '[]')
from wanted w
join pg_catalog.pg_index i on i.indrelid = w.oid and i.indisunique
join pg_catalog.pg_class x on x.oid = i.indexrelid
where not exists (select from pg_catalog.pg_constraint c where c.conindid = i.indexrelid and c.conrelid = w.oid and c.contype in ('u', 'p', 'x'))
union all
select w.nspname, w.relname, 'b', w.relname,
  case when pg_catalog.count(*) = pg_catalog.count(b.definition) then pg_catalog.format('CHECK ((%s))', pg_catalog.string_agg(b.definition, ') or (')) end,
  false, true,
  (select coalesce(pg_catalog.json_agg(distinct a.attname), '[]') from pg_catalog.pg_attribute a
   where a.attrelid = w.oid and exists (
     select from pg_catalog.pg_partition_ancestors((pg_catalog.array_agg(b.relid))[1]) above
     join pg_catalog.pg_partitioned_table p on p.partrelid = above.relid
     join pg_catalog.pg_attribute k on k.attrelid = p.partrelid and k.attnum = any (p.partattrs::int2[])
     where k.attname = a.attname))
from wanted w join bounds b on b.oid = w.oid
group by w.oid, w.nspname, w.relname
having pg_catalog.count(b.definition) > 0
union all
select w.nspname, w.relname, 't', g.tgname, '', false, false, '[]'
from wanted w join pg_catalog.pg_trigger g on g.tgrelid = w.oid and not g.tgisinternal and g.tgenabled <> 'D'
union all
select w.nspname, w.relname, 'r', r.rulename, '', false, false, '[]'
from wanted w join pg_catalog.pg_rewrite r on r.ev_class = w.oid and r.ev_type in ('2', '3', '4')
union all
select w.nspname, w.relname, '', '', '', false, false, '[]' from wanted w
order by 1, 2, 3, 4`;

interface Row extends Omit<TargetConstraint, 'kind' | 'definition'> {
  readonly schema: string;
  readonly table: string;
  /** Empty for the table itself. */
  readonly type: keyof typeof KINDS | 't' | 'r' | '';
  readonly definition: string | null;
}

const KINDS = { c: 'check', u: 'unique', p: 'unique', x: 'exclusion', i: 'unique', b: 'bounds' } as const;

/** Reads what stands on those of `tables` that the target has, by displayName. */
export async function readConstraints(
  target: ClientBase,
  tables: readonly TableName[],
): Promise<ReadonlyMap<string, TableConstraints>> {
  const read = await target.query<Row>(CONSTRAINTS, [tables.map(one => one.schema), tables.map(one => one.name)]);
  const rows = await nameHashed(target, read.rows);
  const found = new Map<string, { constraints: TargetConstraint[]; reactions: Reaction[] }>();
  for (const { schema, table, type, definition, ...rest } of rows) {
    const key = displayName(schema, table);
    const known = found.get(key) ?? { constraints: [], reactions: [] };
    found.set(key, known);
    if (type === 't' || type === 'r') {
      known.reactions.push({ kind: type === 't' ? 'trigger' : 'rule', name: rest.name });
    } else if (type !== '' && definition !== null) {
      known.constraints.push({ ...rest, kind: KINDS[type], definition });
    }
  }
  return found;
}

/** The bounds of a hash partition name the table above by its OID, which is another one where the structure is copied. */
const HASHED = /satisfies_hash_partition\('(\d+)'::oid/g;

const TABLE_NAMES = `
select t.oid::text as oid, pg_catalog.quote_literal(pg_catalog.format('%I.%I', n.nspname, t.relname)) as name
from pg_catalog.pg_class t join pg_catalog.pg_namespace n on n.oid = t.relnamespace where t.oid = any ($1::oid[])`;

async function nameHashed(target: ClientBase, rows: readonly Row[]): Promise<readonly Row[]> {
  const oids = rows.flatMap(row => [...(row.definition ?? '').matchAll(HASHED)].map(match => match[1]));
  if (oids.length === 0) return rows;
  const found = await target.query<{ oid: string; name: string }>(TABLE_NAMES, [[...new Set(oids)]]);
  const names = new Map(found.rows.map(({ oid, name }) => [oid, name]));
  const name = (_: string, oid: string): string => `satisfies_hash_partition(${names.get(oid)}::regclass`;
  return rows.map(row => ({ ...row, definition: row.definition?.replace(HASHED, name) ?? null }));
}

/** Sentences for the plan: what will not run while rows are loaded, so that what it would do is not done. */
export function noteReactions(found: ReadonlyMap<string, TableConstraints>): string[] {
  return [...found].flatMap(([table, { reactions }]) => {
    if (reactions.length === 0) return [];
    const names = reactions.map(({ kind, name }) => `${kind} ${displayName(name)}`);
    return [`${table}: not run for the rows that are loaded: ${names.join(', ')}.`];
  });
}
