// What PostgreSQL says about the content of a database: whether its keys hold, and where its sequences stand.

import type { Query } from '../database.ts';

/** Constraints that PostgreSQL has not checked. */
export async function notValidated(query: Query): Promise<string[]> {
  const rows = await query<{ name: string }>('select conname as name from pg_constraint where not convalidated');
  return rows.map(row => row.name);
}

/** For each foreign key a query that counts rows which reference nothing. */
const CHECKS = `
select c.conname as name, format(
  'select count(*)::int as count from %s child where %s and not exists (select from %s parent where %s)',
  c.conrelid::regclass, string_agg(format('child.%I is not null', child.attname), ' and '),
  c.confrelid::regclass, string_agg(format('parent.%I = child.%I', parent.attname, child.attname), ' and ')) as sql
from pg_constraint c
cross join unnest(c.conkey, c.confkey) as k (child, parent)
join pg_attribute child on child.attrelid = c.conrelid and child.attnum = k.child
join pg_attribute parent on parent.attrelid = c.confrelid and parent.attnum = k.parent
where c.contype = 'f' and c.conparentid = 0 -- those that users wrote: a row may be in any partition of the referenced table
group by c.oid, c.conname, c.conrelid, c.confrelid`;

/** Foreign keys with rows that reference nothing; found by joins, as a constraint could be wrong about itself. */
export async function brokenForeignKeys(query: Query): Promise<string[]> {
  const checks = await query<{ name: string; sql: string }>(CHECKS);
  if (checks.length === 0) throw new Error('there is no foreign key to check');
  const broken: string[] = [];
  for (const { name, sql } of checks) {
    const [row] = await query<{ count: number }>(sql);
    if (row?.count !== 0) broken.push(`${name}: ${row?.count}`);
  }
  return broken;
}

/** Columns with a sequence, each with a query that draws from it. */
const DRAWS = `
select distinct on (s.oid) a.attrelid::regclass || '.' || a.attname as name,
  format('select nextval(%L) as next, (select coalesce(max(%I), 0) from %s) as last',
    s.oid::regclass, a.attname, a.attrelid::regclass) as sql
from pg_attrdef d
join pg_depend u on u.classid = 'pg_attrdef'::regclass and u.objid = d.oid and u.refclassid = 'pg_class'::regclass
join pg_class s on s.oid = u.refobjid and s.relkind = 'S'
join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
join pg_class t on t.oid = a.attrelid and not t.relispartition
order by s.oid`;

/** Columns whose sequence would next yield a value that may be there already. Draws from every sequence. */
export async function lateSequences(query: Query): Promise<string[]> {
  const late: string[] = [];
  for (const { name, sql } of await query<{ name: string; sql: string }>(DRAWS)) {
    const [row] = await query<{ next: string; last: string }>(sql);
    if (!row || BigInt(row.next) <= BigInt(row.last)) late.push(name);
  }
  return late;
}

/** Column → value, as PostgreSQL's text. */
export type Row = Readonly<Record<string, string | null>>;

/** The rows of a table. */
export function rows(query: Query, from: string, columns: readonly string[]): Promise<Row[]> {
  return query(`select ${columns.map(column => `${column}::text as ${column}`).join(', ')} from ${from}`);
}
