// Tokens per second: known ones without a database, new ones into a real vault, and two ways to get rows into a table.

import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { pipeline } from 'node:stream/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import pg from 'pg';
import { from } from 'pg-copy-streams';
import { ColumnOutput } from '../src/batch/column.ts';
import { type ConnectionSettings, parseConnectionUrl } from '../src/config/connection-url.ts';
import { startServer } from '../src/demo/embedded-server.ts';
import { withPool } from '../src/pg/connect.ts';
import { binaryArray } from '../src/vault/binary-array.ts';
import { migrate } from '../src/vault/migrate.ts';
import { type OpenVault, openVault } from '../src/vault/open-vault.ts';
import type { Figure } from './figure.ts';
import { cpuMs, perCpuSecond } from './measure.ts';
import { BATCH_VALUES, batchesOf, bindCase, SECRET, type StrategyCase } from './strategy-work.ts';

const NEW_VALUES = 300_000;
const RANDOM_VALUES = 60_000;
const KNOWN_BATCHES = 20;
/** Values per second and core, of values whose tokens are known. */
const KNOWN_FLOOR = 1_000_000;
/** Tokens per second that are in the vault for good. */
const NEW_FLOOR = 100_000;

/** Measures against an embedded PostgreSQL on this machine. */
export async function* benchTokens(): AsyncGenerator<Figure> {
  const server = await startServer({ settings: { shared_buffers: '512MB', max_wal_size: '4GB' } });
  try {
    await query(server.url('postgres'), 'create database control');
    const place = { env: {}, user: userInfo().username, path: 'control', baseDir: '/' };
    const control = parseConnectionUrl(server.url('control'), place);
    await withPool(control, { side: 'control', max: 1, applicationName: 'bench' }, migrate);
    yield* vaultFigures(work => withVault(control, work));
    const copied = await insertRows(server.url('control'), byCopy);
    const unnested = await insertRows(server.url('control'), byArrays);
    yield { what: 'rows into a table, from three arrays in one statement', value: unnested, unit: 'inserted rows/s' };
    yield { what: 'rows into a table, by COPY into a temporary one', value: copied, unit: 'inserted rows/s' };
  } finally {
    await server.stop();
  }
}

type UseVault = <T>(work: (vault: OpenVault) => Promise<T>) => Promise<T>;

/** Each with a vault that is opened anew: nothing is in front of the database then. */
async function* vaultFigures(use: UseVault): AsyncGenerator<Figure> {
  const before = cpuMs();
  const fresh = await use(vault => storeAll(vault, {}, NEW_VALUES));
  const cpu = cpuMs() - before;
  yield { what: 'tokenize, new tokens, in the vault for good', value: fresh, unit: 'tokens/s', floor: NEW_FLOOR };
  yield { what: 'tokenize, new tokens, of the CPU time here', value: (NEW_VALUES / cpu) * 1000, unit: 'values/s' };
  const again = await use(vault => storeAll(vault, {}, NEW_VALUES));
  yield { what: 'tokenize, tokens of an earlier run', value: again, unit: 'tokens/s' };
  const known = await use(knownTokens);
  yield { what: 'tokenize, known tokens', value: known, unit: 'values/s', floor: KNOWN_FLOOR };
  const random = await use(vault => storeAll(vault, { mode: 'random' }, RANDOM_VALUES));
  yield { what: 'tokenize, new random tokens', value: random, unit: 'tokens/s' };
}

async function withVault<T>(control: ConnectionSettings, work: (vault: OpenVault) => Promise<T>): Promise<T> {
  const vault = openVault(control, { secret: SECRET, applicationName: 'bench' });
  return work(vault).finally(() => vault.close());
}

const value = (row: number): string => `ada.lovelace${row}@mail.example`;

/** The strategy with a domain for each way to use it. */
const caseOf = (vault: OpenVault, options: StrategyCase['options']): StrategyCase => ({
  strategy: 'tokenize',
  options: options ?? {},
  domain: `bench ${JSON.stringify(options)}`,
  value,
  vault,
});

/** Values of a domain, batch by batch, until the last is committed: how many a second that is. */
async function storeAll(vault: OpenVault, options: StrategyCase['options'], count: number): Promise<number> {
  const { instance } = await bindCase(caseOf(vault, options));
  const output = new ColumnOutput(BATCH_VALUES);
  const batches = batchesOf(value, count / BATCH_VALUES);
  const started = performance.now();
  for (const [number, input] of batches.entries()) {
    await nextTurn(); // batches come from a socket: others' turns are between them
    await vault.room();
    await instance.prepare?.(input, [], number * BATCH_VALUES);
    output.reset(input.count);
    instance.column(input, output, [], number * BATCH_VALUES);
  }
  await vault.settle();
  return (count / (performance.now() - started)) * 1000;
}

/** The same values over and over: after the first time, what is in front of the vault knows them. */
async function knownTokens(vault: OpenVault): Promise<number> {
  const { instance } = await bindCase(caseOf(vault, {}));
  const batches = batchesOf(value, KNOWN_BATCHES);
  const output = new ColumnOutput(BATCH_VALUES);
  const pass = (): number => {
    for (const batch of batches) {
      output.reset(batch.count);
      instance.column(batch, output, [], 0);
    }
    return batches.length * BATCH_VALUES;
  };
  pass();
  await vault.settle();
  return perCpuSecond(pass);
}

// How a batch gets into the vault: as three arrays in one statement, or by COPY into a temporary table and from there.
const CREATE = `
drop table if exists bench_token;
create table bench_token (fingerprint bytea primary key, token text collate "C" unique, sealed bytea)`;
const FROM_ARRAYS = `
insert into bench_token select * from unnest($1::bytea[], $2::text[], $3::bytea[]) on conflict do nothing`;
const BATCH_ROWS = 8192;
const BENCH_ROWS = 20 * BATCH_ROWS;

type Row = readonly [fingerprint: Buffer, token: Buffer, sealed: Buffer];

async function insertRows(
  url: string,
  insert: (client: pg.Client, rows: readonly Row[]) => Promise<void>,
): Promise<number> {
  const batches = Array.from({ length: BENCH_ROWS / BATCH_ROWS }, () =>
    Array.from(
      { length: BATCH_ROWS },
      (): Row => [randomBytes(16), Buffer.from(randomBytes(13).toString('hex')), randomBytes(58)],
    ).sort(([one], [other]) => one.compare(other)),
  );
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(CREATE);
    await client.query('create temporary table fresh (like bench_token) on commit delete rows');
    const started = performance.now();
    for (const rows of batches) await insert(client, rows);
    return (BENCH_ROWS / (performance.now() - started)) * 1000;
  } finally {
    await client.end();
  }
}

async function byArrays(client: pg.Client, rows: readonly Row[]): Promise<void> {
  await client.query(FROM_ARRAYS, [
    binaryArray(
      'bytea',
      rows.map(([fingerprint]) => fingerprint),
    ),
    binaryArray(
      'text',
      rows.map(([, token]) => token),
    ),
    binaryArray(
      'bytea',
      rows.map(([, , sealed]) => sealed),
    ),
  ]);
}

async function byCopy(client: pg.Client, rows: readonly Row[]): Promise<void> {
  await client.query('begin');
  await pipeline([binaryRows(rows)], client.query(from('copy fresh from stdin (format binary)')));
  await client.query('insert into bench_token select * from fresh on conflict do nothing; commit');
}

/** COPY's binary form: header, tuples, trailer. */
function binaryRows(rows: readonly Row[]): Buffer {
  const parts: Buffer[] = [Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')];
  for (const row of rows) {
    parts.push(Buffer.of(0, row.length));
    for (const field of row) {
      const length = Buffer.alloc(4);
      length.writeInt32BE(field.length);
      parts.push(length, field);
    }
  }
  return Buffer.concat([...parts, Buffer.of(0xff, 0xff)]);
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
