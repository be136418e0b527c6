// What was put aside, as rows of pgveil.put_aside: SQL that brings one definition back, and when it did.

import type { ClientBase } from 'pg';
import { quoteLiteral } from '../pg/identifiers.ts';

/**
 * What a row brings back. Three are no definitions: `rows` says that the table was emptied and is not complete yet,
 * `structure` that the run has built all that is in the target, and has not finished, `loaded` that all rows are in what it has
 * built (see built-structure.ts).
 * The order in which kinds come back is that of restore.ts.
 */
export type Kind =
  | 'rows'
  | 'structure'
  | 'loaded'
  | 'index'
  | 'constraint'
  | 'replica identity'
  | 'cluster mark'
  | 'partitioned index'
  | 'foreign key'
  | 'validation'
  | 'partitioned foreign key'
  | 'trigger'
  | 'row security';

/** One thing to bring back: what it is, of which table, and the SQL that does it. */
export interface Definition {
  readonly kind: Kind;
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly restore: string;
}

/** A definition that is recorded and not back yet. */
export interface PendingDefinition extends Definition {
  readonly run: string;
  readonly position: number;
  /** Of the table, with TOAST. */
  readonly tableBytes: number;
}

/** What a part of put-aside found: how it comes back, and the statements that put it aside, in order. */
export interface Found {
  readonly definitions: readonly Definition[];
  readonly putAside: readonly string[];
}

const RECORD = `
insert into pgveil.put_aside (run, position, kind, schema_name, table_name, name, restore_sql)
select $1, (select coalesce(max(position), 0) from pgveil.put_aside where run = $1) + row_number() over (order by n),
       d ->> 'kind', d ->> 'schema', d ->> 'table', d ->> 'name', d ->> 'restore'
from jsonb_array_elements($2::jsonb) with ordinality as recorded (d, n)`;

/** What earlier runs could not bring back is now this run's to bring back; tables that they left empty stay theirs. */
const ADOPT = `
update pgveil.put_aside p
set run = $1, position = adopted.position
from (select run, position as old,
             (select coalesce(max(position), 0) from pgveil.put_aside where run = $1)
               + row_number() over (order by run, position) as position
      from pgveil.put_aside where run <> $1 and restored_at is null and kind not in ('rows', 'structure')) adopted
where p.run = adopted.run and p.position = adopted.old`;

/** A table that is emptied again is complete when this run is. */
const TAKE_OVER_ROWS = `
update pgveil.put_aside older set restored_at = clock_timestamp()
where run <> $1 and kind = 'rows' and restored_at is null
  and exists (select from pgveil.put_aside mine where mine.run = $1 and mine.kind = 'rows' and mine.restored_at is null
              and (mine.schema_name, mine.table_name) = (older.schema_name, older.table_name))`;

/** What came back whole, and what is told anew. A problem that nobody touched since stays known. */
const FORGET = `
delete from pgveil.put_aside older
where run <> $1 and restored_at is not null
  and (problem is null
       or exists (select from pgveil.put_aside mine
                  where mine.run = $1 and mine.kind = older.kind
                    and (mine.schema_name, mine.table_name, mine.name) = (older.schema_name, older.table_name, older.name)))`;

/** Records definitions for a run, in the transaction that puts them aside. */
export async function recordDefinitions(
  client: ClientBase,
  run: string,
  definitions: readonly Definition[],
): Promise<void> {
  await client.query(RECORD, [run, JSON.stringify(definitions)]);
  await client.query(ADOPT, [run]);
  await client.query(TAKE_OVER_ROWS, [run]);
  await client.query(FORGET, [run]);
}

/** Somebody dropped the table: there is nothing left to bring its definitions back to. */
const GIVE_UP = `
update pgveil.put_aside set restored_at = clock_timestamp(), problem = '42P01'
where run = $1 and restored_at is null and to_regclass(format('%I.%I', schema_name, table_name)) is null`;

const PENDING = `
select run, position, kind, schema_name as schema, table_name as "table", name, restore_sql as restore,
       pg_table_size(to_regclass(format('%I.%I', schema_name, table_name)))::float8 as "tableBytes"
from pgveil.put_aside
where run = $1 and restored_at is null and kind not in ('rows', 'structure')
order by position`;

/** What a run put aside and did not bring back yet, in the order in which it was recorded. */
export async function pendingDefinitions(client: ClientBase, run: string): Promise<readonly PendingDefinition[]> {
  await client.query(GIVE_UP, [run]);
  return (await client.query<PendingDefinition>(PENDING, [run])).rows;
}

/** Whether both are of one table and have one name, as an index and the constraint that takes it over. */
export const isSameName = (one: Definition, other: Definition): boolean =>
  one.schema === other.schema && one.table === other.table && one.name === other.name;

/** The statement that marks definitions as back; `problem` is a SQLSTATE. */
export function markStatement(definitions: readonly PendingDefinition[], problem: string | null = null): string {
  const [first] = definitions;
  if (!first) throw new Error('there is nothing to mark');
  const positions = definitions.map(definition => definition.position).join(', ');
  const told = problem === null ? 'null' : quoteLiteral(problem);
  return `update pgveil.put_aside set restored_at = clock_timestamp(), problem = ${told}
where run = ${quoteLiteral(first.run)} and position in (${positions})`;
}
