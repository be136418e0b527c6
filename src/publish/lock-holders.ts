// Who holds the locks that a run could not have: PostgreSQL says only that the time is over.

import { AnonymizeError } from '../errors.ts';
import { displayName } from '../pg/identifiers.ts';
import { type Connect, oneStatement, type TargetTable, tableArrays } from './target-session.ts';

const HOLDERS = `
select n.nspname as schema, t.relname as name, string_agg(distinct l.pid::text, ', ' order by l.pid::text) as holders
from unnest($1::text[], $2::text[]) as wanted (schema, name)
join pg_catalog.pg_namespace n on n.nspname = wanted.schema
join pg_catalog.pg_class t on t.relnamespace = n.oid and t.relname = wanted.name
join pg_catalog.pg_locks l on l.relation = t.oid and l.granted
  and l.database = (select oid from pg_catalog.pg_database where datname = current_database())
group by 1, 2
order by 1, 2`;

/** A lock that was not to be had, with the tables and the processes of the server that hold them; other errors as they are. */
export async function nameHolders(connect: Connect, tables: readonly TargetTable[], cause: unknown): Promise<unknown> {
  if (!(cause instanceof AnonymizeError) || cause.code !== 'ANON_TARGET_LOCKED') return cause;
  const { rows } = await oneStatement<TargetTable & { holders: string }>(
    connect,
    'pg_locks',
    HOLDERS,
    tableArrays(tables),
  );
  const held = rows.map(({ schema, name, holders }) => `${displayName(schema, name)} (process ${holders})`);
  return held.length === 0 ? cause : new AnonymizeError('ANON_TARGET_LOCKED', { place: ` at ${held.join(', ')}` });
}
