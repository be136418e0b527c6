import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/index.ts';
import { databaseUrl, hashTable, type TableHash } from '../database.ts';
import { expectFailure, type Failure, type RunningCli, withFolder } from '../faults/cli.ts';
import { type ProxyServer, withProxy } from '../faults/proxy.ts';
import { amidWrite, CONFIG, EVENTS, type HowToSync, type Pair, until, useWorld } from '../faults/world.ts';
import { expectNoHolder, HELD, holders, killed, whileHeld } from './held.ts';

const withPair = useWorld();

async function hashes({ target }: Pair): Promise<readonly TableHash[]> {
  const found: TableHash[] = [];
  for (const table of ['app.person', 'app.orders', 'app.event']) found.push(await hashTable(target.query, table));
  return found;
}

const states = (pair: Pair) => pair.target.query('select state from pgveil.run order by started');

/** Restarts, so that nothing of the killed run stays. */
async function startOver(pair: Pair, config: unknown = HELD): Promise<void> {
  const ended = await pair.sync({ config, args: ['--restart'] });
  expect(ended).toMatchObject({ exitCode: 0 });
  expect(ended.stderr).not.toContain('could have gone on');
  await pair.expectComplete();
  await expectNoHolder(pair);
}

/** A target that another test's statement holds up while it is rebuilt. */
const SLOW_INDEX = `
create function app.slow(value text) returns text language plpgsql immutable as 'begin return value; end';
create index event_slow on app.event (app.slow(payload));
create or replace function app.slow(value text) returns text language plpgsql immutable as
  'begin perform pg_sleep(60); return value; end'`;
const QUICK_INDEX = `
create or replace function app.slow(value text) returns text language plpgsql immutable as 'begin return value; end'`;

describe('a run that was killed amid a table', () => {
  test('goes on with its snapshot: what the source did since is not in the target', async () => {
    await withPair({}, async pair => {
      expect(await pair.sync()).toMatchObject({ exitCode: 0 });
      const undisturbed = await hashes(pair);
      await killed(pair);
      expect(await holders(pair)).toHaveLength(1);
      await pair.source.query(`delete from app.orders where id <= 10; update app.event set payload = 'new'`);
      const ended = await pair.sync({ config: HELD, args: ['--resume'] });
      expect(ended).toMatchObject({ exitCode: 0 });
      expect(await hashes(pair)).toEqual(undisturbed);
      expect(await states(pair)).toEqual([{ state: 'done' }, { state: 'done' }]);
      expect(await pair.target.query('select * from pgveil.held')).toEqual([]);
      await expectNoHolder(pair);
    });
  });

  test('goes on by its id, with more workers, and reports all of its rows', async () => {
    await withPair({}, async pair => {
      await killed(pair, { args: ['--parallel', '1'] });
      const [{ id = '', started } = {}] = await pair.target.query<{ id: string; started: Date }>(
        'select * from pgveil.run',
      );
      const [{ slices } = {}] = await pair.target.query<{ slices: number }>(
        'select count(*)::int as slices from pgveil.slice',
      );
      await withFolder(async folder => {
        const file = join(folder, 'report.json');
        const ended = await pair.sync({ config: HELD, args: ['--resume', id, '--parallel', '2', '--report', file] });
        expect(ended).toMatchObject({ exitCode: 0 });
        expect(ended.stdout).toContain(`The run began at ${started?.toISOString()} and went on at `);
        const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
        expect(report).toMatchObject({
          run: id,
          rows: EVENTS + 800,
          resumed: { slices },
          started: started?.toISOString(),
        });
        expect(report.tables.map(({ rows }) => rows)).toEqual([EVENTS, 500, 300]);
      });
      await pair.expectComplete();
      await expectNoHolder(pair);
    });
  });

  test('can be killed again, and go on again', async () => {
    await withPair({}, async pair => {
      await killed(pair);
      const hold = amidWrite();
      await withProxy(pair.target.url, { toServer: hold.gate }, async ({ url }) => {
        const cli = pair.start({ config: HELD, args: ['--resume'], env: { TARGET_URL: url } });
        await Promise.race([hold.reached, cli.ended]);
        cli.process.kill('SIGKILL');
        await cli.ended;
      });
      expect(await pair.sync({ config: HELD, args: ['--resume'] })).toMatchObject({ exitCode: 0 });
      await pair.expectComplete();
      expect(await states(pair)).toEqual([{ state: 'done' }]);
      await expectNoHolder(pair);
    });
  });

  test('is started over by a sync without a terminal, which says that it could have gone on', async () => {
    await withPair({}, async pair => {
      await killed(pair);
      const ended = await pair.sync({ config: HELD });
      expect(ended).toMatchObject({ exitCode: 0 });
      expect(ended.stderr).toMatch(/run [0-9a-f-]{36} of \S+ could have gone on \(\d of 3 slices done, .*--resume/);
      await pair.expectComplete();
      await expectNoHolder(pair);
      await killed(pair);
      const json = await pair.sync({ config: HELD, args: ['--log', 'json'] });
      expect(json.stderr).toContain('"event":"unfinished"');
      expect(json.exitCode).toBe(0);
      await pair.expectComplete();
      await expectNoHolder(pair);
    });
  });
});

test('a killed run is found, and its holder ended, where the role may open no more sessions of the source', async () => {
  await withPair({}, async pair => {
    const role = { user: `held_${pair.source.name}`, password: 'of the test' };
    const env = { SOURCE_URL: databaseUrl(pair.source.name, role) };
    await pair.source.query(`create role ${role.user} login password '${role.password}' in role pg_read_all_data`);
    try {
      await killed(pair, { env });
      const [holder] = await holders(pair);
      await pair.source.query(`alter role ${role.user} connection limit 3`); // the sync's two until it has planned
      const ended = await pair.sync({ config: HELD, env, args: ['--parallel', '1'] });
      expect(ended.stderr).toMatch(/could have gone on/);
      expect(await holders(pair)).not.toContainEqual(holder);
      await expectNoHolder(pair);
    } finally {
      await pair.source.query(`drop role ${role.user}`);
    }
  });
});

test('a run that was killed amid an index goes on there: no row is copied again', async () => {
  await withPair({ target: SLOW_INDEX }, async pair => {
    // A run that has read all rows lets go of the source, and is held no more.
    const hold = amidWrite();
    await withProxy(pair.target.url, { toServer: hold.gate }, async ({ url }) => {
      const cli = pair.start({ config: HELD, env: { TARGET_URL: url } });
      await cli.said('its snapshot is held');
      hold.open();
      await until(async () => (await pair.target.query(BUILDING)).length > 0);
      cli.process.kill('SIGKILL');
      await cli.ended;
    });
    await pair.target.query(QUICK_INDEX);
    const before = await pair.target.query('select * from pgveil.slice order by 2, 3');
    expect(before).toHaveLength(3);
    expect(await pair.sync({ config: HELD, args: ['--resume'] })).toMatchObject({ exitCode: 0 });
    expect(await pair.target.query('select * from pgveil.slice order by 2, 3')).toEqual(before);
    await pair.expectComplete();
    await expectNoHolder(pair);
  });
});

const BUILDING = `select from pg_stat_activity where state = 'active' and wait_event = 'PgSleep' and datname = current_database()`;

describe('what cannot go on is refused, and the target stays as it is', () => {
  const EVENT_IN_CLEAR = { ...HELD, tables: { ...HELD.tables, 'app.event': 'keep' } };
  const OTHER_SECRET = { ANONYMIZE_SECRET: 'another secret that is long enough as well' };

  const REFUSED: readonly { change?: string; changeBack?: string; how?: HowToSync; failure: Failure }[] = [
    { how: { config: EVENT_IN_CLEAR }, failure: { code: 'ANON_RESUME_PLAN', says: ['the rules of app.event.'] } },
    {
      how: { args: ['--table', 'app.event'] },
      failure: { code: 'ANON_RESUME_PLAN', says: ['the rules of app.orders'] },
    },
    { how: { env: OTHER_SECRET }, failure: { code: 'ANON_RESUME_KEY' } },
    { how: { args: ['nobody'] }, failure: { code: 'ANON_RESUME_NOTHING', says: ['knows no run nobody'] } },
    {
      change: 'alter table app.orders alter total type numeric(14,2)',
      changeBack: 'alter table app.orders alter total type numeric(12,2)',
      failure: { code: 'ANON_RESUME_SCHEMA', says: ['app.orders of the target'] },
    },
    {
      change: 'truncate app.orders, app.person',
      failure: { code: 'ANON_RESUME_ROWS', says: ['app.orders: rows'] },
    },
  ];

  async function expectRefused(pair: Pair, failure: Failure, { args = [], ...how }: HowToSync = {}): Promise<void> {
    const before = await pair.target.query('select * from pgveil.slice');
    const resume = ['--resume', ...args, '--parallel', '1']; // a second worker takes time to start
    expectFailure(await pair.sync({ config: HELD, ...how, args: resume }), failure);
    expect(await pair.target.query('select * from pgveil.slice')).toEqual(before);
  }

  test('another rule of a column, fewer tables, another secret or run, another column of the target, rows that are gone', async () => {
    await withPair({}, async pair => {
      await killedLate(pair);
      for (const { change, changeBack, how, failure } of REFUSED) {
        if (change) await pair.target.query(change);
        await expectRefused(pair, failure, how);
        if (changeBack) await pair.target.query(changeBack);
      }
      await startOver(pair);
    });
  });

  test('a snapshot that is gone', async () => {
    await withPair({}, async pair => {
      await killedLate(pair);
      await pair.source.query(`select pg_terminate_backend(${PID_OF_HOLDER})`);
      await expectRefused(pair, {
        code: 'ANON_SNAPSHOT_GONE',
        says: [/was taken \d+ s ago/, '60 s without a run', '--restart'],
      });
      await startOver(pair);
    });
  });

  test('when there is nothing', async () => {
    await withPair({}, async pair => {
      const resume = { args: ['--resume'] };
      expectFailure(await pair.sync(resume), { code: 'ANON_RESUME_NOTHING', says: ['the target knows no run'] });
      expect(await pair.sync()).toMatchObject({ exitCode: 0 });
      expectFailure(await pair.sync(resume), { code: 'ANON_RESUME_NOTHING', says: ['no unfinished run'] });
      const [{ id = '' } = {}] = await pair.target.query<{ id: string }>('select id from pgveil.run');
      expectFailure(await pair.sync({ args: ['--resume', id] }), {
        code: 'ANON_RESUME_NOTHING',
        says: [`run ${id} is done`],
      });
    });
  });

  test('a run that was killed before it was held', async () => {
    await withPair({}, async pair => {
      const hold = amidWrite();
      await withProxy(pair.target.url, { toServer: hold.gate }, async ({ url }) => {
        const cli = pair.start({ env: { TARGET_URL: url } });
        await hold.reached;
        cli.process.kill('SIGKILL');
        await cli.ended;
      });
      const failed = await pair.sync({ args: ['--resume'] });
      expectFailure(failed, { code: 'ANON_RESUME_NOTHING', says: ['before anything held its snapshot'] });
      await startOver(pair, CONFIG);
    });
  });
});

const PID_OF_HOLDER = `(select pid from pg_stat_activity where datname = current_database() and application_name like '%/holder')`;

/** Killed when the small tables are in the target, and nothing of the large one. */
const killedLate = async (pair: Pair): Promise<void> => {
  await whileHeld(pair, async cli => {
    await until(async () => (await pair.target.query('select from pgveil.slice')).length >= 2);
    cli.process.kill('SIGKILL');
    await cli.ended;
  });
};

describe('a connection that is lost amid a held run, for longer than it is tried again', () => {
  const ONCE = { ...HELD, retries: { attempts: 1 } };

  test('leaves the run as it is: it goes on when the server is back', async () => {
    await withPair({}, async pair => {
      const ended = await whileHeld(pair, cutAll, { config: ONCE });
      expectFailure(ended, {
        code: ['ANON_CONNECTION_LOST', 'ANON_SERVER_SHUTDOWN'],
        findings: ['ANON_RESUMABLE'],
        says: ['anonymize sync --resume'],
      });
      expect(await states(pair)).toEqual([{ state: 'interrupted' }]);
      expect(await pair.sync({ config: HELD, args: ['--resume'] })).toMatchObject({ exitCode: 0 });
      await pair.expectComplete();
      expect(await states(pair)).toEqual([{ state: 'done' }]);
      await expectNoHolder(pair);
    });
  });

  test('is undone by the next run, which starts over', async () => {
    await withPair({}, async pair => {
      await whileHeld(pair, cutAll, { config: ONCE });
      await startOver(pair);
    });
  });
});

const cutAll = (cli: RunningCli, proxy: ProxyServer) => {
  proxy.cut();
  return cli.ended;
};

test('Ctrl-C undoes a held run, and nobody holds its snapshot any more', async () => {
  await withPair({}, async pair => {
    const ended = await whileHeld(pair, cli => {
      cli.process.kill('SIGINT');
      return cli.ended;
    });
    expectFailure(ended, { code: 'ANON_INTERRUPTED' });
    await pair.expectEmptied();
    await expectNoHolder(pair);
    expectFailure(await pair.sync({ args: ['--resume'] }), { code: 'ANON_RESUME_NOTHING' });
  });
});
