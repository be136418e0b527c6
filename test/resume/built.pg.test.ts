// Runs that build the database which they fill, and are killed: they go on with it, and the result is that of a run that nobody
// has disturbed.

import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { STAGES } from '../../src/report/progress.ts';
import type { TestDatabase } from '../database.ts';
import { expectFailure } from '../faults/cli.ts';
import { holdWhen } from '../faults/proxy.ts';
import { until } from '../faults/world.ts';
import { WITHOUT_TOOLS } from '../tools-server.ts';
import { type BuiltPair, CONFIG, holders, useBuilt, WAYS, type Way, withPair } from './built.ts';
import {
  amidEvents,
  endAllSessions,
  kill,
  killedAt,
  onceHeld,
  SLICES,
  untilSessionsEnd,
  untilSlices,
  whileGated,
  whileShut,
} from './strike-built.ts';

useBuilt();

const EACH_WAY = Object.keys(WAYS) as Way[];
const ONE_OF_EACH: readonly Way[] = ['publish: swap', 'schema: copy'];

/** Small tables are there, and the large one takes no more. */
const killedAmidTable = async (pair: BuiltPair): Promise<void> => {
  await whileShut(pair, amidEvents(), async cli => {
    await untilSlices(pair);
    await kill(cli);
  });
  await untilSessionsEnd(pair);
};

const A_FIRST = `select from pg_indexes where indexname = 'a_first'`;

/** One worker: a second one takes time to start. */
const RESUME = { args: ['--resume', '--parallel', '1'] };

async function goOn(pair: BuiltPair, how = RESUME): Promise<void> {
  expect(await pair.sync(how)).toMatchObject({ exitCode: 0 });
  expect(await pair.state()).toEqual(pair.undisturbed);
  expect(await pair.unfinished()).toEqual([]);
  const runs = await pair.runs();
  expect(runs.map(({ state }) => state)).toEqual(runs.map(() => 'done'));
}

/** Whose turn it is to leave, amid a statement: who renames the database waits for that. */
async function startReading({ url }: TestDatabase): Promise<number> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  client.query('select pg_sleep(60)').catch(() => {});
  return rows[0]?.pid ?? 0;
}

const endReading = ({ query }: TestDatabase, pid: number) => query('select pg_terminate_backend($1)', [pid]);

const RENAMING = `select from pg_stat_activity where state = 'active' and starts_with(query, 'alter database "' || $1 || '" rename')`;

describe.skipIf(WITHOUT_TOOLS !== undefined)(`a killed run that builds its database ${WITHOUT_TOOLS ?? ''}`, () => {
  test.each(EACH_WAY)('goes on amid a table, on its snapshot, with what is committed (%s)', async way => {
    await withPair(way, async pair => {
      await killedAmidTable(pair);
      const before = await pair.whereBuilt(SLICES);
      expect(before.length).toBeGreaterThan(0);
      expect(await pair.unfinished()).toHaveLength(way === 'schema: copy' ? 0 : 1);
      const [killed] = await pair.runs();
      expect(killed).toMatchObject({ state: 'killed', is_resumable: true, slices_done: before.length });
      await pair.source.query(`delete from app.person where id <= 10; update app.event set payload = 'new'`);
      await goOn(pair, { args: ['--resume'] });
      expect(await pair.target.query(SLICES)).toEqual(expect.arrayContaining(before));
      expect(await pair.runs()).toContainEqual(expect.objectContaining({ run: killed?.run, state: 'done' }));
    });
  });

  test.each(ONE_OF_EACH)('goes on amid its indexes, and copies no row again (%s)', async way => {
    await withPair(way, async pair => {
      const hasFirst = async () => (await pair.whereBuilt(A_FIRST)).length === 1;
      await killedAt(pair, 'gate index', hasFirst);
      const before = await pair.whereBuilt(SLICES);
      expect(await hasFirst()).toBe(true);
      expect(await pair.whereBuilt(`select from pg_indexes where indexname = 'team_gated'`)).toHaveLength(0);
      await goOn(pair);
      expect(await pair.target.query(SLICES)).toEqual(before);
    });
  });

  test('carries the rows of skipped tables along once, although it was killed amid them', async () => {
    await withPair('publish: swap', async pair => {
      await killedAt(pair, 'gate rows');
      expect(await pair.whereBuilt('select * from app.setting')).toHaveLength(2);
      await goOn(pair);
    });
  });

  test('goes on with the exchange of names, when it was killed amid that', async () => {
    await withPair('publish: swap', async pair => {
      const reader = await startReading(pair.target);
      await onceHeld(pair, async cli => {
        await cli.said(STAGES.swapping);
        await until(async () => (await pair.source.query(RENAMING, [pair.target.name])).length > 0);
        await kill(cli);
      }).finally(() => endReading(pair.source, reader));
      const before = await pair.whereBuilt(SLICES);
      expect((await pair.runs())[0]).toMatchObject({ state: 'killed', is_resumable: true, finished: null });
      await goOn(pair);
      expect(await pair.target.query(SLICES)).toEqual(before);
    });
  });

  test('is not dropped by an attempt that was frozen, and wakes when another has gone on', async () => {
    await withPair('publish: swap', async pair => {
      await whileShut(pair, amidEvents(), async frozen => {
        await untilSlices(pair);
        frozen.process.kill('SIGSTOP');
        await endAllSessions(pair);
        let goingOn: ReturnType<BuiltPair['sync']> | undefined;
        await whileGated(pair, 'gate index', async waiting => {
          goingOn = pair.sync(RESUME);
          await waiting();
          frozen.process.kill('SIGCONT');
          expect((await frozen.ended).exitCode).toBeGreaterThan(0);
          expect(await pair.whereBuilt('select state from pgveil.run')).toEqual([{ state: 'running' }]);
        });
        expect(await goingOn).toMatchObject({ exitCode: 0 });
      });
      expect(await pair.state()).toEqual(pair.undisturbed);
    });
  });

  test.each(ONE_OF_EACH)('starts over where its tables were not there yet (%s)', async way => {
    await withPair(way, async pair => {
      await whileShut(
        pair,
        holdWhen(chunk => chunk.includes('CREATE TABLE app.person')),
        kill,
        { isHeld: false },
      );
      expectFailure(await pair.sync(RESUME), {
        code: 'ANON_RESUME_NOTHING',
        says: ['before it had built its tables'],
      });
      expect(await pair.sync()).toMatchObject({ exitCode: 0 });
      expect(await pair.state()).toEqual(pair.undisturbed);
      expect(await pair.unfinished()).toEqual([]);
    });
  });

  const EVENT_IN_CLEAR = { tables: { ...CONFIG.tables, 'app.event': 'keep' } };
  const OTHER_SECRET = { ANONYMIZE_SECRET: 'another secret that is long enough as well' };

  test.each(ONE_OF_EACH)('is refused and stays when something has changed; a new one drops it (%s)', async way => {
    await withPair(way, async pair => {
      await killedAmidTable(pair);
      const [slices, left] = [await pair.whereBuilt(SLICES), await pair.unfinished()];
      expectFailure(await pair.sync({ ...RESUME, change: EVENT_IN_CLEAR }), {
        code: 'ANON_RESUME_PLAN',
        says: ['the rules of app.event.'],
      });
      expectFailure(await pair.sync({ ...RESUME, env: OTHER_SECRET }), { code: 'ANON_RESUME_KEY' });
      await pair.whereBuilt('alter table app.event add more int');
      expectFailure(await pair.sync(RESUME), {
        code: 'ANON_RESUME_SCHEMA',
        says: ['app.event of the database that it has built'],
      });
      expect([await pair.whereBuilt(SLICES), await pair.unfinished()]).toEqual([slices, left]);
      expect(await holders(pair.source)).toHaveLength(1);
      const ended = await pair.sync();
      expect(ended).toMatchObject({ exitCode: 0 });
      expect(ended.stderr).toContain('could have gone on');
      expect(await pair.state()).toEqual(pair.undisturbed);
      expect(await pair.unfinished()).toEqual([]);
    });
  });

  test.each(ONE_OF_EACH)('is left as it is where a server stays away (%s)', async way => {
    await withPair(way, async pair => {
      const strike = (cli: ReturnType<BuiltPair['start']>, cut: () => void) => {
        cut();
        return cli.ended;
      };
      const change = { retries: { attempts: 1 } };
      expectFailure(await whileShut(pair, amidEvents(), strike, { change }), {
        code: ['ANON_CONNECTION_LOST', 'ANON_SERVER_SHUTDOWN'],
        findings: ['ANON_RESUMABLE'],
      });
      expect((await pair.runs())[0]).toMatchObject({ state: 'stopped', is_resumable: true, is_same_config: false });
      await goOn(pair);
    });
  });
});
