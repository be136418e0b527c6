// What a new database must have besides the planned tables: the rows of tables that the plan leaves alone, and where
// sequences stand that no planned table decides.

import type { ClientBase } from 'pg';
import { databaseError } from '../pg/errors.ts';
import { quoteTable } from '../pg/identifiers.ts';
import { tableKey } from '../pg/table-key.ts';
import { pipeRows } from '../pg/tools/archive.ts';
import type { Publishing } from './publication.ts';
import type { Place } from './structure.ts';
import { originOf, toolboxOf } from './structure-origin.ts';
import { type Connect, inTransaction, oneStatement, type TargetTable } from './target-session.ts';
import { targetTables } from './target-tables.ts';
import { tablesWithRows } from './user-objects.ts';

/** Tables of the target that hold rows and that the plan leaves alone. */
export async function unplannedRows(
  client: ClientBase,
  { checked: { plan, target } }: Pick<Publishing, 'checked'>,
): Promise<readonly TargetTable[]> {
  const planned = new Set(targetTables(plan, target).map(tableKey));
  return (await tablesWithRows(client)).filter(table => !planned.has(tableKey(table)));
}

/**
 * Their rows go along into the database that will be the target: skipped is not lost. What an earlier attempt has carried of them
 * is carried once more: nothing tells how far it came.
 */
export async function carryRows(publishing: Publishing, into: Place): Promise<void> {
  const { databases, earlier } = publishing;
  if (earlier) await inTransaction(into.connect, 'skipped tables', client => emptyUnplanned(client, publishing));
  const tables = await databases.connectTarget(client => unplannedRows(client, publishing));
  if (tables.length === 0) return;
  const names = tables.map(quoteTable);
  await pipeRows(toolboxOf(publishing), { from: databases.target, into: into.settings, tables: names });
}

/** Nothing references them yet: foreign keys follow all rows. */
async function emptyUnplanned(client: ClientBase, publishing: Publishing): Promise<void> {
  const tables = await unplannedRows(client, publishing);
  if (tables.length > 0) await client.query(`truncate ${tables.map(table => `only ${quoteTable(table)}`).join(', ')}`);
}

interface SequenceState {
  readonly schema: string;
  readonly name: string;
  readonly value: string;
}

/** Sequences that have been used; those of the source only where no column has them: the others follow the loaded rows. */
const SEQUENCES = `
select s.schemaname as schema, s.sequencename as name, s.last_value::text as value
from pg_catalog.pg_sequences s
join pg_catalog.pg_namespace n on n.nspname = s.schemaname
join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = s.sequencename
where s.last_value is not null and n.nspname not in ('pgveil')
  and ($1 or not exists (
    select from pg_catalog.pg_depend d
    where (d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid
           and d.refclassid = 'pg_catalog.pg_class'::regclass and d.deptype in ('a', 'i'))
       or (d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = c.oid
           and d.classid = 'pg_catalog.pg_attrdef'::regclass)))`;

const SET = `
select pg_catalog.setval(c.oid, wanted.value)
from unnest($1::text[], $2::text[], $3::bigint[]) as wanted (schema, name, value)
join pg_catalog.pg_namespace n on n.nspname = wanted.schema
join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = wanted.name and c.relkind = 'S'`;

/**
 * Sets sequences as they stand where the structure comes from; those of planned tables are set after their rows. The source's
 * are followed only where the configuration says so: they tell how many rows there ever were.
 */
export async function carrySequences(connect: Connect, publishing: Publishing): Promise<void> {
  const { schema, sequences } = publishing.config.target;
  const isFromTarget = schema === 'existing';
  if (!isFromTarget && sequences !== 'follow') return;
  const side = isFromTarget ? 'target' : 'source';
  const { rows } = await originOf(publishing)(client => client.query<SequenceState>(SEQUENCES, [isFromTarget])).catch(
    (cause: unknown) => {
      throw databaseError(cause, { side, place: 'the sequences' });
    },
  );
  const [schemas, names, values] = [rows.map(row => row.schema), rows.map(row => row.name), rows.map(row => row.value)];
  await oneStatement(connect, 'the sequences', SET, [schemas, names, values]);
}
