// Tokens per second: known ones without a database, and new ones into a real vault.
// Run it alone with `npx node bench/tokenize.bench.ts`.

import { userInfo } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import pg from 'pg';
import { ColumnOutput } from '../src/batch/column.ts';
import { parseConnectionUrl } from '../src/config/connection-url.ts';
import { startServer } from '../src/demo/embedded-server.ts';
import { withPool } from '../src/pg/connect.ts';
import { bindStrategy } from '../src/plan/bind-strategies.ts';
import { loadStrategy } from '../src/plan/strategies.ts';
import type { ReplaceColumn, StrategyInstance } from '../src/strategy.ts';
import { binaryArray } from '../src/vault/binary-array.ts';
import { migrate } from '../src/vault/migrate.ts';
import { type OpenVault, openVault } from '../src/vault/open-vault.ts';

const SECRET = new Uint8Array(32).fill(7);
const BATCH_VALUES = 1000;
const NEW_VALUES = 300_000;
const KNOWN_VALUES = 20_000;
const KNOWN_MS = 1500;

export interface TokenFigures {
  readonly known_per_second: number;
  readonly new_per_second: number;
  readonly new_cpu_per_second: number;
  readonly again_per_second: number;
  readonly random_per_second: number;
  readonly copy_rows_per_second: number;
  readonly unnest_rows_per_second: number;
}

/** Measures; `show` gets one line for each figure. */
export async function benchTokens(show: (line: string) => void): Promise<TokenFigures> {
  const server = await startServer({ settings: { shared_buffers: '512MB', max_wal_size: '4GB' } });
  try {
    await query(server.url('postgres'), 'create database control');
    const control = parseConnectionUrl(server.url('control'), {
      env: {},
      user: userInfo().username,
      path: 'control',
      baseDir: '/',
    });
    await withPool(control, { side: 'control', max: 1, applicationName: 'bench' }, migrate);
    const measure = async (name: keyof TokenFigures, work: (vault: OpenVault) => Promise<number>): Promise<number> => {
      const vault = openVault(control, { secret: SECRET, applicationName: 'bench' });
      const figure = await work(vault).finally(() => vault.close());
      show(`${Math.round(figure).toLocaleString('en').padStart(12)}  ${name}`);
      return figure;
    };
    let cpu = 0;
    const figures = {
      new_per_second: await measure('new_per_second', async vault => {
        const before = process.threadCpuUsage();
        const figure = await storeAll(vault, {});
        const { user, system } = process.threadCpuUsage(before);
        cpu = NEW_VALUES / ((user + system) / 1e6);
        return figure;
      }),
      new_cpu_per_second: await measure('new_cpu_per_second', async () => cpu),
      again_per_second: await measure('again_per_second', vault => storeAll(vault, {})),
      known_per_second: await measure('known_per_second', known),
      random_per_second: await measure('random_per_second', vault => storeAll(vault, { mode: 'random' }, 60_000)),
      unnest_rows_per_second: await measure('unnest_rows_per_second', () =>
        insertRows(server.url('control'), byArrays),
      ),
      copy_rows_per_second: await measure('copy_rows_per_second', () => insertRows(server.url('control'), byCopy)),
    };
    return figures;
  } finally {
    await server.stop();
  }
}

/** New values of a domain, batch by batch, until the last is committed. */
async function storeAll(vault: OpenVault, options: Record<string, unknown>, count = NEW_VALUES): Promise<number> {
  const { replace, prepare } = await bind(vault, options);
  const output = new ColumnOutput(BATCH_VALUES);
  const started = performance.now();
  for (let from = 0; from < count; from += BATCH_VALUES) {
    const input = batchAt(from);
    await nextTurn(); // batches come from a socket: others' turns are between them
    await vault.room();
    await prepare?.(input, [], from);
    output.reset(input.count);
    replace(input, output, [], from);
  }
  await vault.settle();
  return (count / (performance.now() - started)) * 1000;
}

/** Values per second of this thread's CPU time, all of them known. */
async function known(vault: OpenVault): Promise<number> {
  const { replace } = await bind(vault, {});
  const batches = Array.from({ length: KNOWN_VALUES / BATCH_VALUES }, (_, batch) => batchAt(batch * BATCH_VALUES));
  const output = new ColumnOutput(BATCH_VALUES);
  const pass = (): void => {
    for (const batch of batches) {
      output.reset(batch.count);
      replace(batch, output, [], 0);
    }
  };
  pass();
  await vault.settle();
  const before = process.threadCpuUsage();
  const used = (): number => {
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1000;
  };
  let values = 0;
  while (used() < KNOWN_MS) {
    pass();
    values += KNOWN_VALUES;
  }
  return (values / used()) * 1000;
}

async function bind(
  vault: OpenVault,
  options: Record<string, unknown>,
): Promise<{ readonly replace: ReplaceColumn; readonly prepare: StrategyInstance['prepare'] }> {
  const definition = await loadStrategy('tokenize');
  if (!definition) throw new Error('there is no strategy tokenize');
  const context = {
    place: 'bench.values.value',
    type: { name: 'text', kind: 'text' },
    rows: 1_000_000,
    secret: SECRET,
    vault,
  } as const;
  const rule = { strategy: 'tokenize', options, domain: `bench ${JSON.stringify(options)}` };
  const bound = await bindStrategy(definition, rule, context);
  if (!('instance' in bound) || !('column' in bound.instance)) throw new Error('tokenize does not bind');
  return { replace: bound.instance.column, prepare: bound.instance.prepare };
}

function batchAt(from: number): ColumnOutput {
  const output = new ColumnOutput(BATCH_VALUES);
  for (let row = from; row < from + BATCH_VALUES; row++)
    output.pushBytes(Buffer.from(`ada.lovelace${row}@mail.example`));
  return output;
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
  const { randomBytes } = await import('node:crypto');
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
  const { from } = await import('pg-copy-streams');
  const { pipeline } = await import('node:stream/promises');
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

if (import.meta.main) await benchTokens(line => process.stdout.write(`${line}\n`));
