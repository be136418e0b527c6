// Everything that users have made in a database, outside our own schema and apart from extensions: what must not be there
// when a structure is built, and what goes again when that fails.

import type { ClientBase } from 'pg';
import { AnonymizeError } from '../errors.ts';
import { displayName, quoteTable } from '../pg/identifiers.ts';
import { type Connect, inTransaction, type TargetTable } from './target-session.ts';

interface UserObject {
  /** As in DROP: `table`, `operator class`. */
  readonly kind: string;
  /** As SQL, quoted. */
  readonly identity: string;
}

/**
 * What belongs to something else (an identity's sequence, a range's functions) goes with that. What has a schema depends on it; the rest has an OID above those that came with the server. PostgreSQL itself gives kind
 * and identity, in the words that DROP takes (with two exceptions).
 */
const USER_OBJECTS = `
with schemas as (
  select oid from pg_catalog.pg_namespace where nspname !~ '^pg_' and nspname not in ('information_schema', 'pgveil')
),
found (classid, objid, place) as (
  select d.classid, d.objid, 2 from pg_catalog.pg_depend d
  where d.refclassid = 'pg_catalog.pg_namespace'::regclass and d.refobjid in (select oid from schemas) and d.deptype = 'n'
    and d.classid not in ('pg_catalog.pg_extension'::regclass, 'pg_catalog.pg_default_acl'::regclass)
  union select 'pg_catalog.pg_namespace'::regclass, oid, 4 from pg_catalog.pg_namespace
    where oid in (select oid from schemas) and nspname <> 'public'
  union select 'pg_catalog.pg_event_trigger'::regclass, oid, 1 from pg_catalog.pg_event_trigger
  union select 'pg_catalog.pg_publication'::regclass, oid, 1 from pg_catalog.pg_publication
  union select 'pg_catalog.pg_foreign_data_wrapper'::regclass, oid, 3 from pg_catalog.pg_foreign_data_wrapper where oid >= 16384
  union select 'pg_catalog.pg_foreign_server'::regclass, oid, 3 from pg_catalog.pg_foreign_server
  union select 'pg_catalog.pg_language'::regclass, oid, 3 from pg_catalog.pg_language where oid >= 16384
  union select 'pg_catalog.pg_cast'::regclass, oid, 1 from pg_catalog.pg_cast where oid >= 16384
  union select 'pg_catalog.pg_transform'::regclass, oid, 1 from pg_catalog.pg_transform where oid >= 16384
  union select 'pg_catalog.pg_am'::regclass, oid, 3 from pg_catalog.pg_am where oid >= 16384
)
select distinct on (rank, o.type, o.identity) replace(replace(o.type, 'statistics object', 'statistics'), 'foreign-data', 'foreign data') as kind, o.identity
from found f
cross join lateral pg_catalog.pg_identify_object(f.classid, f.objid, 0) o (type, schema, name, identity)
cross join lateral (select case when o.type = 'table' then 1 else f.place end) ranked (rank)
where not exists (select from pg_catalog.pg_depend e
                  where e.classid = f.classid and e.objid = f.objid and e.deptype in ('e', 'i'))
order by rank, o.type, o.identity`;

/** The objects of users, in an order in which they can be dropped; schemas come last. */
async function readUserObjects(client: ClientBase): Promise<readonly UserObject[]> {
  return (await client.query<UserObject>(USER_OBJECTS)).rows;
}

/** What users have made in a database, for messages; an empty schema is nothing. */
export async function nameUserObjects(client: ClientBase): Promise<readonly string[]> {
  const objects = await readUserObjects(client);
  return objects.filter(({ kind }) => kind !== 'schema').map(({ kind, identity }) => `${kind} ${identity}`);
}

/** The schemas of users, but for `public`. */
export async function readUserSchemas(client: ClientBase): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(USER_SCHEMAS);
  return rows.map(({ name }) => name);
}

const USER_SCHEMAS = `
select nspname as name from pg_catalog.pg_namespace
where nspname !~ '^pg_' and nspname not in ('information_schema', 'pgveil', 'public')`;

/**
 * Drops everything that users have made, in one transaction.
 * @param kept schemas that stay, empty as they were
 */
export async function dropUserObjects(connect: Connect, kept: readonly string[]): Promise<void> {
  await inTransaction(connect, 'the structure of the target', async client => {
    const objects = await readUserObjects(client);
    const { rows } = await client.query<{ identity: string }>(IDENTITIES, [kept]);
    const stays = new Set(rows.map(({ identity }) => identity));
    const dropped = objects.filter(({ kind, identity }) => kind !== 'schema' || !stays.has(identity));
    // An event trigger would run for what follows, so those go first; CASCADE may have taken what comes later.
    for (const { kind, identity } of dropped) await client.query(`drop ${kind} if exists ${identity} cascade`);
  });
}

const IDENTITIES = `select pg_catalog.quote_ident(name) as identity from unnest($1::text[]) as kept (name)`;

const TABLES = `
select n.nspname as schema, t.relname as name
from pg_catalog.pg_class t
join pg_catalog.pg_namespace n on n.oid = t.relnamespace
where t.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'pgveil')
  and not exists (select from pg_catalog.pg_depend e
                  where e.classid = 'pg_catalog.pg_class'::regclass and e.objid = t.oid and e.deptype = 'e')
order by 1, 2`;

/** The tables that hold at least one row. */
export async function tablesWithRows(client: ClientBase): Promise<readonly TargetTable[]> {
  const { rows: tables } = await client.query<TargetTable>(TABLES);
  if (tables.length === 0) return [];
  const parts = tables.map((table, n) => `select ${n} as n where exists (select from only ${quoteTable(table)})`);
  const { rows } = await client.query<{ n: number }>(parts.join(' union all '));
  const filled = new Set(rows.map(({ n }) => n));
  return tables.filter((_, n) => filled.has(n));
}

const MOST_NAMED = 5;

/** The error of a target that holds what we did not make. */
export function notEmpty(names: readonly string[]): AnonymizeError {
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return new AnonymizeError('ANON_TARGET_NOT_EMPTY', { objects: names.slice(0, MOST_NAMED).join(', ') + more });
}

/** Tables, for messages. */
export const displayTables = (tables: readonly TargetTable[]): readonly string[] =>
  tables.map(({ schema, name }) => `table ${displayName(schema, name)}`);
