// What PostgreSQL knows about the shape of a database, as lines of text, for comparisons before and after.

import type { Query } from '../database.ts';

const USERS = `n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'pgveil')`;

// What a partition inherits may count as its own too afterwards, as after pg_dump and pg_restore: it is made on the partition
// first and attached then. `conislocal` of an inherited NOT NULL and `connoinherit` of an attached key tell no more than that.
const CONSTRAINTS = `
select concat_ws(' | ', 'constraint', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid),
  'local ' || (c.conislocal or (c.contype = 'n' and c.coninhcount > 0)), 'inherited ' || c.coninhcount,
  'no inherit ' || (c.connoinherit or c.conparentid <> 0), 'valid ' || c.convalidated,
  'deferrable ' || c.condeferrable || c.condeferred, 'index ' || c.conindid::regclass,
  'parent ' || (select p.conname from pg_constraint p where p.oid = c.conparentid),
  'comment ' || obj_description(c.oid, 'pg_constraint'),
  (select 'triggers ' || string_agg(t.tgrelid::regclass || ' ' || t.tgtype || t.tgenabled::text, ',' order by t.tgrelid::regclass::text, t.tgtype)
   from pg_trigger t where t.tgconstraint = c.oid)) as line
from pg_constraint c join pg_namespace n on n.oid = c.connamespace
where ${USERS} and c.conrelid <> 0
  -- PostgreSQL makes and names these itself, one for each partition of a referenced table
  and not exists (select from pg_constraint p where p.oid = c.conparentid and p.conrelid = c.conrelid and c.contype = 'f')`;

const REFERENCED_PARTITIONS = `
select concat_ws(' | ', 'referenced partition', c.conrelid::regclass, c.confrelid::regclass, count(*)) as line
from pg_constraint c join pg_constraint p on p.oid = c.conparentid and p.conrelid = c.conrelid and c.contype = 'f'
group by c.conrelid, c.confrelid`;

const INDEXES = `
select concat_ws(' | ', 'index', i.indexrelid::regclass, pg_get_indexdef(i.indexrelid), array_to_string(x.reloptions, ','),
  'tablespace ' || (select spcname from pg_tablespace where oid = x.reltablespace),
  'valid ' || i.indisvalid || i.indisready, 'unique ' || i.indisunique, 'primary ' || i.indisprimary,
  'immediate ' || i.indimmediate, 'clustered ' || i.indisclustered, 'replica identity ' || i.indisreplident,
  'parent ' || (select string_agg(h.inhparent::regclass::text, ',') from pg_inherits h where h.inhrelid = i.indexrelid),
  'comment ' || obj_description(i.indexrelid, 'pg_class'),
  'statistics ' || (select string_agg(attname || ' ' || attstattarget, ',' order by attnum)
                    from pg_attribute where attrelid = i.indexrelid and attstattarget >= 0),
  'depends ' || (select string_agg(pg_describe_object(classid, objid, objsubid) || deptype::text, ',' order by objid) from pg_depend
                 where refclassid = 'pg_class'::regclass and refobjid = i.indexrelid and classid = 'pg_rewrite'::regclass)
  ) as line
from pg_index i join pg_class x on x.oid = i.indexrelid join pg_namespace n on n.oid = x.relnamespace
where ${USERS}`;

const TRIGGERS = `
select concat_ws(' | ', 'trigger', t.tgrelid::regclass, t.tgname, t.tgenabled, pg_get_triggerdef(t.oid),
  'parent ' || (select p.tgrelid::regclass::text from pg_trigger p where p.oid = t.tgparentid)) as line
from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
where ${USERS} and not t.tgisinternal`;

const TABLES = `
select concat_ws(' | ', 'table', t.oid::regclass, t.relkind, 'replica identity ' || t.relreplident::text,
  'row security ' || t.relrowsecurity || t.relforcerowsecurity, 'comment ' || obj_description(t.oid, 'pg_class'),
  'columns ' || (select string_agg(a.attname || ' ' || a.attnotnull || a.attidentity::text, ',' order by a.attnum)
                 from pg_attribute a where a.attrelid = t.oid and a.attnum > 0),
  'parent ' || (select string_agg(h.inhparent::regclass::text, ',') from pg_inherits h where h.inhrelid = t.oid)) as line
from pg_class t join pg_namespace n on n.oid = t.relnamespace
where ${USERS} and t.relkind in ('r', 'p', 'v', 'm')`;

/** One sorted line for each table, constraint, index and trigger of users, with all that can be told about it. */
export async function catalogState(query: Query): Promise<readonly string[]> {
  const parts = [CONSTRAINTS, REFERENCED_PARTITIONS, INDEXES, TRIGGERS, TABLES].map(part => `(${part})`);
  const rows = await query<{ line: string }>(parts.join('\nunion all\n'));
  return rows.map(row => row.line).sort();
}
