import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectFailure, expectNothingLeaked, type RunningCli, withFolder } from './cli.ts';
import { holdAfter, withProxy } from './proxy.ts';
import { amidRead, CONFIG, type HowToSync, type Pair, until, useWorld } from './world.ts';

const withPair = useWorld();

/** Starts a sync whose source stops sending amid a table; `strike` comes then. */
async function whileCopying<Result>(
  pair: Pair,
  strike: (cli: RunningCli) => Promise<Result>,
  { env, ...how }: HowToSync = {},
): Promise<Result> {
  const hold = amidRead();
  return withProxy(pair.source.url, { toClient: hold.gate }, async ({ url }) => {
    const cli = pair.start({ config: { ...CONFIG, parallel: 2 }, ...how, env: { ...env, SOURCE_URL: url } });
    await hold.reached;
    await cli.said('copying');
    return strike(cli);
  });
}

/** An index whose build takes a minute once there are rows; on an empty table it takes no time. */
const SLOW_INDEX = `
create function app.slow(value text) returns text language plpgsql immutable as 'begin return value; end';
create index event_slow on app.event (app.slow(payload));
create or replace function app.slow(value text) returns text language plpgsql immutable as
  'begin perform pg_sleep(60); return value; end'`;

const buildsSlowly = (pair: Pair) =>
  until(async () => {
    const building = `select from pg_stat_activity where state = 'active' and wait_event = 'PgSleep' and datname = current_database()`;
    return (await pair.target.query(building)).length > 0;
  });

const ledger = (pair: Pair) => pair.target.query<{ state: string }>('select state from pgveil.run order by started');

const onlookers = (pair: Pair) =>
  pair.target.query(
    `select from pg_stat_activity where datname = current_database() and application_name like 'anonymize%'`,
  );

describe('asked once to stop', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('amid a table by %s: the target has its structure back', async signal => {
    await withPair({}, async pair => {
      const ended = await whileCopying(pair, cli => {
        cli.process.kill(signal);
        return cli.ended;
      });
      expectFailure(ended, {
        code: 'ANON_INTERRUPTED',
        says: ['The target has its structure back, and its planned tables are empty.', 'Run the same command again'],
      });
      expect(ended.stderr).toContain('Stopping; the target is put right. Ctrl-C again stops at once.\n');
      await pair.expectEmptied();
      expect(await ledger(pair)).toEqual([{ state: 'interrupted' }]);
      expect(await onlookers(pair)).toEqual([]);
    });
  });

  test('amid the rebuilding of an index: the build is cancelled', async () => {
    await withPair({ target: SLOW_INDEX }, async pair => {
      const cli = pair.start({ args: ['--log', 'json'] });
      await buildsSlowly(pair);
      cli.process.kill('SIGINT');
      const ended = await cli.ended;
      const events = ended.stderr
        .trim()
        .split('\n')
        .map(line => JSON.parse(line) as { event: string; code?: string });
      expect(events.map(({ event }) => event).filter(event => event !== 'progress' && event !== 'waiting')).toEqual([
        'planned',
        'stage',
        'stage',
        'stage',
        'stopping',
        'stage',
        'error',
      ]);
      expect(events.at(-1)).toMatchObject({ code: 'ANON_INTERRUPTED', exit: 130 });
      expect(ended.exitCode).toBe(130);
      expectNothingLeaked(ended);
      await pair.expectEmptied();
      expect(await ledger(pair)).toEqual([{ state: 'interrupted' }]);
    });
  });

  test('before anything is written: the command ends at once', async () => {
    await withPair({}, async pair => {
      const hold = holdAfter(0);
      await withProxy(pair.source.url, { toClient: hold.gate }, async ({ url }) => {
        const cli = pair.start({ env: { SOURCE_URL: url } });
        await hold.reached;
        cli.process.kill('SIGINT');
        expectFailure(await cli.ended, { code: 'ANON_INTERRUPTED', says: ['Nothing was written.'] });
      });
      await pair.expectUntouched();
    });
  });

  test('while a strategy does not return: its worker is terminated', async () => {
    await withFolder(async folder => {
      mkdirSync(join(folder, 'own'));
      writeFileSync(join(folder, 'own/forever.mjs'), FOREVER);
      const event = { keep: ['id'], columns: { payload: 'forever' } };
      const config = { ...CONFIG, strategies: join(folder, 'own'), tables: { ...CONFIG.tables, 'app.event': event } };
      await withPair({}, async pair => {
        const cli = pair.start({ config });
        await until(async () => existsSync(join(folder, 'own/begun')));
        cli.process.kill('SIGINT');
        expectFailure(await cli.ended, { code: 'ANON_INTERRUPTED' });
        await pair.expectEmptied();
      });
    });
  });
});

const FOREVER = `
import { writeFileSync } from 'node:fs';
import { defineStrategy, z } from '${join(import.meta.dirname, '../../src/strategy.ts')}';
export default defineStrategy({
  summary: 'Never returns.',
  options: z.object({}),
  accepts: ['text'],
  guarantees: { deterministic: true, reversible: false, uniqueness: 'lossy', keyed: false, yieldsNull: false },
  examples: [],
  create: () => ({ value: () => {
    writeFileSync(new URL('begun', import.meta.url), '');
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  } }),
});`;

/** A run after one that left something undone: it says so, and then does its work. */
async function expectRepair(pair: Pair): Promise<void> {
  const ended = await pair.sync();
  expect(ended).toMatchObject({ exitCode: 0 });
  expect(ended.stderr).toContain('putting right what an earlier run left');
  await pair.expectComplete();
  expect(await ledger(pair)).toEqual([{ state: 'failed' }, { state: 'done' }]);
}

describe('stopped at once', () => {
  test('by a second Ctrl-C: ends within a second, and the next run puts the target right', async () => {
    await withPair({}, async pair => {
      const ended = await whileCopying(pair, async cli => {
        // A reader of the target: rows can be loaded beside it, but not taken away again.
        await pair.target.query('begin; lock table app.person in access share mode');
        cli.process.kill('SIGINT');
        await cli.said('undoing');
        const asked = performance.now();
        cli.process.kill('SIGINT');
        const stopped = await cli.ended;
        expect(performance.now() - asked).toBeLessThan(1000);
        return stopped;
      });
      expectFailure(ended, { code: 'ANON_INTERRUPTED', says: ['the next run puts it right'] });
      await pair.target.query('rollback');
      await expectRepair(pair);
    });
  });

  test('by SIGKILL amid a table: the next run puts the target right', async () => {
    await withPair({}, async pair => {
      const ended = await whileCopying(pair, cli => {
        cli.process.kill('SIGKILL');
        return cli.ended;
      });
      expect(ended.signal).toBe('SIGKILL');
      await expectRepair(pair);
    });
  });

  test('by SIGKILL amid an index: the next run ends the session that still builds it', async () => {
    await withPair({ target: SLOW_INDEX }, async pair => {
      const cli = pair.start();
      await buildsSlowly(pair);
      cli.process.kill('SIGKILL');
      await cli.ended;
      await pair.target.query(`
        create or replace function app.slow(value text) returns text language plpgsql immutable as 'begin return value; end'`);
      await expectRepair(pair);
    });
  });
});
