// The ledger: what runs did to a target, kept in the target itself (schema pgveil), so that it commits together with
// what it tells. It holds names, counts and definitions, never a row's value and never a key.

import pg, { type ClientBase } from 'pg';
import { quoteLiteral } from '../pg/identifiers.ts';
import { CREATE_RESERVE } from './make-room.ts';
import { type Connect, inTransaction, oneStatement, type TargetTable, tableArrays } from './target-session.ts';

export type RunState = 'running' | 'done' | 'failed' | 'interrupted';

/** What a run notes when it starts. */
export interface RunRecord {
  readonly id: string;
  readonly configSha256: string;
  /** Tells whether two runs had the same secret (see crypto/keys.ts); null where no strategy is keyed. */
  readonly keyCheck: string | null;
  /** The exported snapshot of the source. */
  readonly snapshot: string;
}

/** A slice that was copied: its row commits in the transaction of its rows. */
export interface SliceRecord {
  readonly run: string;
  readonly table: TargetTable;
  readonly slice: number;
  readonly rows: number | bigint;
  readonly bytes: number | bigint;
  /** Rows that the target refused, and the attempt under which they were sealed. */
  readonly sealed?: { readonly attempt: string; readonly rows: number } | undefined;
}

// Two runs may start on a new target at once; `create … if not exists` alone would fail for one of them.
const LOCK_LEDGER = `select pg_advisory_xact_lock(hashtextextended('pgveil ledger', 0))`;

const CREATE_SCHEMA = 'create schema if not exists pgveil';

const CREATE_RUN = `
create table if not exists pgveil.run (
  id text primary key,
  started timestamptz not null default now(),
  finished timestamptz,
  config_sha256 text not null,
  key_check text,
  snapshot text not null,
  state text not null check (state in ('running', 'done', 'failed', 'interrupted'))
)`;

const CREATE_SLICE = `
create table if not exists pgveil.slice (
  run text not null,
  schema_name text not null,
  table_name text not null,
  slice integer not null,
  rows bigint not null,
  bytes bigint not null,
  committed_at timestamptz not null default clock_timestamp(),
  primary key (run, schema_name, table_name, slice)
)`;

/** Which attempt of a slice counts, where rows of it were sealed into a quarantine. */
const CREATE_QUARANTINED = `
create table if not exists pgveil.quarantined (
  run text not null,
  schema_name text not null,
  table_name text not null,
  slice integer not null,
  attempt text not null,
  rows integer not null,
  primary key (run, schema_name, table_name, slice)
)`;

/** Kinds are those of definitions.ts; `problem` is the SQLSTATE with which a definition came back only in part. */
const CREATE_PUT_ASIDE = `
create table if not exists pgveil.put_aside (
  run text not null,
  position integer not null,
  kind text not null,
  schema_name text not null,
  table_name text not null,
  name text not null,
  restore_sql text not null,
  restored_at timestamptz,
  problem text,
  primary key (run, position)
)`;

/** What an unfinished run goes on from (see resume/held-runs.ts): it has a row as long as it could. */
const CREATE_HELD = `
create table if not exists pgveil.held (
  run text primary key,
  snapshot text not null,
  taken timestamptz not null,
  hold_for_ms bigint not null,
  workers integer not null,
  slices integer not null,
  facts jsonb not null,
  statistics jsonb not null
)`;

/** Creates what is missing of the ledger, in one message. Needs CREATE on the target database the first time. */
export async function ensureLedger(connect: Connect): Promise<void> {
  const tables = [CREATE_RUN, CREATE_SLICE, CREATE_QUARANTINED, CREATE_PUT_ASIDE, CREATE_RESERVE, CREATE_HELD];
  const statements = [LOCK_LEDGER, CREATE_SCHEMA, ...tables];
  await oneStatement(connect, 'schema pgveil', statements.join(';\n'));
}

const HAS_LEDGER = `select pg_catalog.to_regclass('pgveil.put_aside') is not null as found`;

/** Whether a run has been here before. */
export async function hasLedger(connect: Connect): Promise<boolean> {
  const { rows } = await oneStatement<{ found: boolean }>(connect, 'schema pgveil', HAS_LEDGER);
  return rows[0]?.found === true;
}

const IS_OLD = `select pg_catalog.to_regclass('pgveil.held') is null as "isOld" where pg_catalog.to_regclass('pgveil.put_aside') is not null`;

/** Whether a run has been here before. The ledger of an earlier version gets what it lacks. */
export async function findLedger(connect: Connect): Promise<boolean> {
  const { rows } = await oneStatement<{ isOld: boolean }>(connect, 'schema pgveil', IS_OLD);
  if (rows[0]?.isOld) await ensureLedger(connect);
  return rows.length > 0;
}

const INSERT_RUN = `
insert into pgveil.run (id, config_sha256, key_check, snapshot, state) values ($1, $2, $3, $4, 'running')
on conflict (id) do nothing`;

/** Notes that a run begins; again after an answer that was lost. */
export async function recordRun(connect: Connect, run: RunRecord): Promise<void> {
  await oneStatement(connect, 'pgveil.run', INSERT_RUN, [run.id, run.configSha256, run.keyCheck, run.snapshot]);
}

/** Both: the ledger, and in it the run. @param isBegun the run is there, and goes on */
export async function beginLedger(connect: Connect, run: RunRecord, isBegun = false): Promise<void> {
  if (isBegun) return await setRunState(connect, run.id, 'running');
  await ensureLedger(connect);
  await recordRun(connect, run);
}

// What is done stays done, should somebody come late who believes otherwise.
const CLOSE_RUN = `
with forgotten as (delete from pgveil.held where run = $1 and not $3)
update pgveil.run set state = $2, finished = clock_timestamp() where id = $1 and state <> 'done'`;

/**
 * Notes how a run ended; nobody can go on with it, unless it is still to be published. Its commit waits for the disk, and with it
 * everything that the target committed before.
 */
export async function closeRun(
  connect: Connect,
  run: string,
  state: Exclude<RunState, 'running'>,
  { isUnpublished = false } = {},
): Promise<void> {
  await inTransaction(connect, 'pgveil.run', async client => {
    await client.query('set local synchronous_commit = on');
    await client.query(CLOSE_RUN, [run, state, isUnpublished]);
  });
}

const SET_STATE = `update pgveil.run set state = $2, finished = case $2 when 'running' then null else clock_timestamp() end where id = $1`;

/** Notes that a run has stopped amid its work, or goes on with it. */
export async function setRunState(connect: Connect, run: string, state: 'running' | 'interrupted'): Promise<void> {
  await oneStatement(connect, 'pgveil.run', SET_STATE, [run, state]);
}

const STATE = 'select state from pgveil.run where id = $1';

/**
 * Whether a run still has its target: another that took it would have closed it as failed. Where the ledger does not know the
 * run, nothing of it is there to be taken.
 */
export async function isStillOurs(client: ClientBase, run: string): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(HAS_LEDGER);
  if (rows[0]?.found !== true) return true;
  const [known] = (await client.query<{ state: RunState }>(STATE, [run])).rows;
  return known === undefined || known.state === 'running' || known.state === 'done';
}

const LATEST_KEY_CHECK = `
select key_check from pgveil.run where state = 'done' and key_check is not null order by finished desc limit 1`;

/** The key check of the run that filled the target last, if any did. */
export async function latestKeyCheck(connect: Connect): Promise<string | null> {
  const found = await oneStatement<{ key_check: string }>(connect, 'pgveil.run', LATEST_KEY_CHECK);
  return found.rows[0]?.key_check ?? null;
}

/**
 * The statements that note slices (at least one), to be run in the transaction of their rows. The key of the ledger refuses
 * a slice that was committed before, so that a slice never counts twice; its NOT NULL refuses all slices of a run that is no
 * longer running. Whoever closes the run waits for a commit that came before, and lets none come after: so a worker that lost
 * sight of its run cannot write among the rows of another.
 */
export function slicesStatement(slices: readonly SliceRecord[]): string {
  const namesOf = ({ table }: SliceRecord) => [table.schema, table.name].map(quoteLiteral);
  const copied = slices.map(one => {
    const running = `(select id from pgveil.run where id = ${quoteLiteral(one.run)} and state = 'running' for share)`;
    return `(${[running, ...namesOf(one), one.slice, one.rows, one.bytes].join(', ')})`;
  });
  const sealed = slices.flatMap(one => {
    if (!one.sealed) return [];
    const { attempt, rows } = one.sealed;
    return [`(${[quoteLiteral(one.run), ...namesOf(one), one.slice, quoteLiteral(attempt), rows].join(', ')})`];
  });
  const note = `insert into pgveil.slice (run, schema_name, table_name, slice, rows, bytes) values ${copied.join(', ')}`;
  if (sealed.length === 0) return note;
  return `${note}; insert into pgveil.quarantined (run, schema_name, table_name, slice, attempt, rows) values ${sealed.join(', ')}`;
}

const SEALED_ROWS = `
select schema_name, table_name, slice, attempt, rows from pgveil.quarantined where run = $1
order by schema_name, table_name, slice`;

/** What a run has sealed of slices that were committed. */
export async function committedRows(connect: Connect, run: string): Promise<readonly Committed[]> {
  const { rows } = await oneStatement<Omit<Committed, 'table'> & { schema_name: string; table_name: string }>(
    connect,
    'pgveil.quarantined',
    SEALED_ROWS,
    [run],
  );
  return rows.map(({ schema_name: schema, table_name: name, ...rest }) => ({ table: { schema, name }, ...rest }));
}

/** What was sealed of a slice that was committed. */
export interface Committed {
  readonly table: TargetTable;
  readonly slice: number;
  readonly attempt: string;
  readonly rows: number;
}

/** Whether an error is the refusal of a run that is no longer running. */
export const isRunOver = (cause: unknown): boolean =>
  cause instanceof pg.DatabaseError && cause.code === '23502' && cause.schema === 'pgveil' && cause.table === 'slice';

/** What the ledger tells of a slice. */
export interface CommittedSlice {
  readonly rows: number;
  readonly bytes: number;
}

const COMMITTED = `
select kept.rows::float8 as rows, kept.bytes::float8 as bytes
from unnest($2::text[], $3::text[], $4::int[]) with ordinality as asked (schema_name, table_name, slice, number)
join pgveil.slice kept using (schema_name, table_name, slice)
where kept.run = $1
order by asked.number`;

/** The slices of one transaction, as the ledger has them: all, in their order, or undefined where it did not commit. */
export async function committedSlices(
  client: ClientBase,
  run: string,
  slices: readonly { readonly table: TargetTable; readonly slice: { readonly number: number } }[],
): Promise<readonly CommittedSlice[] | undefined> {
  const tables = tableArrays(slices.map(({ table }) => table));
  const numbers = slices.map(({ slice }) => slice.number);
  const { rows } = await client.query<CommittedSlice>(COMMITTED, [run, ...tables, numbers]);
  return rows.length === slices.length ? rows : undefined;
}
