// Foreign keys from and to the planned tables. They are the one thing that must go: TRUNCATE refuses a table that another
// one references, and rows load in any order. They come back unchecked at first (quick, and it locks nothing for long), and
// are then validated in parallel; both steps have a row of their own in the ledger.

import type { ClientBase } from 'pg';
import { quoteLiteral, quoteName, quoteTable } from '../pg/identifiers.ts';
import type { Definition, Found, Kind } from './definitions.ts';

interface ForeignKey {
  readonly oid: number;
  /** 0 for what the user wrote; else the foreign key that this one was made for, on a partition. */
  readonly parent: number;
  /** Levels below the foreign key that the user wrote. */
  readonly depth: number;
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly isPartitioned: boolean;
  readonly referencesPartitioned: boolean;
  /** It repeats its parent for one partition of the *referenced* table; PostgreSQL makes and names those itself. */
  readonly isForReferencedPartition: boolean;
  readonly isToBeValid: boolean;
  readonly definition: string;
  readonly comment: string | null;
}

/**
 * All foreign keys that touch a planned table, on either side, up to the partitioned tables that they were written on and
 * down again to every partition. One that only leads *out* of the planned tables, to a table that the role may not
 * reference again, is left in place. `conenforced` is new in PostgreSQL 18; what is not enforced is never valid.
 * A foreign key that an earlier run could not validate is to be valid, although it is not now.
 */
const FOREIGN_KEYS = `
with recursive touching as (
  select oid, conparentid from pg_constraint
  where contype = 'f' and (conrelid = any ($1) or confrelid = any ($1))
),
upwards as (
  select oid, conparentid from touching
  union
  select c.oid, c.conparentid from upwards u join pg_constraint c on c.oid = u.conparentid
),
roots as (
  select r.oid from upwards u join pg_constraint r on r.oid = u.oid
  where u.conparentid = 0
    and (has_any_column_privilege(r.confrelid, 'references')
         or r.confrelid = any ($1)
         or exists (select from pg_partition_tree(r.confrelid) member where member.relid = any ($1)))
),
family as (
  select oid, 0 as depth from roots
  union all
  select c.oid, f.depth + 1 from family f join pg_constraint c on c.conparentid = f.oid and c.contype = 'f'
)
select c.oid, c.conparentid as parent, f.depth, n.nspname as schema, t.relname as "table", c.conname as name,
  t.relkind = 'p' as "isPartitioned",
  (select r.relkind = 'p' from pg_class r where r.oid = c.confrelid) as "referencesPartitioned",
  coalesce((select p.conrelid = c.conrelid from pg_constraint p where p.oid = c.conparentid), false)
    as "isForReferencedPartition",
  c.convalidated
    or exists (select from pgveil.put_aside failed
               where failed.kind = 'validation' and failed.problem is not null
                 and (failed.schema_name, failed.table_name, failed.name) = (n.nspname, t.relname, c.conname))
    as "isToBeValid",
  pg_get_constraintdef(c.oid) as definition,
  obj_description(c.oid, 'pg_constraint') as comment
from family f
join pg_constraint c on c.oid = f.oid
join pg_class t on t.oid = c.conrelid
join pg_namespace n on n.oid = t.relnamespace
order by f.depth desc, c.conrelid, c.conname`;

/** What findForeignKeys found; `oids` are all that will be gone, those of partitions included. */
export interface FoundForeignKeys extends Found {
  readonly oids: readonly number[];
}

/** Finds the foreign keys to put aside. `search_path` must be empty, so that definitions are fully qualified. */
export async function findForeignKeys(client: ClientBase, tables: readonly number[]): Promise<FoundForeignKeys> {
  const { rows } = await client.query<ForeignKey>(FOREIGN_KEYS, [tables]);
  const byOid = new Map(rows.map(key => [key.oid, key]));
  return {
    oids: rows.map(key => key.oid),
    definitions: rows.filter(key => isWritten(key, byOid)).flatMap(define),
    putAside: rows.filter(key => key.parent === 0).map(drop),
  };
}

/**
 * Whether we write this one: what the user wrote, and its copies on partitions, from the leaves up. A foreign key of a
 * partitioned table takes over equal ones that its partitions have already, with their names and without checking them
 * again; that is how the leaves validate in parallel, also before PostgreSQL 18, where a partitioned table knows no NOT VALID.
 * Where the referenced table is partitioned too, PostgreSQL makes the copies.
 */
function isWritten(key: ForeignKey, byOid: ReadonlyMap<number, ForeignKey>): boolean {
  if (key.parent === 0) return true;
  const parent = byOid.get(key.parent);
  if (key.isForReferencedPartition || key.referencesPartitioned || !parent) return false;
  return isWritten(parent, byOid);
}

function define(key: ForeignKey): readonly Definition[] {
  const { schema, table, name, definition, isPartitioned, isToBeValid } = key;
  const make = (kind: Kind, restore: string): Definition => ({ kind, schema, table, name, restore });
  if (isPartitioned) return [make('partitioned foreign key', `${add(key, definition)}${describe(key)}`)];
  const unchecked = UNCHECKED.test(definition) ? definition : `${definition} NOT VALID`;
  const added = make('foreign key', `${add(key, unchecked)}${describe(key)}`);
  if (!isToBeValid) return [added];
  return [added, make('validation', `alter table only ${target(key)} validate constraint ${quoteName(name)}`)];
}

/** PostgreSQL says either at the end of a definition that holds no more than names and keywords. */
const UNCHECKED = / NOT (VALID|ENFORCED)$/;

const target = ({ schema, table }: ForeignKey): string => quoteTable({ schema, name: table });

// ONLY is not allowed for a partitioned table, and means nothing for others, whose foreign keys are not inherited.
const add = (key: ForeignKey, definition: string): string =>
  `alter table ${target(key)} add constraint ${quoteName(key.name)} ${definition}`;

const describe = (key: ForeignKey): string =>
  key.comment === null
    ? ''
    : `; comment on constraint ${quoteName(key.name)} on ${target(key)} is ${quoteLiteral(key.comment)}`;

const drop = (key: ForeignKey): string => `alter table ${target(key)} drop constraint ${quoteName(key.name)}`;
