// Time limits that somebody has set for the role or the database, far below what a run needs: a run overrides them in its own
// sessions. What it cannot override is somebody who cancels its statements, which it then says.

import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withClient, withPool } from '../../src/pg/connect.ts';
import { migrate } from '../../src/vault/migrate.ts';
import { createDatabase, type TestDatabase } from '../database.ts';
import { asCommand, settingsOf } from '../vault/control.ts';
import { expectFailure } from './cli.ts';
import { writeRecord } from './record.ts';
import { repeats } from './scale.ts';
import { CONFIG, type Pair, until, useWorld } from './world.ts';

const withPair = useWorld();
const SIDES = ['source', 'target', 'control'] as const;
type Side = (typeof SIDES)[number];

/** What each is set to, and what a session of a run has instead. `transaction_timeout` came with PostgreSQL 17. */
const LIMITS = {
  statement_timeout: '0',
  lock_timeout: '30s',
  idle_in_transaction_session_timeout: '0',
  transaction_timeout: '0',
} as const;
type Limit = keyof typeof LIMITS;
const HOSTILE = '100ms';

const CASES = SIDES.flatMap(side => (Object.keys(LIMITS) as Limit[]).map(limit => ({ side, limit })));

let control: TestDatabase;
beforeAll(async () => {
  control = await createDatabase();
});
afterAll(() => control.drop());

const tokens = { strategy: 'tokenize', domain: 'payload' };
const config = {
  ...CONFIG,
  control: { url: 'env:CONTROL_URL' },
  tables: { ...CONFIG.tables, 'app.event': { keep: ['id'], columns: { payload: tokens } } },
};

const databaseOf = (pair: Pair, side: Side): TestDatabase => (side === 'control' ? control : pair[side]);

/** Sets limits for a database, or for the role in it; every other one either way. */
async function setLimits({ query, name }: TestDatabase, limits: readonly Limit[]): Promise<void> {
  for (const [n, limit] of limits.entries()) {
    const whose = n % 2 === 0 ? `database "${name}"` : `role postgres in database "${name}"`;
    await query(`alter ${whose} set ${limit} = '${HOSTILE}'`);
  }
}

async function resetLimits({ query, name, disconnect }: TestDatabase): Promise<void> {
  await query(`alter database "${name}" reset all; alter role postgres in database "${name}" reset all`);
  await disconnect();
}

/** On a session of nobody who overrides anything. */
async function plainly<Result>({ url }: TestDatabase, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

describe('a limit that is set for the role or the database', () => {
  test('bites whoever does not override it', async () => {
    await withPair({}, async pair => {
      await setLimits(pair.source, ['statement_timeout']);
      const slow = plainly(pair.source, client => client.query('select pg_sleep(1)'));
      await expect(slow).rejects.toMatchObject({ code: '57014' });
      await resetLimits(pair.source);
    });
  });

  test.each(CASES)('$limit of the $side is overridden in the sessions of a run', async ({ side, limit }) => {
    await withPair({}, async pair => {
      const database = databaseOf(pair, side);
      await setLimits(database, [limit]);
      try {
        const show = (client: Pick<pg.ClientBase, 'query'>) => client.query(`show ${limit}`);
        expect((await plainly(database, show)).rows).toEqual([{ [limit]: HOSTILE }]);
        const options = { side, max: 1, applicationName: 'test' };
        const found = await withPool(settingsOf(database), options, pool => withClient(pool, show));
        expect(found.rows).toEqual([{ [limit]: LIMITS[limit] }]);
      } finally {
        await resetLimits(database);
      }
    });
  });

  test('stops no run, although each of its sides keeps it waiting for longer', async () => {
    await asCommand(control, ({ pool }) => migrate(pool));
    const all = Object.keys(LIMITS) as Limit[];
    const runs = repeats(0, 1) === 1 ? CASES.map(({ side, limit }) => ({ sides: [side], limits: [limit] })) : [];
    for (const { sides, limits } of [...runs, { sides: SIDES, limits: all }]) {
      await withPair({}, async pair => {
        for (const side of sides) await setLimits(databaseOf(pair, side), limits);
        const ended = await keptWaiting(pair);
        for (const side of sides) await resetLimits(databaseOf(pair, side));
        expect(ended, JSON.stringify({ sides, limits })).toMatchObject({ exitCode: 0 });
        await pair.expectComplete();
      });
    }
    writeRecord('timeouts', { runs: runs.length + 1, limit: HOSTILE, kept_waiting_ms: 3 * WAIT_MS, failed: 0 });
  });
});

const WAIT_MS = 400;

/** Runs a sync that waits for a lock on each side for longer than the limits. */
async function keptWaiting(pair: Pair) {
  const locks = {
    source: 'lock table app.event in access exclusive mode',
    target: 'lock table app.event in share mode',
    control: 'lock table pgveil_vault.token in exclusive mode',
  };
  const cli = pair.startHere({ config, args: ['--yes'], env: { CONTROL_URL: control.url } });
  const held = SIDES.map(side =>
    plainly(databaseOf(pair, side), async client => {
      // Whoever keeps others waiting is not to be ended by the limits.
      await client.query(`set statement_timeout = 0; set lock_timeout = 0; set transaction_timeout = 0;
        set idle_in_transaction_session_timeout = 0; begin; ${locks[side]}`);
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      const isWaited = `select from pg_locks where not granted and ${rows[0]?.pid} = any (pg_blocking_pids(pid))`;
      await until(async () => (await client.query(isWaited)).rows.length > 0);
      await sleep(WAIT_MS);
      await client.query('commit');
    }),
  );
  const [ended] = await Promise.all([cli.ended, ...held]);
  return ended;
}

test('a statement that somebody cancels is said to be cancelled, and the target is put right', async () => {
  await withPair({}, async pair => {
    await pair.source.query('begin; lock table app.event in access exclusive mode');
    const cli = pair.startHere();
    const waiting = 'select pid from pg_locks where not granted and pg_backend_pid() = any (pg_blocking_pids(pid))';
    await until(async () => (await pair.source.query(waiting)).length > 0);
    await pair.source.query(`select pg_cancel_backend(pid) from (${waiting}) as waiting`);
    expectFailure(await cli.ended, {
      code: 'ANON_CANCELLED',
      exit: 75,
      says: ['source: the server cancelled a statement'],
    });
    await pair.source.query('rollback');
    await pair.expectUntouched();
  });
});
