// Before the load: everything that would slow it down, stop it or react to it leaves the planned tables, and so do their
// old rows. All in one transaction with the record of what left, so that a killed run can always be put right.

import type { ClientBase } from 'pg';
import { AnonymizeError } from '../errors.ts';
import { displayName, quoteTable } from '../pg/identifiers.ts';
import { type Definition, type Found, recordDefinitions } from './definitions.ts';
import { findForeignKeys } from './foreign-keys.ts';
import { findIndexes } from './indexes.ts';
import { nameHolders } from './lock-holders.ts';
import { type Connect, inTransaction, oneStatement, type TargetTable, tableArrays } from './target-session.ts';
import { findForcedRowSecurity, findTriggers } from './triggers.ts';

export interface PutAsideOptions {
  /** The run's id in the ledger, which must exist (see ledger.ts). */
  readonly run: string;
  /** Leaves and ordinary tables to empty; no partitioned table, no table of an extension. */
  readonly tables: readonly TargetTable[];
}

/**
 * Records, in the target's ledger, the foreign keys, indexes, constraints and triggers of `tables` and what references
 * them; drops or disables those; empties all tables in one statement, without CASCADE. One transaction. Check and not-null
 * constraints stay. Tables that are not listed lose foreign keys that reference a listed one, and nothing else.
 */
export async function putAside(connect: Connect, { run, tables }: PutAsideOptions): Promise<void> {
  if (tables.length === 0) return;
  try {
    await inTransaction(connect, 'the planned tables', client => putAsideIn(client, run, tables));
  } catch (cause) {
    throw await nameHolders(connect, tables, cause);
  }
}

const WAS_PUT_ASIDE = 'select exists (select from pgveil.put_aside where run = $1) as was';

/** Whether that has been done for a run: its answer may have been lost. */
export async function wasPutAside(connect: Connect, { run, tables }: PutAsideOptions): Promise<boolean> {
  if (tables.length === 0) return true;
  const { rows } = await oneStatement<{ was: boolean }>(connect, 'pgveil.put_aside', WAS_PUT_ASIDE, [run]);
  return rows[0]?.was === true;
}

/** Puts aside in a transaction that the caller has begun. */
export async function putAsideIn(client: ClientBase, run: string, tables: readonly TargetTable[]): Promise<void> {
  await client.query(`set local search_path = ''`);
  const oids = await findTables(client, tables);
  await lock(client, oids);
  const found = await findAll(client, oids);
  await recordDefinitions(client, run, [...tables.map(emptied), ...found.flatMap(part => part.definitions)]);
  // One message for all: hundreds of tables would be thousands of round trips.
  await client.query([...found.flatMap(part => part.putAside), truncate(tables)].join(';\n'));
}

/** In the order in which they leave: a key can only go after the foreign keys that need it. */
async function findAll(client: ClientBase, oids: readonly number[]): Promise<readonly Found[]> {
  const foreignKeys = await findForeignKeys(client, oids);
  const indexes = await findIndexes(client, oids, foreignKeys.oids);
  const triggers = await findTriggers(client, oids);
  const rowSecurity = await findForcedRowSecurity(client, oids);
  return [foreignKeys, indexes, triggers, rowSecurity];
}

const emptied = ({ schema, name }: TargetTable): Definition => ({
  kind: 'rows',
  schema,
  table: name,
  name,
  restore: '',
});

const truncate = (tables: readonly TargetTable[]): string =>
  `truncate ${tables.map(table => `only ${quoteTable(table)}`).join(', ')}`;

const FIND_TABLES = `
select wanted.schema, wanted.name, t.oid
from unnest($1::text[], $2::text[]) as wanted (schema, name)
left join pg_namespace n on n.nspname = wanted.schema
left join pg_class t on t.relnamespace = n.oid and t.relname = wanted.name and t.relkind = 'r'`;

async function findTables(client: ClientBase, tables: readonly TargetTable[]): Promise<number[]> {
  const { rows } = await client.query<TargetTable & { oid: number | null }>(FIND_TABLES, tableArrays(tables));
  return rows.map(({ schema, name, oid }) => {
    if (oid === null) throw new AnonymizeError('ANON_PLAN_TARGET_TABLE', { place: displayName(schema, name) });
    return oid;
  });
}

/**
 * The planned tables, the partitioned ones above them, and the tables at the other end of their foreign keys, parents before
 * partitions as every query locks them. Tables of other roles lock when their foreign key goes.
 */
const LOCK_ORDER = `
with partitioned as (
  select a.relid::oid as oid from unnest($1::oid[]) planned (oid) cross join pg_partition_ancestors(planned.oid) a
  union select unnest($1::oid[])
),
touched as (
  select oid from partitioned
  union select c.conrelid from pg_constraint c where c.contype = 'f' and c.confrelid in (select oid from partitioned)
  union select c.confrelid from pg_constraint c where c.contype = 'f' and c.conrelid in (select oid from partitioned)
)
select n.nspname as schema, t.relname as name
from touched
join pg_class t on t.oid = touched.oid
join pg_namespace n on n.oid = t.relnamespace
where pg_has_role(t.relowner, 'usage')
order by (select count(*) from pg_partition_ancestors(t.oid)), t.oid`;

async function lock(client: ClientBase, oids: readonly number[]): Promise<void> {
  const { rows } = await client.query<TargetTable>(LOCK_ORDER, [oids]);
  if (rows.length === 0) return; // we own none of them; TRUNCATE will say so
  await client.query(
    `lock table ${rows.map(table => `only ${quoteTable(table)}`).join(', ')} in access exclusive mode`,
  );
}
