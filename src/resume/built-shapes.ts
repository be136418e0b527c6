// The shapes of the tables that a run has built, to be compared when it goes on. They are read amid the load, when a table that is
// loaded alone is locked against everything: so only rows of the catalogue are, and no function that locks what it is about.

import type { ClientBase } from 'pg';
import { tableKey } from '../pg/table-key.ts';
import type { Plan } from '../plan/plan-types.ts';
import { tableArrays } from '../publish/target-session.ts';
import type { Hash, Hashes } from './fingerprint.ts';

const SHAPES = `
select n.nspname as schema, t.relname as name, json_build_array(t.oid::bigint, t.relkind, t.relpersistence, (
  select json_agg(json_build_array(a.attnum, a.attname, a.atttypid::bigint, a.atttypmod, a.attnotnull, a.atthasdef, a.attidentity,
    a.attgenerated, a.attcollation::bigint) order by a.attnum)
  from pg_catalog.pg_attribute a where a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped)) as shape
from unnest($1::text[], $2::text[]) as wanted (schema, name)
join pg_catalog.pg_namespace n on n.nspname = wanted.schema
join pg_catalog.pg_class t on t.relnamespace = n.oid and t.relname = wanted.name`;

/** Reads the shapes of the tables that a plan fills, in the database where a run has built them. */
export async function readBuiltShapes(client: ClientBase, { tables }: Plan, hash: Hash): Promise<Hashes> {
  const { rows } = await client.query<{ schema: string; name: string; shape: unknown }>(
    SHAPES,
    tableArrays(tables.map(({ into }) => into)),
  );
  return Object.fromEntries(rows.map(row => [tableKey(row), hash(row.shape)]));
}
