// The server of one side dies amid a run (kill -9 of its postmaster, or of one of its backends, which takes all others along) and
// starts again. The target: the run goes on, or ends with an error of the catalogue and the next one puts the target right. The
// source: what was read of its snapshot is not mixed.

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedServer, startServer } from '../../src/demo/embedded-server.ts';
import type { AnonymizeError, SyncEvent } from '../../src/index.ts';
import { createDatabase, type TestDatabase } from '../database.ts';
import { catalogState } from '../publish/catalog-state.ts';
import { configOf, type Pair, syncPair } from '../sync.ts';
import { query } from './one-query.ts';
import { contentsOf, emptied, expectTyped, isLeftToNext } from './promised.ts';
import { writeRecord } from './record.ts';
import { draws, repeats, seed } from './scale.ts';

const SCHEMA = `
create schema app;
create table app.event (id bigint primary key, payload text not null, note text) with (fillfactor = 10);
create index event_payload on app.event (md5(payload));
create table app.person (id int primary key, email text not null unique);
create table app.visit (id int primary key, person int not null references app.person);`;

const ROWS = `
insert into app.event select n, 'payload ' || n || repeat('x', 300), 'note' from generate_series(1, ${repeats(12_000, 30_000)}) n;
insert into app.person select n, 'person' || n || '@mail.example' from generate_series(1, 1500) n;
insert into app.visit select n, 1 + n % 1500 from generate_series(1, 2000) n; analyze`;

const NAMES = ['app.event', 'app.person', 'app.visit'];
const CONFIG = configOf(
  {
    'app.event': { keep: ['id', 'note'], columns: { payload: 'hash' } },
    'app.person': { keep: ['id'], columns: { email: 'email' } },
    'app.visit': 'keep',
  },
  { parallel: 2, trial_rows: 0, retries: { within: '20s' } },
);

const folder = mkdtempSync(join(tmpdir(), 'pgveil-postmaster-'));
chmodSync(folder, 0o755); // the server may run as another user
let server: EmbeddedServer;
let steady: Pair;
let onServer: Pair;
let structure: readonly string[];
let wanted: readonly string[];

const start = (port?: number): Promise<EmbeddedServer> =>
  startServer({
    dataDir: join(folder, 'data'),
    ...(port !== undefined && { port }),
    settings: { fsync: 'off', autovacuum: 'off' },
  });

beforeAll(async () => {
  server = await start();
  const made: Record<string, TestDatabase> = {};
  for (const [name, sql] of [
    ['source', SCHEMA + ROWS],
    ['target', SCHEMA],
  ] as const) {
    made[name] = await createDatabase();
    made[`${name}_there`] = await createDatabase({ name, server: server.url('postgres') });
    for (const database of [made[name], made[`${name}_there`]]) await database?.query(sql);
  }
  steady = { source: made.source!, target: made.target! };
  onServer = { source: made.source_there!, target: made.target_there! };
  structure = await catalogState(steady.target.query);
  await syncPair(steady, CONFIG);
  wanted = await contentsOf(steady.target.query, NAMES);
});
afterAll(async () => {
  for (const { source, target } of [onServer, steady]) await Promise.all([source.drop(), target.drop()]);
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Kills the postmaster after a time, and has it back after another. */
async function killAndStart(afterMs: number, downMs: number): Promise<void> {
  await sleep(afterMs);
  process.kill(server.pid, 'SIGKILL');
  await sleep(downMs);
  const { port } = server;
  await server.stop(); // it is gone; this removes its temporary files
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      server = await start(port);
      return;
    } catch (cause) {
      // Its backends end a moment after it; until then its shared memory is in use.
      if (Date.now() > deadline) throw cause;
      await sleep(100);
    }
  }
}

/** A session of a run. */
const A_BACKEND = `
select pid from pg_stat_activity where application_name like 'anonymize/%' order by random() limit 1`;

/** @returns whether there was a session of the run to kill */
async function killOne(): Promise<boolean> {
  const [found] = await query<{ pid: number }>(server.url('postgres'), A_BACKEND);
  if (!found) return false;
  try {
    return process.kill(found.pid, 'SIGKILL');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ESRCH') return await killOne(); // it has ended since
    throw cause;
  }
}

/** A kill that hits a session in its last moment ends no other one. */
const NOTICED_WITHIN_MS = 5_000;

/** Kills one session of the run after a time: the server ends all others, and starts again by itself. */
async function killBackend(afterMs: number): Promise<void> {
  await sleep(afterMs);
  const witness = new pg.Client(server.url('postgres'));
  witness.on('error', () => {});
  await witness.connect();
  const ended = new Promise(resolve => witness.once('end', resolve));
  try {
    if (!(await killOne())) return;
    await Promise.race([ended, sleep(NOTICED_WITHIN_MS)]);
  } finally {
    await witness.end();
  }
  const isBack = () => query(server.url('postgres'), 'select').then(Boolean, () => false);
  const deadline = Date.now() + 30_000;
  while (!(await isBack()) && Date.now() < deadline) await sleep(50);
}

interface Tally {
  runs: number;
  amid: number;
  succeeded: number;
  retries: number;
  leftToNext: number;
  failed: Record<string, number>;
}

/** Strikes the server after a time. @param took how long a run takes, in milliseconds */
type Strike = (took: number, random: () => number) => Promise<void>;

const ON_POSTMASTER: Strike = (took, random) => killAndStart(random() * took, random() * 800);
const ON_BACKEND: Strike = (took, random) => killBackend(random() * took);

async function strikeOnce(pair: Pair, random: () => number, { tally, strike }: Striking): Promise<void> {
  let isOver = false;
  const onEvent = ({ event }: SyncEvent): void => {
    if (event === 'retry') tally.retries++;
  };
  const started = performance.now();
  await syncPair(pair, CONFIG); // how long a run takes just now
  const took = performance.now() - started;
  const killing = strike(took, random).then(() => isOver);
  killing.catch(() => {}); // it is awaited below
  const failure = await syncPair(pair, CONFIG, { onEvent }).then(
    () => undefined,
    (cause: unknown) => cause as AnonymizeError,
  );
  isOver = true;
  const wasOver = await killing;
  tally.runs++;
  if (!wasOver || failure) tally.amid++;
  const error = expectTyped(failure);
  if (error) tally.failed[error.code] = (tally.failed[error.code] ?? 0) + 1;
  else tally.succeeded++;
  if (isLeftToNext(error)) {
    tally.leftToNext++;
    await syncPair(pair, CONFIG);
    expect(await contentsOf(pair.target.query, NAMES)).toEqual(wanted);
  }
  const now = await contentsOf(pair.target.query, NAMES);
  if (error) expect([emptied(NAMES), wanted]).toContainEqual(now);
  else expect(now).toEqual(wanted);
  expect(await catalogState(pair.target.query)).toEqual(structure);
}

interface Striking {
  readonly tally: Tally;
  readonly strike: Strike;
}

const record: Record<string, Tally> = {};

test.each([
  ["target's postmaster", repeats(1, 20), ON_POSTMASTER, () => ({ source: steady.source, target: onServer.target })],
  ["source's postmaster", repeats(1, 10), ON_POSTMASTER, () => ({ source: onServer.source, target: steady.target })],
  [
    "run's backend on the target",
    repeats(1, 20),
    ON_BACKEND,
    () => ({ source: steady.source, target: onServer.target }),
  ],
  [
    "run's backend on the source",
    repeats(1, 10),
    ON_BACKEND,
    () => ({ source: onServer.source, target: steady.target }),
  ],
] as const)(
  'the %s is killed %i times and the server starts again: the target is right',
  async (side, times, strike, pairOf) => {
    const random = draws(side);
    const tally: Tally = { runs: 0, amid: 0, succeeded: 0, retries: 0, leftToNext: 0, failed: {} };
    for (let time = 1; time <= times; time++) {
      await strikeOnce(pairOf(), random, { tally, strike }).catch((cause: unknown) => {
        throw new Error(`seed ${seed}, ${side}, time ${time}`, { cause });
      });
    }
    expect(tally.runs).toBe(times);
    record[side] = tally;
  },
);

afterAll(() => writeRecord('postmaster', record));
