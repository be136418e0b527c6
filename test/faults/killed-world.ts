// A source whose rows never stand still, a target, and runs that are killed: what the suite that kills works with. The truth of
// a run is what the source held in its snapshot, which a session of the test keeps for itself.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createDatabase, type Query, type TestDatabase } from '../database.ts';
import { catalogState } from '../publish/catalog-state.ts';
import { SECRET, startCli } from './cli.ts';
import { repeats } from './scale.ts';

/** Whole tables are emptied once more in the transaction of their slice; rows of partitions that the root routes are not. */
const ALONE = Array.from({ length: repeats(4, 8) }, (_, n) => `load.alone_${n}`);
const PARTITIONS = repeats(8, 16);
/** Each of these tables is a slice of its own, and has a transaction of its own. */
const ROWS_OF_SLICE = 4_500;
/** Milliseconds that a writer rests: two that never do would take the machine from the runs. */
const REST_MS = repeats(40, 5);
const TABLES = [...ALONE, 'load.large', 'load.routed'];
const VALUES = 97;

const COLUMNS = 'id int not null, n int not null, note text not null, secret text not null';
const ROW = `n, n % 1000, repeat(chr(97 + n % 26), 240), 'value ' || n % ${VALUES}`;
const SCHEMA = `
create schema load;
${ALONE.map(table => `create table ${table} (${COLUMNS}, primary key (id));`).join('\n')}
create table load.large (${COLUMNS});
create index on load.large (n);
create table load.routed (${COLUMNS}) partition by hash (secret);
${Array.from(
  { length: PARTITIONS },
  (_, n) =>
    `create table load.routed_${n} partition of load.routed for values with (modulus ${PARTITIONS}, remainder ${n});`,
).join('\n')}`;
const rowsOf = (large: number): string => `
${ALONE.map(table => `insert into ${table} select ${ROW} from generate_series(1, ${ROWS_OF_SLICE}) n;`).join('\n')}
insert into load.large select ${ROW} from generate_series(1, ${large}) n;
insert into load.routed select ${ROW} from generate_series(1, ${PARTITIONS * 4_000}) n;
create table load.masked (value text primary key, masked text not null);
analyze;`;

/** Where and how a world's target is filled; the tests' server and in place, unless given. */
export interface Way {
  readonly server?: string;
  /** Keys of `target:`. */
  readonly block?: object;
  /** The target is to be empty before each run. */
  readonly isEmptied?: boolean;
}

const config = (snapshot: object, block: object): string => {
  const table = { keep: ['id', 'n', 'note'], columns: { secret: { strategy: 'hash', length: 24 } } };
  return JSON.stringify({
    version: 1,
    source: { url: 'env:SOURCE_URL', snapshot },
    target: { url: 'env:TARGET_URL', ...block },
    secret: 'env:ANONYMIZE_SECRET',
    parallel: 2,
    tables: { 'load.alone_*': table, 'load.large': table, 'load.routed': table, 'load.masked': 'skip' },
  });
};

/** What a run says when it is planned, and when its snapshot is held. */
export const PLANNED = ' tables, ';
export const IS_HELD = 'its snapshot is held';

export interface KilledWorld {
  readonly source: TestDatabase;
  readonly target: TestDatabase;
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds that a run takes from its plan to its end when nobody disturbs it. */
  readonly usualMs: number;
  /** What the catalogue of the target holds after that. */
  readonly structure: readonly string[];
  readonly way: Way;
}

/** Makes both databases and runs once undisturbed: that tells what every value becomes. @param rows of the largest table */
export async function makeWorld(folder: string, rows: number, way: Way = {}): Promise<KilledWorld> {
  const { server, block = {}, isEmptied = false } = way;
  const on = server === undefined ? {} : { server };
  const [source, target] = await Promise.all([createDatabase(on), createDatabase(on)]);
  await Promise.all([source.query(`${SCHEMA}${rowsOf(rows)}`), target.query(isEmptied ? '' : SCHEMA)]);
  const file = join(folder, `${target.name}.yaml`);
  await writeFile(file, config({ hold_after: '0s', hold_for: '1min' }, block));
  const env = { SOURCE_URL: source.url, TARGET_URL: target.url, ANONYMIZE_SECRET: SECRET };
  const cli = startCli(['sync', '--config', file], env);
  await cli.said(PLANNED);
  const started = performance.now();
  const ended = await cli.ended;
  if (ended.exitCode !== 0) throw new Error(ended.stderr);
  const usualMs = performance.now() - started;
  const masked = await target.query<{ id: number; secret: string }>(
    `select distinct on (id % ${VALUES}) id, secret from load.large order by id % ${VALUES}, id`,
  );
  await source.query('insert into load.masked select * from unnest($1::text[], $2::text[])', [
    masked.map(({ id }) => `value ${id % VALUES}`),
    masked.map(({ secret }) => secret),
  ]);
  return { source, target, file, env, usualMs, way, structure: await catalogState(target.query) };
}

/** Before a run that begins anew: whose target is to be empty, gets one where the last run is done. */
export async function makeReady({ target, way }: KilledWorld): Promise<void> {
  if (!way.isEmptied) return;
  const [last] = await inLedgers<{ state: string }>(
    target,
    () => 'select state from pgveil.run order by started desc limit 1',
  );
  if (last?.state === 'done') await target.query('drop schema load cascade; drop schema pgveil cascade');
}

/** Ends what was left to end by itself, and drops both databases with what is beside the target. */
export async function dropWorld({ source, target }: KilledWorld): Promise<void> {
  await source.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like '%/holder%'`,
  );
  for (const database of await unfinishedBeside(target)) await source.query(`drop database "${database}" with (force)`);
  await source.drop();
  await target.drop();
}

/** Databases that a swap fills, or has left. */
async function unfinishedBeside({ name, query }: TestDatabase): Promise<readonly string[]> {
  const sql = 'select datname as name from pg_database where starts_with(datname, $1)';
  return (await query<{ name: string }>(sql, [`${name}_pgveil_new_`])).map(row => row.name);
}

/** Asks each ledger that there is: the target's, and those beside it. @param sqlOf told whether it is beside */
async function inLedgers<Row>(target: TestDatabase, sqlOf: (isBeside: boolean) => string): Promise<Row[]> {
  const found: Row[] = [];
  for (const name of [target.name, ...(await unfinishedBeside(target))]) {
    const url = Object.assign(new URL(target.url), { pathname: `/${name}` }).href;
    const client = new pg.Client({ connectionString: url, application_name: 'test' });
    client.on('error', () => {});
    await client.connect();
    const { rows } = await client.query<{ has: boolean }>(`select to_regclass('pgveil.held') is not null as has`);
    if (rows[0]?.has) found.push(...((await client.query(sqlOf(name !== target.name))).rows as Row[]));
    await client.end();
  }
  return found;
}

/** Whether a run is done, and under the target's name. */
export async function isDone({ target }: KilledWorld, { run }: Truth): Promise<boolean> {
  const rows = await target.query<{ state: string }>('select state from pgveil.run where id = $1', [run]);
  return rows[0]?.state === 'done';
}

/** Rows and the sum of their hashes, of 64 bits each; `secret` as it is in the target. */
interface TableSum {
  readonly rows: string;
  readonly sum: string;
}

const sumOf = (row: string, from: string): string =>
  `select count(*) as rows, sum(hashtextextended(${row}, 0)::numeric) as sum from ${from}`;
const SUM_AT_SOURCE = (table: string): string =>
  sumOf(`row(t.id, t.n, t.note, m.masked)::text`, `${table} t left join load.masked m on m.value = t.secret`);
const SUM_AT_TARGET = (table: string): string => sumOf(`row(t.id, t.n, t.note, t.secret)::text`, `${table} t`);

/** What the source held when a run began. */
export interface Truth {
  readonly run: string;
  sums(): Promise<Record<string, TableSum>>;
  close(): Promise<void>;
}

/** Imports the snapshot that is held for the target's unfinished run, if one is. */
export async function findTruth({ source, target }: KilledWorld): Promise<Truth | undefined> {
  const [held] = await inLedgers<{ run: string; snapshot: string }>(
    target,
    isBeside =>
      `select run, h.snapshot from pgveil.held h join pgveil.run r on r.id = run where ${isBeside} or state <> 'done'`,
  );
  if (!held) return undefined;
  const client = new pg.Client({ connectionString: source.url, application_name: 'test' });
  client.on('error', () => {});
  await client.connect();
  await client.query('begin isolation level repeatable read read only');
  try {
    await client.query(`set transaction snapshot '${held.snapshot}'`);
  } catch {
    await client.end(); // the run came to its end meanwhile
    return undefined;
  }
  const query: Query = async <Row>(sql: string) => (await client.query(sql)).rows as Row[];
  return { run: held.run, sums: () => sumsBy(query, SUM_AT_SOURCE), close: () => client.end() };
}

/** What the target holds. */
export const targetSums = ({ target }: KilledWorld): Promise<Record<string, TableSum>> =>
  sumsBy(target.query, SUM_AT_TARGET);

async function sumsBy(query: Query, sqlOf: (table: string) => string): Promise<Record<string, TableSum>> {
  const sums: Record<string, TableSum> = {};
  for (const table of TABLES) {
    const [sum] = await query<TableSum>(sqlOf(table));
    sums[table] = sum!; // an aggregate yields one row
  }
  return sums;
}

/** The key of the next new row. */
let fresh = 1_000_000;

/** Runs `callback` while two sessions insert, update and delete rows of the source. */
export async function whileWriting<Result>(
  { source }: KilledWorld,
  draw: () => number,
  callback: () => Promise<Result>,
): Promise<Result> {
  let isOver = false;
  const before = fresh;
  const write = async (): Promise<void> => {
    const client = new pg.Client({ connectionString: source.url, application_name: 'test' });
    await client.connect();
    for (; !isOver; await sleep(REST_MS)) {
      const table = TABLES[Math.floor(draw() * TABLES.length)]!;
      const id = 1 + Math.floor(draw() * ROWS_OF_SLICE);
      await client.query(`update ${table} set n = n + 1, note = note || 'x' where id = ${id}`);
      await client.query(`delete from ${table} where id = ${1 + Math.floor(draw() * ROWS_OF_SLICE)}`);
      await client.query(`insert into ${table} select ${ROW} from (values (${fresh++})) as fresh (n)`);
    }
    await client.end();
  };
  const writers = [write(), write()];
  const result = await callback().finally(() => {
    isOver = true;
    return Promise.all(writers);
  });
  if (fresh === before) throw new Error('nobody wrote');
  return result;
}

/** Starts a command of the world; `preload` is imported by it and its threads, for it to replace something. */
export function startRun({ file, env }: KilledWorld, args: readonly string[], preload?: string) {
  const more = preload === undefined ? {} : { NODE_OPTIONS: `--import=${preload}` };
  return startCli(['sync', '--config', file, ...args], { ...env, ...more });
}
